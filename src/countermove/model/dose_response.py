r"""What drug levels do to each type: occupancy, inhibition of division, killing hazard, rates.

Here: the kernels that fill the rates of one patient at one set of levels, with the five mechanisms,
combination of drugs, and interaction. Not here: how levels come about (``model.levels``), averages
over time (``model.averages``), where the arrays come from (``model.parameters``).

With local exposure :math:`x_{jk}` of drug *j* at type *k*,

.. math::
    \theta_{jk} &= \frac{x_{jk}^h}{x_{jk}^h + f_{jk}^h} \\
    S_{jk} &= s_j\,\theta_{jk}\,(1-\mathrm{bypass}_{jk}) \\
    K_{jk} &= k_j\,\theta_{jk}\,(1-\mathrm{bypass}_{jk})(1-\mathrm{evasion}_k)
              (1-\mathrm{shelter}_{jk})(1-\mathrm{protection}_{jk})

Levels are multiples of the drug's own EC50; a drug without levels is saturating, level infinity.
Where the levels of drugs *i* count as those of *j* (``adds_to``), doses add: the sum of
:math:`x_{ik}/f_{ik}` over them and *j* itself stands for :math:`x_{jk}/f_{jk}`.
A drug that undoes a mechanism acts on it in proportion to its own occupancy in that niche.

Occupancy does not depend on state or origin, and genotypes that carry the same alterations against
a drug share it: it is worked out once for each niche and each such group.
"""

from __future__ import annotations

import math

from countermove.foundation.arrays import Floats
from countermove.foundation.jit import jit, jit_leaf, refer
from countermove.model.arrays import (
    BYPASS,
    EFFLUX,
    EVASION,
    Patient,
    RateArrays,
    When,
    Work,
    patient_of,
)

TINY = 1e-300
BEFORE, FREE, SHELTERED = When.BEFORE.value, When.FREE.value, When.SHELTERED.value


@jit_leaf
def occupancy(exposure: float, fold: float, hill: float) -> float:
    """Hill occupancy of a drug at an exposure, both in multiples of the wild-type EC50.

    An infinite exposure saturates every finite fold; an infinite fold is never occupied.
    """
    if exposure == 0.0 or math.isinf(fold):
        return 0.0
    ratio = fold / exposure
    if ratio == 0.0:
        return 1.0
    return 1.0 / (1.0 + (ratio if hill == 1.0 else ratio**hill))


@jit_leaf
def _exposed(level: float, factor: float) -> float:
    """Product in which a factor of zero silences even a saturating (infinite) level."""
    return 0.0 if factor == 0.0 or level == 0.0 else level * factor


@jit_leaf
def _list_drugs(patient: Patient, level: Floats, work: Work) -> None:
    """Fill ``work.on`` with the drugs that act: those there, or to which one that is there adds."""
    into, count = patient.layout.into, 0
    for drug in range(level.size):
        if into[drug] != drug:
            continue
        there = level[drug] > 0.0
        if patient.layout.adding:
            for other in range(level.size):
                there = there or (into[other] == drug and level[other] > 0.0)
        if there:
            work.on[count] = drug
            count += 1
    work.on[level.size] = count


@jit_leaf
def _reaching(patient: Patient, level: Floats, niche: int, drug: int) -> float:
    """Exposure to a drug in a niche, with what adds to it."""
    layout, reach = patient.layout, patient.numbers.penetration
    here = _exposed(level[drug], reach[niche, drug])
    if layout.adding:
        for other in range(level.size):
            if layout.into[other] == drug and other != drug:
                here += _exposed(level[other], reach[niche, other])
    return here


