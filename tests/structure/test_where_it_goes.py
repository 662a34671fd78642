"""Here: the page that says where an addition goes, and the map of the packages, hold.

Not here: what the import contracts forbid (import-linter does that).
"""

import re
import sys
from types import ModuleType

import numpy as np
import pytest

import countermove as cm
from countermove.engines import mean_field
from countermove.engines.registry import ENGINES, EngineRow
from countermove.simulation import patients
from support.helpers import ROOT
from support.terminal import SMALL

PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
MOST = {"A policy": 2, "An endpoint": 3, "A mechanism of resistance": 5, "An engine": 2}


def listed(title: str) -> list[str]:
    """Files of the table below a title."""
    (section,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(r"^\| `([\w/.]+)` \|", section, re.MULTILINE)


@pytest.mark.parametrize(("title", "most"), MOST.items())
def test_an_addition_takes_few_files(title, most):
    assert 0 < len(listed(title)) <= most


def test_each_file_the_page_names_exists():
    named = set(re.findall(r"`([\w/]+\.py)`", PAGE))
    assert len(named) > 8
    assert [name for name in named if not (ROOT / "src/countermove" / name).exists()] == []


def test_each_name_the_page_gives_is_in_a_file_it_names():
    files = re.findall(r"`([\w/]+\.py)`", PAGE)
    code = "".join((ROOT / "src/countermove" / name).read_text(encoding="utf-8") for name in files)
    packages = (ROOT / "src" / "countermove" / "engines").glob("*/__init__.py")
    code += "".join(path.read_text(encoding="utf-8") for path in packages)
    names = set(re.findall(r"`(_?[A-Za-z_]+)`", PAGE))
    assert {name for name in names if not re.search(rf"\b{name}\b", code)} == set()


class EveryOtherWeek:
    """A policy from outside the package: all drugs in even weeks."""

    def __init__(self, number: int, drugs: int):
        self.shape = (number, drugs)

    def moments(self, until: float) -> np.ndarray:
        return np.arange(0.0, until, 7.0)

    def decide(self, seen) -> np.ndarray:
        return np.full(self.shape, float(round(seen.time) // 7 % 2 == 0))


def test_a_policy_from_outside_treats_patients(monkeypatch):
    def own(treatment, number, first=0):
        return EveryOtherWeek(number, treatment.lines.shape[1])

    monkeypatch.setattr(patients, "policy_of", own)
    monkeypatch.setattr("countermove.simulation.setup.policy_of", own)
    runs = cm.simulate(
        cm.replace(cm.loads(SMALL), {"follow_up": "40 days"}), every=7.0, progress=False
    )
    doses = runs.trajectories["on"].to_numpy()[:, :-1, 0]
    assert (doses == (np.arange(doses.shape[1]) % 2 == 0)).all()


def test_an_engine_from_outside_is_chosen_by_name(monkeypatch):
    started = []

    class Outside(mean_field.MeanField):
        def start(self, *args, **more):
            started.append(self)
            return super().start(*args, **more)

    package = ModuleType("outside_engine")
    package.create = lambda model, **settings: Outside(model)
    package.CAPABILITIES, package.parts = mean_field.CAPABILITIES, mean_field.parts
    monkeypatch.setitem(sys.modules, "outside_engine", package)
    monkeypatch.setitem(ENGINES, "outside", EngineRow("outside", "outside_engine", "never"))
    runs = cm.simulate(cm.loads(SMALL), engine="outside", progress=False)
    assert started
    assert runs.provenance["engine"] == "outside"


def test_the_map_of_the_packages_is_that_of_the_contracts(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs" / "_ext")
    import contract_map

    assert contract_map.written() == contract_map.contract_map(), (
        "run python docs/_ext/contract_map.py"
    )
    assert "| 0 | `foundation` |" in contract_map.written()
