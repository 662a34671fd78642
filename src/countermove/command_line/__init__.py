"""The terminal's face: the commands of ``countermove``, listed in ``command_line.main``."""
