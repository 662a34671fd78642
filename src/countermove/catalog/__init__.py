"""Published results as entries, each recomputed from its scenario and compared with the paper."""

from countermove.catalog.figure import draw_entry
from countermove.catalog.folders import Entry, Question, Reported, entry, entry_names, read_entry
from countermove.catalog.verdicts import Reproduced, Verdict, reproduce
from countermove.catalog.words import search

__all__ = [
    "Entry",
    "Question",
    "Reported",
    "Reproduced",
    "Verdict",
    "draw_entry",
    "entry",
    "entry_names",
    "read_entry",
    "reproduce",
    "search",
]
