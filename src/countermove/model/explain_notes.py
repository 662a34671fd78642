"""What the numbers in an explanation assume, in sentences.

Here: ``notes_on``. Not here: the tables (``model.explain``).
"""

from __future__ import annotations

from collections.abc import Iterator

from countermove.foundation import number_text
from countermove.model.compiled import CompiledModel
from countermove.model.growth_laws import LAWS
from countermove.model.pharmacokinetics import drug_levels_of
from countermove.model.regimens import settling_time
from countermove.scenario import Scenario
from countermove.scenario.lesions import Lesion, fixed_sizes

MOST_LESIONS = 8  # told one by one


def notes_on(scenario: Scenario, model: CompiledModel) -> tuple[str, ...]:
    """Sentences that apply to this scenario and no others."""
    return tuple(
        [
            *_about_the_tumor(scenario, model),
            *_about_competition(scenario),
            *_about_lesions(scenario),
            *_about_alterations(scenario),
            *_about_drugs(scenario),
            *_about_niches(scenario),
        ]
    )


def _about_the_tumor(scenario: Scenario, model: CompiledModel) -> Iterator[str]:
    tumor = scenario.tumor
    if tumor.start is None:
        yield (
            "start: grown from one cell whose line survives, until there are "
            f"{tumor.found_at:.6g} cells; resistant cells are there at diagnosis by chance"
        )
    else:
        yield "start: the cells at diagnosis are given outright"
    if model.growth.is_linear:
        yield "growth: exponential; no cell feels the others"
    else:
        how = "lowers births" if model.growth.on_birth else "raises deaths"
        how = "scales each kind's net growth" if model.growth.on_net_growth else how
        laws = sorted({LAWS[int(law)] for law in model.growth.law})
        yield f"growth: {' and '.join(laws)}; crowding {how}, and the rates above are without it"


def _about_competition(scenario: Scenario) -> Iterator[str]:
    """Say who crowds whom unlike its own kind, what takes capacity or adds, who makes whom."""
    for name, own in scenario.alterations.items():
        if own.feels_others != 1.0 or own.crowds_others != 1.0:
            yield (
                f"competition: a cell without {name} crowds a carrier "
                f"{number_text(own.feels_others)} times as another carrier does; a carrier crowds "
                f"it {number_text(own.crowds_others)} times as its own kind does"
            )
    for name, drug in scenario.drugs.items():
        if drug.takes_capacity > 0.0:
            yield (
                f"competition: {name} at full effect takes {number_text(drug.takes_capacity)} of "
                "the capacity of the cells it acts on"
            )
    for name, drug in scenario.drugs.items():
        if drug.adds_to is not None:
            yield f"drugs: {name} counts as more of {drug.adds_to}: their levels are added"
    for name, state in scenario.states.items():
        for maker, making in state.made_by.items():
            yield (
                f"states: each cell that is {maker} makes {number_text(making.rate)} cells that "
                f"are {name} a day and stays what it is"
            )


def _about_lesions(scenario: Scenario) -> Iterator[str]:
    """Say how many there are, how large and where, unless it is one tumor in one place."""
    lesions, sizes = scenario.lesions, fixed_sizes(scenario)
    if lesions is None:
        return
    if sizes is None:
        count = lesions.count
        low, high = count.uniform or (count.exactly, count.exactly)
        number = "a number" if low is None else f"{low}" if low == high else f"{low} to {high}"
        yield (
            f"lesions: {number}{'' if count.exactly else ' drawn for each patient'}, "
            + ("sizes drawn for each lesion" if lesions.size is not None else "of one size")
        )
        return
    alike = not any(lesion.niche or lesion.organ or lesion.name for lesion in lesions.each)
    if alike and len(set(sizes)) == 1:
        yield f"lesions: {len(sizes)}, of {number_text(sizes[0])} cells each"
        return
    each = lesions.each or (Lesion(),) * len(sizes)
    told: list[str] = []
    for lesion, size in zip(each, sizes, strict=True):
        organ = lesion.organ if lesion.organ != lesion.niche else None
        places = [
            f"niche {lesion.niche}" if lesion.niche else "",
            f"organ {organ}" if organ else "",
        ]
        where = ", ".join(filter(None, places))
        told.append(f"{number_text(size)} cells" + (f" ({where})" if where else ""))
    more = f" and {len(told) - MOST_LESIONS} more" if len(told) > MOST_LESIONS else ""
    yield f"lesions: {len(told)}, of {'; '.join(told[:MOST_LESIONS])}{more}"


def _about_alterations(scenario: Scenario) -> Iterator[str]:
    if not scenario.alterations:
        return
    yield "mutation: one of the two daughters of a division carries it, with the probability given"
    if any(alteration.cost for alteration in scenario.alterations.values()):
        net = scenario.tumor.cost_acts_on == "net_growth"
        yield (
            "cost: each alteration's cost c multiplies "
            + ("birth less death" if net else "birth")
            + " by 1 - c"
        )
    if any(a.mechanism == "death_evasion" for a in scenario.alterations.values()):
        yield "death evasion: lowers natural death too, so such cells grow faster off drug"
    own = scenario.intrinsic
    if own is not None:
        yield (
            f"intrinsic: {own.share_of_patients:.3g} of patients have {own.alteration} in "
            f"{own.fraction:.3g} of their cells from the start"
        )


def _about_drugs(scenario: Scenario) -> Iterator[str]:
    if any(len(line) > 1 for line in scenario.treatment.drugs):
        highest = scenario.combine == "highest"
        yield (
            "drugs together: the strongest alone counts"
            if highest
            else "drugs together: independent effects (Bliss); kill hazards add"
        )
    given = scenario.treatment.named_drugs
    drugs = scenario.drugs
    never = [name for name in drugs if name not in given]
    saturating = [name for name in given if drugs[name].levels is None]
    climbing = [
        name for name in given if settling_time(drug_levels_of(drugs[name])) > scenario.follow_up
    ]
    for names, what in (
        (saturating, "without levels, so at full effect on every day it is given"),
        (climbing, "its level still climbs when follow-up ends"),
        (never, "in no line of the treatment, so never given"),
    ):
        if names:
            yield f"{', '.join(names)}: {what}"


def _about_niches(scenario: Scenario) -> Iterator[str]:
    shared = [name for name, niche in scenario.niches.items() if niche.share > 0.0]
    if shared:
        yield (
            f"{', '.join(shared)}: filled at diagnosis by the share given; cells move in and out "
            "from then on"
        )
