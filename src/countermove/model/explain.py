"""What a scenario says and what follows from it, as tables.

Here: ``explain`` and the tables it makes. Not here: how they look (``command_line``, ``str``), the
rates themselves (``model.compiled``, ``model.regimens``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np

from countermove.foundation.arrays import Floats
from countermove.model.compile import compile_model
from countermove.model.compiled import CompiledModel, Edges, Rates
from countermove.model.dose_response import occupancy
from countermove.model.explain_notes import notes_on
from countermove.model.growth_laws import GOMPERTZ, LOGISTIC, POWER
from countermove.model.regimens import OFF_DRUG, Regimen, regimens_of
from countermove.scenario import Scenario, to_document

Cell = str | float | int | None
MOST_ROWS = 24
REGROUP = 1e-9  # relative: rates closer than this are one

LONG_NUMBER = re.compile(r"\d+\.\d{7,}(e[-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class ExplainTable:
    """One table.

    Attributes
    ----------
    title : what it shows
    columns : heads, with units in parentheses
    rows : cells are numbers, words, or None where nothing applies
    left_out : rows beyond those shown
    note : how to read it; may be empty
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a scenario says and what follows from it.

    Attributes
    ----------
    name, description : as the file gives them
    document : the resolved long form, every default included; it can be loaded again
    types : number of types
    scenario, tumor, drugs, births_and_deaths, mutation, moves : the tables
    notes : what the numbers assume
    """

    name: str
    description: str
    document: dict[str, Any]
    types: int
    scenario: ExplainTable
    tumor: ExplainTable
    drugs: ExplainTable
    births_and_deaths: tuple[ExplainTable, ...]
    mutation: ExplainTable
    moves: ExplainTable
    notes: tuple[str, ...]

    @property
    def tables(self) -> tuple[ExplainTable, ...]:
        """All tables with at least one row, in reading order."""
        all_of_them = (self.scenario, self.tumor, self.drugs, *self.births_and_deaths)
        return tuple(t for t in (*all_of_them, self.mutation, self.moves) if t.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as nested dicts and lists of plain values."""
        return asdict(self)

    def __str__(self) -> str:
        parts = [self.name, self.description, *(_as_text(table) for table in self.tables)]
        notes = "\n".join(f"- {note}" for note in self.notes)
        return "\n\n".join(part for part in (*parts, notes) if part)


def explain(scenario: Scenario, *, most: int = MOST_ROWS) -> Explanation:
    """Explain a scenario: every default, every type, and the rates that follow.

    Parameters
    ----------
    scenario
        Loaded.
    most
        Rows shown of each table whose length grows with the model, at least 1; each table says how
        many it leaves out.

    Raises
    ------
    ScenarioError
        Too many types are reachable, or mutation probabilities add up to more than 1.
    """
    model = compile_model(scenario)
    regimens = regimens_of(scenario)
    rates = [regimen.rates(model) for regimen in regimens]
    document = to_document(scenario)
    return Explanation(
        name=scenario.name,
        description=scenario.description,
        document=document,
        types=model.types,
        scenario=ExplainTable("Scenario, resolved", ("field", "value"), tuple(_flat(document, ""))),
        tumor=_tumor_table(scenario, model, most),
        drugs=_drug_table(scenario, model, regimens),
        births_and_deaths=tuple(
            _type_table(model, regimen, result, most)
            for regimen, result in zip(regimens, rates, strict=True)
        ),
        mutation=_mutation_table(model, rates[0], most),
        moves=_move_table(model, regimens, rates, most),
        notes=notes_on(scenario, model),
    )


def _flat(value: object, path: str) -> Iterator[tuple[str, Cell]]:
    """(dotted path, value) of every leaf; what is named above is not told again."""
    if isinstance(value, dict) and value:
        for name, item in cast("dict[str, object]", value).items():
            if path or name not in ("name", "description"):
                yield from _flat(item, f"{path}.{name}" if path else name)
    elif isinstance(value, (list, tuple)):
        items = cast("list[object]", value)
        if items:
            yield path, ", ".join(_word(item) for item in items)
    elif value is not None and value != {}:
        yield path, _short(_word(value) if isinstance(value, bool) else cast("Cell", value))


