"""Here: runs of a few patients with the clinic that saw them. Not here: slow readings of visits."""

from dataclasses import dataclass
from unittest import mock

import numpy as np
import pytest

from countermove.measurement import Clinic
from countermove.scenario import Scenario, loads
from countermove.simulation import patients
from countermove.simulation.setup import Setup, prepare

# Lesions that respond, come back and appear: read with error, some scans missed.
SEEN = """
countermove: 1
name: Seen
tumor: {birth: 0.14 /day, death: 0.1 /day, diagnosed_at: 1e9 cells, lethal_at: 1e11}
drugs: {A: {kill: 0.055 /day}, B: {kill: 0.055 /day}}
niches: {brain: {share: 0, shelter: 1}}
alterations:
  a: {mechanism: target, drug: A, rate: 1e-6}
  b: {mechanism: target, drug: B, rate: 1e-6}
lesions: LESIONS
monitoring:
  imaging: {every: 42 days, error: 0.06, rounding: 1 mm, limit: 5 mm, missed: 0.15, jitter: 5 days}
  MORE
treatment: {TREATMENT}
follow_up: 800 days
"""
LESIONS = (
    "{each: [{size: 4e9, organ: liver}, {size: 3e9, organ: liver}, {size: 2e9, organ: liver}, "
    "{size: 1e9, organ: lung}, {size: 1e8, organ: lung}, {size: 1e6, organ: skin}]}"
)
CTDNA = "ctdna: {every: 21 days, panel: [a], depth: 5000, missed: 0.1, delay: 10 days}"
TWO = "policy: sequential, drugs: [A, B], guided_by: recist"


def seen_scenario(
    treatment: str = TWO, *, lesions: str = LESIONS, more: str = "", own: str = ""
) -> Scenario:
    """The scenario `SEEN`, treated in some way; ``own`` is a block of its own."""
    text = SEEN.replace("TREATMENT", treatment).replace("LESIONS", lesions).replace("MORE", more)
    return loads(text + own)


@dataclass
class SeenRun:
    """A chunk of patients, the clinic that saw them, and its setup."""

    setup: Setup
    chunk: patients.Chunk
    clinic: Clinic

    @property
    def table(self):
        return self.chunk.table


def seen_run(
    scenario: Scenario, count: int, *, first: int = 0, engine: str = "branching", **settings
) -> SeenRun:
    """Run some patients and keep their clinic."""
    setup = prepare(scenario, engine, **settings)
    kept: list[Clinic] = []

    def watched(*given, **named):
        kept.append(Clinic(*given, **named))
        return kept[-1]

    with mock.patch.object(patients, "Clinic", watched):
        chunk = patients.run_chunk(setup, first, count, count)
    return SeenRun(setup, chunk, kept[0])


def same(one, other) -> bool:
    """Whether two arrays agree bit by bit, nan with nan."""
    return np.array_equal(np.asarray(one), np.asarray(other), equal_nan=True)


def scans_of(clinic, patient):
    """One patient's scans as a list; None where there was none."""
    start, end = clinic.truth.start[patient : patient + 2]
    return [
        None if np.isnan(scan[: end - start]).any() else scan[: end - start].tolist()
        for scan in clinic.diameters[patient]
    ]


def dead_at(clinic, patient):
    day = clinic.truth.ended[patient]
    return None if np.isnan(day) else float(day)


def same_value(fast, slow):
    if slow is None:
        return bool(np.isnan(fast))
    return fast == slow if isinstance(slow, (str, bool)) else fast == pytest.approx(slow)


def second_line(table, patient):
    """Day on which a patient's second line began; None where it did not."""
    return table["time_on_first_line"].iloc[patient] if table["lines"].iloc[patient] > 1 else None
