"""Rules of a user's own: conditions on what was observed, and what follows from them."""

from countermove.treatment.rules.actions import Rule, Then, checked_rules, read_rules
from countermove.treatment.rules.eligible import eligible, read_eligible
from countermove.treatment.rules.evaluate import Facts, evaluate
from countermove.treatment.rules.meaning import check_condition
from countermove.treatment.rules.policy import Rules
from countermove.treatment.rules.reading import read_condition
from countermove.treatment.rules.tree import Node, observables_needed, text_of
from countermove.treatment.rules.vocabulary import Vocabulary, vocabulary_of

__all__ = [
    "Facts",
    "Node",
    "Rule",
    "Rules",
    "Then",
    "Vocabulary",
    "check_condition",
    "checked_rules",
    "eligible",
    "evaluate",
    "observables_needed",
    "read_condition",
    "read_eligible",
    "read_rules",
    "text_of",
    "vocabulary_of",
]
