"""Here: random scenarios that use every mechanism, state and niche, and their rates written again.

Not here: scenarios of one mechanism (see ``small_scenarios``). The rates are scalar, one type and
one drug at a time, straight from the formulas of the model, and share no code with the package.
"""

import json
import math

import numpy as np

from countermove.scenario import Scenario, loads

PUMPS, PATHWAYS = ("P", "Q"), ("X", "Y")


def random_scenario(seed: int) -> Scenario:
    rng = np.random.default_rng(seed)
    drugs = {f"d{i}": _drug(rng) for i in range(rng.integers(1, 5))}
    names = list(drugs)
    alterations = {f"a{i}": _alteration(rng, drugs) for i in range(rng.integers(0, 4))}
    alterations = {name: a for name, a in alterations.items() if a}
    document = {
        "countermove": 1,
        "name": "random",
        "tumor": {
            "birth": float(rng.uniform(0.1, 1)),
            "death": float(rng.uniform(0, 0.09)),
            "diagnosed_at": 1e6,
            "cost_acts_on": str(rng.choice(["birth", "net_growth"])),
        },
        "drugs": drugs,
        "combine": str(rng.choice(["bliss", "bliss", "highest"])),
        "alterations": alterations,
        "states": {f"s{i}": _state(rng, names) for i in range(rng.integers(0, 3))},
        "niches": {f"n{i}": _niche(rng, names) for i in range(rng.integers(0, 3))},
        "treatment": {"policy": "none"},
        "follow_up": "100 days",
    }
    if len(names) > 1 and rng.random() < 0.5:
        document["interactions"] = {f"{names[1]} + {names[0]}": float(rng.uniform(-3, 3))}
    return loads(json.dumps(document), format="json")


def _drug(rng) -> dict:
    return {
        "kill": float(rng.choice([0, rng.uniform(0, 2)])),
        "stop": float(rng.choice([0, rng.uniform(0, 1), 1])),
        "hill": float(rng.uniform(0.5, 4)),
        "levels": 1,
        "cycle_specific": bool(rng.random() < 0.3),
        "pathway": str(rng.choice(PATHWAYS)),
        "substrate_of": [p for p in PUMPS if rng.random() < 0.5],
        "restores": {"death": bool(rng.random() < 0.3)},
    }


def _alteration(rng, drugs: dict) -> dict | None:
    kind = str(rng.choice(["target", "bypass", "efflux", "processing", "death_evasion"]))
    names = list(drugs)
    some = [str(n) for n in rng.choice(names, rng.integers(1, len(names) + 1), replace=False)]
    common = {"mechanism": kind, "rate": 1e-3, "cost": float(rng.uniform(0, 0.5))}
    if kind == "target":
        return common | {"drug": some, "fold": float(rng.choice([0.5, 30.0, 1e4]))}
    if kind == "processing":
        return common | {"drug": some, "retention": float(rng.choice([0, 0.1]))}
    if kind == "efflux":
        pumps = sorted({p for d in drugs.values() for p in d["substrate_of"]})
        if not pumps:
            return None
        levels = int(rng.integers(1, 4))
        return common | {"pump": str(rng.choice(pumps)), "retention": 0.2, "levels": levels}
    strength = float(rng.choice([0.3, 0.9, 1.0]))
    if kind == "death_evasion":
        return common | {"strength": strength, "restored_by": some[:1]}
    pathway = str(rng.choice(sorted({d["pathway"] for d in drugs.values()})))
    return common | {"pathway": pathway, "strength": strength, "blocked_by": some}


def _factors(rng, names: list[str]):
    one = float(rng.uniform(0, 1))
    return one if rng.random() < 0.5 else {names[0]: one}


def _state(rng, names: list[str]) -> dict:
    return {
        "enter": float(rng.uniform(0, 0.1)),
        "leave": float(rng.uniform(0, 0.1)),
        "enter_under": {names[-1]: float(rng.uniform(0, 0.3))},
        "held_by": {n: float(rng.uniform(0, 1)) for n in names[:2]},
        "birth": float(rng.uniform(0, 1)),
        "death": float(rng.uniform(0, 2)),
        "protection": _factors(rng, names),
        "mutation": float(rng.uniform(0, 20)),
    }


def _niche(rng, names: list[str]) -> dict:
    return {
        "share": float(rng.choice([0, 0.1])),
        "exchange": float(rng.uniform(0, 0.1)),
        "penetration": _factors(rng, names),
        "shelter": _factors(rng, names),
    }


def plain_rates(scenario: Scenario, kind: tuple[dict, str, str], levels: dict) -> tuple:
    """(birth, death, felt) of one type: ``kind`` is (alteration levels, state, niche)."""
    carried, state_name, niche_name = kind
    state, niche = scenario.states.get(state_name), scenario.niches.get(niche_name)
    carries = [(scenario.alterations[n], k) for n, k in carried.items() if k]
    effect = {}
    for name, drug in scenario.drugs.items():
        reach = niche.penetration_of(name) if niche else 1.0
        effect[name] = _hill(levels[name] * reach, 1.0, drug.hill)
    evaded = 1.0
    for alteration, _ in carries:
        if alteration.mechanism == "death_evasion":
            undone = [n for n, d in scenario.drugs.items()
                      if n in alteration.restored_by or d.restores.death]  # fmt: skip
            evaded *= 1 - alteration.strength * math.prod(1 - effect[n] for n in undone)
    fitness = math.prod((1 - a.cost) ** k for a, k in carries)
    tumor = scenario.tumor
    birth = tumor.birth * fitness
    if tumor.cost_acts_on == "net_growth":
        birth = (tumor.birth - tumor.death) * fitness + tumor.death
    birth *= state.birth if state else 1.0
    death = tumor.death * (state.death if state else 1.0) * evaded
    felt, stopped, killed = {}, {}, {}
    for name, drug in scenario.drugs.items():
        exposure = levels[name] * (niche.penetration_of(name) if niche else 1.0)
        fold, passed = 1.0, 1.0
        for alteration, k in carries:
            if alteration.mechanism == "target" and name in alteration.drug:
                fold *= alteration.fold
            if alteration.mechanism == "processing" and name in alteration.drug:
                exposure *= alteration.retention
            if alteration.mechanism == "efflux" and alteration.pump in drug.substrate_of:
                exposure *= alteration.retention**k
            if alteration.mechanism == "bypass" and alteration.pathway == drug.pathway:
                open_ = math.prod(1 - effect[n] for n in alteration.blocked_by)
                passed *= 1 - alteration.strength * open_
        felt[name] = _hill(exposure, fold, drug.hill) * passed
        stopped[name] = drug.stop * felt[name]
        spared = (1 - (niche.shelter_from(name) if niche else 0)) * (
            1 - (state.protection_from(name) if state else 0)
        )
        killed[name] = drug.kill * felt[name] * evaded * spared
    highest = scenario.combine == "highest"
    left = 1 - max(stopped.values()) if highest else math.prod(1 - s for s in stopped.values())
    birth *= left
    for name, drug in scenario.drugs.items():
        if drug.cycle_specific:
            killed[name] *= birth / tumor.birth
    strongest = max(killed.values())
    hazard = strongest if highest else sum(killed.values())
    for pair, gamma in scenario.interactions.items():
        one, other = (part.strip() for part in pair.split("+"))
        hazard += gamma * math.sqrt(killed[one] * killed[other])
    return birth, death + max(hazard, strongest), felt


def _hill(exposure: float, fold: float, hill: float) -> float:
    if exposure == 0.0:
        return 0.0
    return exposure**hill / (exposure**hill + fold**hill)
