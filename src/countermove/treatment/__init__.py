"""Our moves: policies, dose histories and the levels that follow, dose limits."""

from countermove.treatment.asked import function_named
from countermove.treatment.compiled import CompiledTreatment, DrugLimits, compile_treatment
from countermove.treatment.histories import Histories
from countermove.treatment.limits import Limits, exhausted_days
from countermove.treatment.lines import LinesOfTherapy
from countermove.treatment.looking_ahead import LookAhead, Rollout
from countermove.treatment.observations import Observations, nothing_seen
from countermove.treatment.policies import Policy, policy_of

__all__ = [
    "CompiledTreatment",
    "DrugLimits",
    "Histories",
    "Limits",
    "LinesOfTherapy",
    "LookAhead",
    "Observations",
    "Policy",
    "Rollout",
    "compile_treatment",
    "exhausted_days",
    "function_named",
    "nothing_seen",
    "policy_of",
]
