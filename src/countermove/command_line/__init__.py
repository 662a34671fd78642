"""The terminal's face: ``countermove run | check | explain | schema | examples``."""
