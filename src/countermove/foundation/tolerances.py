"""Tolerances that mean the same wherever they are used.

Here: when two times are one. Not here: tolerances of one method.
"""

SAME_DAY = 1e-9
"""Days within which two times are one."""
