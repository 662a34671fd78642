"""Estimates shown to people, computed by lifelines: the field's own implementation.

Here: Kaplan-Meier tables with numbers at risk, log-rank, Cox and restricted mean of one trial.
Not here: the fast versions that simulated trials need (``trials.analysis``); tests hold the two
together. lifelines is loaded on the first call, which takes a second or more.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from countermove.foundation import ScenarioError
from countermove.trials.conduct import LookData

if TYPE_CHECKING:
    import pandas as pd

MOST_TIMES = 13


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """What lifelines says of one look at a trial.

    Attributes
    ----------
    curves : one row an arm and event time: ``arm``, ``days``, ``survival``, ``low``, ``high``
    at_risk : one row a time, one column an arm: patients under observation just before
    medians : one row an arm: ``patients``, ``events``, ``median``, ``low``, ``high`` (inf: not
        reached), ``restricted_mean`` up to `horizon`
    comparisons : one row an arm after the first: ``log_rank_p``, ``hazard_ratio``, ``low``,
        ``high`` (nan where one of the arms has no event), ``restricted_mean_difference``
    horizon : days
    """

    curves: pd.DataFrame
    at_risk: pd.DataFrame
    medians: pd.DataFrame
    comparisons: pd.DataFrame
    horizon: float


def estimates(
    data: LookData,
    arms: Sequence[str],
    *,
    confidence: float = 0.95,
    times: Sequence[float] | None = None,
) -> Estimates:
    """Kaplan-Meier, log-rank, Cox and restricted mean by lifelines.

    Parameters
    ----------
    data
        One look of a trial.
    arms
        Their names, the control first.
    confidence
        Level of every interval.
    times
        Days of the at-risk table; evenly spaced from 0 by default.

    Returns
    -------
    Estimates

    Raises
    ------
    ScenarioError
        An arm has nobody under observation.
    """
    import pandas as pd
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    sides = [data.arm == number for number in range(len(arms))]
    for number, side in enumerate(sides):
        if not side.any():
            raise ScenarioError(
                f"arms.{number}", got="nobody under observation", expected="at least one patient"
            )
    alpha = 1.0 - confidence
    horizon = float(min(data.time[side].max() for side in sides))
    steps = np.linspace(0.0, float(data.time.max()), MOST_TIMES) if times is None else times
    curves, medians, risk, means = [], [], {}, []
    for name, side in zip(arms, sides, strict=True):
        fit: Any = KaplanMeierFitter(alpha=alpha, label=name)
        fit.fit(data.time[side], data.event[side])
        curves.append(_curve(fit, name))
        low, high = _median_interval(fit)
        mean: Any = restricted_mean_survival_time(fit, t=horizon)
        means.append(float(mean))
        medians.append(
            {
                "arm": name,
                "patients": int(side.sum()),
                "events": int(data.event[side].sum()),
                "median": float(fit.median_survival_time_),
                "low": low,
                "high": high,
                "restricted_mean": means[-1],
            }
        )
        risk[name] = _at_risk(data.time[side], steps)
    rows = [
        {
            "arm": arms[number],
            "control": arms[0],
            **_compared(data, number, alpha),
            "restricted_mean_difference": means[number] - means[0],
        }
        for number in range(1, len(arms))
    ]
    return Estimates(
        curves=pd.concat(curves, ignore_index=True),
        at_risk=pd.DataFrame(risk, index=pd.Index(np.asarray(steps, dtype=float), name="days")),
        medians=pd.DataFrame(medians).set_index("arm"),
        comparisons=pd.DataFrame(rows).set_index("arm"),
        horizon=horizon,
    )


def _curve(fit: Any, name: str) -> pd.DataFrame:
    import pandas as pd

    band = fit.confidence_interval_
    return pd.DataFrame(
        {
            "arm": name,
            "days": fit.survival_function_.index.to_numpy(dtype=float),
            "survival": fit.survival_function_.iloc[:, 0].to_numpy(dtype=float),
            "low": band.iloc[:, 0].to_numpy(dtype=float),
            "high": band.iloc[:, 1].to_numpy(dtype=float),
        }
    )


def _median_interval(fit: Any) -> tuple[float, float]:
    from lifelines.utils import median_survival_times

    band: Any = median_survival_times(fit.confidence_interval_)
    return float(band.iloc[0, 0]), float(band.iloc[0, 1])


def _at_risk(time: NDArray[np.float64], steps: Sequence[float] | Any) -> NDArray[np.int64]:
    gone = np.searchsorted(np.sort(time), np.asarray(steps, dtype=float), side="left")
    return (time.size - gone).astype(np.int64)


def _compared(data: LookData, number: int, alpha: float) -> dict[str, float]:
    import pandas as pd
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning
    from lifelines.statistics import logrank_test

    control, treated = data.arm == 0, data.arm == number
    pair = control | treated
    test: Any = logrank_test(
        data.time[treated], data.time[control], data.event[treated], data.event[control]
    )
    result = {
        "log_rank_p": float(test.p_value),
        "hazard_ratio": math.nan,
        "low": math.nan,
        "high": math.nan,
    }
    if data.event[control].any() and data.event[treated].any():
        table = pd.DataFrame(
            {
                "time": data.time[pair],
                "event": data.event[pair],
                "treated": treated[pair].astype(float),
            }
        )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", ConvergenceWarning)
                fit: Any = CoxPHFitter(alpha=alpha).fit(table, "time", "event")
        except (ConvergenceError, ConvergenceWarning):
            return result
        low, high = np.exp(fit.confidence_intervals_.loc["treated"].to_numpy(dtype=float))
        ratio = float(fit.hazard_ratios_["treated"])
        result |= {"hazard_ratio": ratio, "low": float(low), "high": float(high)}
    return result