@jit_leaf
def _undo(patient: Patient, level: Floats, niche: int, work: Work) -> None:
    """Fill ``work.left``: the share of each mechanism that no drug undoes in a niche."""
    layout, numbers = patient.layout, patient.numbers
    for mechanism in range(layout.mechanism.size):
        left = 1.0
        for place in range(work.on[level.size]):
            drug: int = work.on[place]
            if layout.undone[mechanism, drug]:
                here = _reaching(patient, level, niche, drug)
                left *= 1.0 - occupancy(here, 1.0, numbers.hill[drug])
        work.left[mechanism] = left


@jit_leaf
def _kept(patient: Patient, genotype: int, drug: int, work: Work) -> float:
    """Share of a drug's exposure that stays in a cell, after `_undo`."""
    layout, numbers = patient.layout, patient.numbers
    kept = numbers.retention[genotype, drug]
    for mechanism in range(layout.mechanism.size):
        if layout.mechanism[mechanism] == EFFLUX and layout.touched[mechanism, drug]:
            kept *= 1.0 - numbers.strength[genotype, mechanism] * work.left[mechanism]
    return kept


@jit_leaf
def _bound(patient: Patient, level: Floats, place: tuple[int, int], drug: int, work: Work) -> float:
    """Occupancy of a drug at (genotype, niche), with what adds to it."""
    genotype, niche = place
    layout, numbers = patient.layout, patient.numbers
    hill, reach = numbers.hill[drug], numbers.penetration
    if not layout.adding:
        here = _exposed(level[drug], reach[niche, drug])
        kept = _kept(patient, genotype, drug, work)
        return occupancy(_exposed(here, kept), numbers.fold[genotype, drug], hill)
    total = 0.0
    for other in range(level.size):
        fold = numbers.fold[genotype, other]
        if layout.into[other] == drug and not math.isinf(fold):
            here = _exposed(level[other], reach[niche, other])
            total += _exposed(here, _kept(patient, genotype, other, work)) / fold
    return occupancy(total, 1.0, hill)


@jit_leaf
def _fill_occupancy(patient: Patient, level: Floats, niche: int, work: Work) -> None:
    """Fill ``work.felt`` of a niche for the drugs in ``work.on``."""
    layout, numbers = patient.layout, patient.numbers
    _undo(patient, level, niche, work)
    genotypes = numbers.fold.shape[0]
    for place in range(work.on[level.size]):
        drug: int = work.on[place]
        idle = numbers.kill[drug] == 0.0 and numbers.stop[drug] == 0.0 and not layout.taking[drug]
        here = _reaching(patient, level, niche, drug)
        if here == 0.0 or (idle and not layout.stresses[drug]):
            work.felt[niche, :, drug] = 0.0
            continue
        for genotype in range(genotypes):
            alike = layout.like[genotype, drug]
            if alike < genotype:
                bound = work.bound[alike]
            else:
                bound = _bound(patient, level, (genotype, niche), drug, work)
            work.bound[genotype] = bound
            for mechanism in range(layout.mechanism.size):
                if layout.mechanism[mechanism] == BYPASS and layout.touched[mechanism, drug]:
                    bound *= 1.0 - numbers.strength[genotype, mechanism] * work.left[mechanism]
            work.felt[niche, genotype, drug] = bound


@jit_leaf
def _not_evaded(patient: Patient, genotype: int, work: Work) -> float:
    """Share of death that a genotype does not evade, whether or not there is any drug."""
    layout = patient.layout
    left = 1.0
    for mechanism in range(layout.mechanism.size):
        if layout.mechanism[mechanism] == EVASION:
            left *= 1.0 - patient.numbers.strength[genotype, mechanism] * work.left[mechanism]
    return left


@jit_leaf
def _combined(patient: Patient, work: Work, resting: bool) -> float:
    """Hazard of all drugs from those of each; ``resting`` leaves out division-bound killing."""
    layout = patient.layout
    count = work.on[work.level.size]
    strongest, total = 0.0, 0.0
    for place in range(count):
        if resting and layout.cycle[work.on[place]]:
            work.hazard[place] = 0.0
        total += work.hazard[place]
        strongest = max(strongest, work.hazard[place])
    if layout.highest:
        total = strongest
    if layout.interacting:
        for one in range(count):
            for two in range(one):
                first: int = work.on[one]
                second: int = work.on[two]
                gamma = patient.numbers.gamma[first, second]
                if gamma != 0.0:
                    total += gamma * math.sqrt(work.hazard[one] * work.hazard[two])
    return max(total, strongest)