def _short(value: Cell) -> Cell:
    """Six digits of a number that arithmetic made, as a death rate from a doubling time."""
    if not isinstance(value, str):
        return value
    return LONG_NUMBER.sub(lambda found: f"{float(found[0]):.6g}", value)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_word(item) for item in cast("list[object]", value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _table(
    title: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[Cell, ...]],
    most: int,
    note: str = "",
) -> ExplainTable:
    result = tuple(rows)
    return ExplainTable(title, columns, result[:most], max(len(result) - most, 0), note)


def doubling_time(net: float) -> float | None:
    """Days in which a population doubles; negative where it halves, None where it stays."""
    return None if net == 0.0 else math.log(2.0) / net


def _type_table(model: CompiledModel, regimen: Regimen, rates: Rates, most: int) -> ExplainTable:
    rows = (
        (name, float(b), float(d), float(b - d), doubling_time(float(b - d)))
        for name, b, d in zip(model.type_names, rates.birth, rates.death, strict=True)
    )
    varies = regimen.levels.shape[0] > 1 and bool(np.ptp(regimen.levels, axis=0).max() > 0.0)
    return _table(
        "Types off drug" if regimen.name == OFF_DRUG else f"Types under {regimen.name}",
        ("type", "birth (1/day)", "death (1/day)", "net growth (1/day)", "doubles in (days)"),
        rows,
        most,
        "Negative: halves in so many days."
        + (" Rates are averages over the dosing cycle." if varies else ""),
    )


def equilibrium_size(scenario: Scenario, model: CompiledModel, niche: int) -> float:
    """Cells at which births of ancestral cells balance their deaths in a niche, off drug.

    Returns
    -------
    Infinite where crowding never balances growth.

    Notes
    -----
    Solves ``b phi(N) = d``, or ``phi(N) = 0`` where crowding acts on death.
    """
    growth = model.growth
    balance = scenario.tumor.death / scenario.tumor.birth if scenario.tumor.birth > 0.0 else 1.0
    balance = min(balance, 1.0) if growth.on_birth else 0.0
    capacity = float(growth.capacity[niche])
    match int(growth.law[niche]):
        case law if law == LOGISTIC:
            return capacity * (1.0 - balance)
        case law if law == GOMPERTZ:
            return float(capacity ** (1.0 - balance))
        case law if law == POWER:
            return scenario.tumor.growth.reach(scenario.tumor.birth, scenario.tumor.death)
        case _:
            return math.inf


def _tumor_table(scenario: Scenario, model: CompiledModel, most: int) -> ExplainTable:
    """Each niche: what is there at diagnosis, and what crowding lets it grow to."""
    start = scenario.tumor.start
    given = start.niches if start is not None else {}
    shares = [
        given.get(name, 0.0) if given else getattr(scenario.niches.get(name), "share", 0.0)
        for name in model.niches
    ]
    shares[0] = max(1.0 - sum(shares[1:]), 0.0)
    rows = (
        (name, share * scenario.tumor.found_at, equilibrium_size(scenario, model, number))
        for number, (name, share) in enumerate(zip(model.niches, shares, strict=True))
    )
    return _table(
        "Size of the tumor, by niche",
        ("niche", "at diagnosis (cells)", "equilibrium off drug (cells)"),
        rows,
        most,
        "Equilibrium: births balance deaths under the growth law; inf where they never do.",
    )


