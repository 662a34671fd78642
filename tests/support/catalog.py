"""Entries of the catalog recomputed once for all tests of a process.

Here: their quick tier. Not here: what is asserted of it.
"""

from functools import cache

from countermove.catalog import Reproduced, entry, reproduce


@cache
def quick_tier(name: str) -> Reproduced:
    """Return an entry's quick tier, computed at the first call."""
    return reproduce(entry(name))


def ours(name: str) -> dict[str, float | None]:
    """Our number of each id of an entry; None where it was not computed."""
    return {own.id: own.ours for own in quick_tier(name).verdicts}
