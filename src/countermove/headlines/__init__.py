"""Headlines read: which virtual cohorts have the numbers of a report, and how long they last."""

from countermove.headlines.answer import Headline, headline
from countermove.headlines.asked import Report
from countermove.headlines.cohorts import PRIOR, Cohorts
from countermove.headlines.sentences import NOBODY, Sentence

__all__ = ["NOBODY", "PRIOR", "Cohorts", "Headline", "Report", "Sentence", "headline"]