@jit_leaf
def _effect(
    patient: Patient, place: tuple[int, int, int], spare: float, work: Work
) -> tuple[float, float, float]:
    """Birth, death and its division-bound part at (genotype, state, niche), 1/day.

    The division-bound part is exact under Bliss independence, and where all drugs given are
    cycle-specific or none is. Where ``combine: highest`` or an interaction mixes the two kinds, the
    straight line between no division and uncrowded division stands for it.
    """
    genotype, state, niche = place
    layout, numbers = patient.layout, patient.numbers
    count = work.on[work.level.size]
    left, top = 1.0, 0.0
    for number in range(count):
        drug = work.on[number]
        share = numbers.stop[drug] * work.felt[niche, genotype, drug]
        left *= 1.0 - share
        top = max(top, share)
    if layout.highest:
        left = 1.0 - top
    birth = numbers.birth[genotype, state]
    dividing = birth / max(numbers.birth[0, 0], TINY) * left
    bound_to_division = False
    for number in range(count):
        drug = work.on[number]
        hazard = numbers.kill[drug] * work.felt[niche, genotype, drug] * spare
        hazard *= numbers.spared[state, niche, drug]
        if layout.cycle[drug]:
            hazard *= dividing
            bound_to_division = True
        work.hazard[number] = hazard
    total = _combined(patient, work, False)
    cycle = total - _combined(patient, work, True) if bound_to_division else 0.0
    return birth * left, numbers.death[state] * spare + total, cycle


@jit_leaf
def _judge_anew(patient: Patient, peak: Floats, work: Work) -> None:
    """Fill ``work.status`` by growth in the open at the highest levels."""
    _list_drugs(patient, peak, work)
    _fill_occupancy(patient, peak, 0, work)
    for genotype in range(work.status.size):
        spare = _not_evaded(patient, genotype, work)
        birth, death, _ = _effect(patient, (genotype, 0, 0), spare, work)
        work.status[genotype] = SHELTERED if birth - death < 0.0 else FREE


@jit_leaf
def judge(patient: Patient, peak: Floats, treated: bool, work: Work) -> None:
    """Fill ``work.status``: which `When` holds for each genotype.

    Parameters
    ----------
    peak : (drugs,)
        Highest levels since treatment started: a genotype that could not grow in the open at them
        needs shelter.
    treated
        Treatment has started.
    """
    drugs = peak.size
    if not treated or not patient.layout.tracked:
        work.status[:] = FREE | SHELTERED if treated else BEFORE
        work.judged[drugs] = 0.0
        return
    same = work.judged[drugs] == 1.0
    for drug in range(drugs):
        same = same and work.judged[drug] == peak[drug]
        work.judged[drug] = peak[drug]
    if same:
        return
    work.judged[drugs] = 1.0
    _judge_anew(patient, peak, work)


@jit_leaf
def fill_types(patient: Patient, level: Floats, work: Work, out: RateArrays) -> None:
    """Fill birth, death and cycle of every type, and ``work.felt`` for `fill_moves`."""
    states, niches = patient.numbers.spared.shape[:2]
    plain = work.plain
    _list_drugs(patient, level, work)
    for niche in range(niches):
        _fill_occupancy(patient, level, niche, work)
        for genotype in range(work.status.size):
            spare = _not_evaded(patient, genotype, work)
            for state in range(states):
                birth, death, cycle = _effect(patient, (genotype, state, niche), spare, work)
                index = (genotype * states + state) * niches + niche
                plain[0, index], plain[1, index], plain[2, index] = birth, death, cycle
    base = patient.layout.base
    for kind in range(base.size):
        out.birth[kind] = plain[0, base[kind]]
        out.death[kind] = plain[1, base[kind]]
        out.cycle[kind] = plain[2, base[kind]]


