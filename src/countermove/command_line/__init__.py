"""The terminal's face: ``countermove run | check | explain | exact | plot | schema | examples``."""