def _drug_table(
    scenario: Scenario, model: CompiledModel, regimens: tuple[Regimen, ...]
) -> ExplainTable:
    rows: list[tuple[Cell, ...]] = []
    for number, (name, drug) in enumerate(scenario.drugs.items()):
        alone = next((r for r in regimens if name in r.drugs), None)
        if alone is None:
            rows.append((name, drug.kill, drug.stop, None, None, "never given"))
            continue
        level = alone.levels[:, number]
        felt = _effect_in_bulk(model, number, alone.levels)
        acts = scenario.drugs[drug.adds_to or name]  # whose effects these are
        rows.append(
            (name, acts.kill, acts.stop, _range(level), _range(felt), _when(scenario, name))
        )
    return ExplainTable(
        "Drugs",
        ("drug", "kill (1/day)", "stop", "level (x EC50)", "effect in bulk", "given"),
        tuple(rows),
        note="Level at steady state, lowest to highest; inf: saturating. Effect: share of the "
        "largest, on an ancestral cell.",
    )


def _effect_in_bulk(model: CompiledModel, drug: int, levels: Floats) -> Floats:
    """Return the (times,) occupancy of a drug in an ancestral cell of the first niche.

    Of the (times, drugs) levels its own count, and those of drugs that add to it.
    """
    into = model.structure.layout.into
    counted = [other for other in range(into.size) if other == drug or into[other] == drug]
    reach = model.parameters.penetration[0, 0, counted]
    hill = model.parameters.hill[0, drug]
    return np.array([occupancy(level, 1.0, hill) for level in levels[:, counted] @ reach])


def _range(values: Floats) -> str:
    low, high = float(values.min()), float(values.max())
    same = low == high or (high - low) <= REGROUP * abs(high)
    return f"{high:.3g}" if same else f"{low:.3g} to {high:.3g}"


def _when(scenario: Scenario, drug: str) -> str:
    lines = scenario.treatment.drugs
    numbers = [str(n + 1) for n, line in enumerate(lines) if drug in line]
    return scenario.treatment.policy if len(lines) == 1 else f"line {', '.join(numbers)}"


def _mutation_table(model: CompiledModel, off: Rates, most: int) -> ExplainTable:
    edges, names = model.mutation, model.type_names
    shown: list[tuple[Cell, ...]] = []
    for edge in range(min(edges.source.size, most)):
        source, target = int(edges.source[edge]), int(edges.target[edge])
        rate = float(edges.rate[edge])
        shown.append((names[source], names[target], rate, rate * float(off.birth[source])))
    return ExplainTable(
        "Mutation",
        ("from", "to", "per division", "per cell off drug (1/day)"),
        tuple(shown),
        max(edges.source.size - most, 0),
    )


def _move_table(
    model: CompiledModel, regimens: tuple[Regimen, ...], rates: list[Rates], most: int
) -> ExplainTable:
    """Switching and exchange; genotypes whose rates are the ancestral ones are not repeated."""
    edges: Edges = model.moves
    moved = np.array([result.moves for result in rates]).T
    per_variant = edges.source.size // model.variants if model.variants else 0
    shown: list[tuple[Cell, ...]] = []
    names = model.type_names
    order = np.lexsort((edges.target, edges.source))
    for place, edge in enumerate(order):
        twin = order[place % per_variant]
        if place >= per_variant and np.allclose(moved[edge], moved[twin], rtol=REGROUP, atol=0.0):
            continue
        ends = names[edges.source[edge]], names[edges.target[edge]]
        shown.append((*ends, *(float(rate) for rate in moved[edge])))
    return _table(
        "Switching and exchange",
        ("from", "to", *(f"{regimen.name} (1/day)" for regimen in regimens)),
        shown,
        most,
        "Genotypes not shown move at the rates of ancestral cells." if model.variants > 1 else "",
    )


def _as_text(table: ExplainTable) -> str:
    cells = [[_plain(cell) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    more = [f"... and {table.left_out} more"] if table.left_out else []
    return "\n".join([table.title, *lines, *more, *([table.note] if table.note else [])])


def _plain(cell: Cell) -> str:
    if cell is None:
        return "-"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