@jit_leaf
def fill_mutation(patient: Patient, work: Work, out: RateArrays) -> None:
    """Fill the mutation probabilities of the edges that are open by ``work.status``."""
    ways, table = patient.layout.mutation, patient.numbers.mutation
    for edge in range(ways.source.size):
        is_open = (work.status[ways.genotype[edge]] & ways.when[edge]) != 0
        out.mutation[edge] = table[ways.number[edge], ways.place[edge]] if is_open else 0.0


@jit_leaf
def fill_moves(patient: Patient, work: Work, out: RateArrays) -> None:
    """Fill the rates of moves, after `fill_types`, of the edges open by ``work.status``."""
    ways, numbers = patient.layout.moves, patient.numbers
    count = work.on[work.level.size]
    for edge in range(ways.source.size):
        genotype, niche, way = ways.genotype[edge], ways.place[edge], ways.number[edge]
        if (work.status[genotype] & ways.when[edge]) == 0:
            out.moves[edge] = 0.0
            continue
        rate, added = numbers.move[way], 0.0
        for place in range(count):
            drug: int = work.on[place]
            if patient.layout.stresses[drug]:
                felt = work.felt[niche, genotype, drug]
                rate *= 1.0 - numbers.held[way, drug] * felt
                added += numbers.induced[way, drug] * felt
        out.moves[edge] = rate + added


@jit_leaf
def fill_room(patient: Patient, work: Work, room: Floats) -> None:
    """Fill the share of capacity that drugs leave each type, after `rates_at` at these levels.

    In proportion to a drug's occupancy; the shares that several drugs leave are multiplied.
    """
    layout, numbers = patient.layout, patient.numbers
    states, niches = numbers.spared.shape[:2]
    for kind in range(room.size):
        genotype, niche = layout.base[kind] // (states * niches), layout.base[kind] % niches
        left = 1.0
        for place in range(work.on[work.level.size]):
            drug: int = work.on[place]
            if layout.taking[drug]:
                left *= 1.0 - numbers.takes[drug] * work.felt[niche, genotype, drug]
        room[kind] = left


@jit_leaf
def rates_at(
    patient: Patient, level: Floats, peak: Floats, treated: bool, work: Work, out: RateArrays
) -> None:
    """Fill all rates of one patient at one set of levels, without allocating.

    Parameters
    ----------
    patient
        From `patient_of`.
    level, peak : (drugs,)
        Multiples of EC50, ``inf`` for a saturating drug that is on; now, and the highest since
        treatment started.
    treated
        Treatment has started: which edges are open where origins are tracked.
    work
        From `workspace`; ``work.judged[-1]`` must be 0 when the patient is another than before.
    """
    patient, work, out = refer(patient), refer(work), refer(out)
    judge(patient, peak, treated, work)
    fill_types(patient, level, work, out)
    fill_mutation(patient, work, out)
    fill_moves(patient, work, out)


@jit
def rates_of_rows(
    patients: Patient, levels: Floats, peaks: Floats, treated: bool, work: Work, out: RateArrays
) -> None:
    """`rates_at` for (patients, rows, drugs) of levels; ``out`` has the same leading axes."""
    patients, work, out = refer(patients), refer(work), refer(out)
    for number in range(levels.shape[0]):
        patient = refer(patient_of(patients, number))
        work.judged[-1] = 0.0
        for row in range(levels.shape[1]):
            here = RateArrays(
                out.birth[number, row],
                out.death[number, row],
                out.cycle[number, row],
                out.mutation[number, row],
                out.moves[number, row],
            )
            rates_at(patient, levels[number, row], peaks[number, row], treated, work, here)
