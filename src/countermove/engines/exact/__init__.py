"""Probabilities without simulation, for linear multitype birth-death processes."""

from countermove.engines.exact.at_size import (
    GrowthToSize,
    cured_after_treatment,
    grow_to_size,
    log_generating_function_at_size,
    mean_at_size,
    no_resistant_at_size,
)
from countermove.engines.exact.backward import (
    absent,
    extinction,
    generating_function,
    lasting_survival,
    never_arisen,
    no_surviving_lineage,
    survival_side,
)
from countermove.engines.exact.capabilities import CAPABILITIES
from countermove.engines.exact.first_passage import mean_time_to_size
from countermove.engines.exact.inversion import (
    count_distribution,
    count_distribution_at_size,
    pmf_from_generating_function,
)
from countermove.engines.exact.linear_pieces import LinearPieces
from countermove.engines.exact.luria_delbruck import lea_coulson_pmf, mutant_count_pmf
from countermove.engines.exact.moments import Moments, moments

__all__ = [
    "CAPABILITIES",
    "GrowthToSize",
    "LinearPieces",
    "Moments",
    "absent",
    "count_distribution",
    "count_distribution_at_size",
    "cured_after_treatment",
    "extinction",
    "generating_function",
    "grow_to_size",
    "lasting_survival",
    "lea_coulson_pmf",
    "log_generating_function_at_size",
    "mean_at_size",
    "mean_time_to_size",
    "moments",
    "mutant_count_pmf",
    "never_arisen",
    "no_resistant_at_size",
    "no_surviving_lineage",
    "pmf_from_generating_function",
    "survival_side",
]
