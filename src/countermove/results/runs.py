"""``Runs``: everything one simulation returns.

Here: the container, saving and loading it. Not here: plotting (``report``), estimates
(``results.cohort``).
"""

# pyright: standard
# pandas and xarray carry too few types for the strict setting
from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countermove.foundation import ScenarioError
from countermove.foundation.cards import card
from countermove.foundation.documents import document_hash, table_file, with_table_file
from countermove.results import cohort, storage
from countermove.results.run_folder import (
    CLONES_FILE,
    OUTCOMES_FILE,
    PATIENTS_FILES,
    PROVENANCE_FILE,
    RESOLVED_FILE,
    SCENARIO_FILE,
    TRAJECTORIES_FILE,
    VISITS_FILE,
    RunFolder,
    run_identity,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, eq=False)
class Runs:
    """Simulated courses of a cohort.

    Attributes
    ----------
    trajectories
        Cells over time of the patients whose trajectories were kept (see ``VARIABLES``).
    table
        One row of outcomes a patient, for every patient.
    provenance
        How the result came about (see ``provenance``).
    document
        The resolved scenario; it can be loaded again.
    clones
        One row a clone, where they were recorded: patient, clone, parent (-1: none), genotype, born
        (days since diagnosis), diagnosis and now (cells), alive.
    visits
        One row for each thing read at a visit of the patients whose trajectories were kept:
        patient, day and known (days since diagnosis, of the visit and of its result), kind,
        observable, value (0: less than can be seen). Of kind ``dose``: each day on which a dose
        changed, ``dose_<drug>``, and the multiple of the full dose from then on. `load_runs` of a
        run of before has none.

    Examples
    --------
    >>> import countermove as cm
    >>> runs = cm.simulate("one_drug_then_relapse", patients=4)
    >>> runs
    <Runs of 'One drug, then relapse': 4 patients, 4 trajectories of 3 types at 80 times>
    >>> runs.summary()["responded"]["count"]
    4
    """

    trajectories: xr.Dataset
    table: pd.DataFrame
    provenance: dict[str, Any]
    document: dict[str, Any]
    clones: pd.DataFrame | None = None
    visits: pd.DataFrame | None = None

    def outcomes(self) -> pd.DataFrame:
        """Copy the outcome table, index ``patient``; words as plain strings."""
        table = self.table.copy()
        for name in table.columns[table.dtypes == "category"]:
            table[name] = table[name].astype(object)
        table.index.name = "patient"
        return table

    def summary(self) -> dict[str, Any]:
        """Shares with 95% intervals, median time to progression, counts of relapse attribution.

        See Also
        --------
        countermove.results.summary : what is in it.
        """
        return cohort.summary(self.table)

    def save(self, folder: str | Path) -> Path:
        """Write outcomes.parquet, trajectories.zarr, provenance.json and scenario.yaml.

        A table of patients is copied too, so that the scenario there can be run wherever the folder
        goes.

        All are written before any takes its place, and what an earlier run left there goes: its
        report and figures too, never a file of anything else. Chunks that `simulate` kept in the
        folder for this run are no longer needed and go as well. Loading is `load_runs`.

        Returns
        -------
        The folder.

        Raises
        ------
        OutputError
            The folder cannot be written, or the disk is full; what was there stays.
        """
        path = store(self, folder)
        RunFolder(path).finish(run_identity(self.provenance))
        return path

    def to_csv(self, path: str | Path) -> Path:
        """Write the outcome table as CSV, one line a patient; numbers read back to the same bits.

        Returns
        -------
        The file.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        storage.write_text(self.outcomes().to_csv(lineterminator="\n"), path)
        return Path(path)

    def __repr__(self) -> str:
        sizes = dict(self.trajectories.sizes)
        return (
            f"<Runs of {self.document.get('name', '')!r}: {len(self.table):,} patients, "
            f"{sizes.get('patient', 0):,} trajectories of {sizes.get('type', 0)} types at "
            f"{sizes.get('time', 0)} times>"
        )

    def _repr_html_(self) -> str:
        said = self.summary()
        rows = [("patients", f"{len(self.table):,}")]
        for name in ("responded", "progressed", "died", "cured"):
            low, high = said[name]["interval"]
            share = said[name]["share"]
            if share is not None:
                rows.append((name, f"{share:.1%} (95% interval {low:.1%} to {high:.1%})"))
        for name in ("time_to_progression", "overall_survival"):
            median = said[name]["median"]
            text = "not reached" if median is None else f"{median:,.0f} days"
            rows.append((f"{name.replace('_', ' ')}, median", text))
        engine, seed = self.provenance.get("engine", ""), self.provenance.get("seed", "")
        note = f"Engine {engine}, seed {seed}. Research and education only."
        return card(str(self.document.get("name", "Runs")), rows, note)


def store(runs: Runs, folder: str | Path, *, text: str = "", header: str = "") -> Path:
    """Write results as `Runs.save` does; finished chunks stay.

    Parameters
    ----------
    runs
        What to write.
    folder
        Where to.
    text
        The scenario in its author's words, kept as it is; the resolved form then goes beside it.
    header
        Comment above the resolved form, where that takes the scenario's place.
    """
    import yaml

    own = RunFolder(folder)
    with own.replacing() as path:
        document, text = _with_copied_table(runs.document, path, text)
        resolved = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
        comment = "".join(f"# {line}\n" for line in header.splitlines())
        storage.write_text(text or comment + resolved, path / SCENARIO_FILE)
        if text:
            storage.write_text(resolved, path / RESOLVED_FILE)
        storage.write_trajectories(runs.trajectories, path / TRAJECTORIES_FILE)
        storage.write_outcomes(runs.table, path / OUTCOMES_FILE)
        if runs.clones is not None:
            storage.write_outcomes(runs.clones, path / CLONES_FILE)
        if runs.visits is not None:
            storage.write_outcomes(runs.visits, path / VISITS_FILE)
        record = json.dumps(runs.provenance, indent=2, ensure_ascii=False) + "\n"
        storage.write_text(record, path / PROVENANCE_FILE)
    return own.path


def _with_copied_table(
    document: dict[str, Any], folder: Path, text: str
) -> tuple[dict[str, Any], str]:
    """Copy the table of patients, and let the document and its author's words name the copy.

    Where the words cannot be made to, there are none; a table that is gone is left as it is named.
    """
    file = table_file(document)
    if file is None or not Path(file).is_file():
        return document, text
    name = PATIENTS_FILES[Path(file).suffix.lower() == ".parquet"]
    storage.copy_file(file, folder / name)
    if text:
        text = _renamed(text, name)
    return with_table_file(document, name), text


def _renamed(text: str, name: str) -> str:
    """Let a scenario's text name its table otherwise and say the same besides; empty: it cannot."""
    import yaml

    said = yaml.safe_load(text)
    file = table_file(said)
    at = text.find(file) if file else -1
    while file and at >= 0:  # the path may stand in a comment, or in another name, first
        new = text[:at] + name + text[at + len(file) :]
        with suppress(yaml.YAMLError):
            if yaml.safe_load(new) == with_table_file(said, name):
                return new
        at = text.find(file, at + 1)
    return ""


def load_runs(folder: str | Path) -> Runs:
    """Read what `Runs.save` wrote.

    Raises
    ------
    ScenarioError
        A file is missing or is not what its name says.

    Examples
    --------
    >>> import countermove as cm
    >>> folder = cm.simulate("one_drug_then_relapse", patients=4).save("four_patients")
    >>> len(cm.load_runs(folder).outcomes())
    4
    """
    import yaml

    path = Path(folder)
    try:
        record = json.loads((path / PROVENANCE_FILE).read_text(encoding="utf-8"))
        document = _with_found_table(_document(path, record), path)
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as problem:
        raise ScenarioError(
            str(path), got="no complete results", expected="a folder that Runs.save wrote"
        ) from problem
    clones, visits = path / CLONES_FILE, path / VISITS_FILE
    return Runs(
        trajectories=storage.read_trajectories(path / TRAJECTORIES_FILE),
        table=storage.read_outcomes(path / OUTCOMES_FILE),
        provenance=record,
        document=document,
        clones=storage.read_outcomes(clones) if clones.exists() else None,
        visits=storage.read_outcomes(visits) if visits.exists() else None,
    )


def _document(path: Path, record: Any) -> dict[str, Any]:
    """Read the resolved scenario of a run: beside its author's words, or in their place."""
    import yaml

    resolved = path / RESOLVED_FILE
    if resolved.exists():
        document = yaml.safe_load(resolved.read_text(encoding="utf-8"))
        if document_hash(document) == record["scenario_hash"]:  # else it is of something else
            return document
    return yaml.safe_load((path / SCENARIO_FILE).read_text(encoding="utf-8"))


def _with_found_table(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """Name the copied table by its path in full."""
    copied = path / (table_file(document) or "")
    return with_table_file(document, os.path.abspath(copied)) if copied.is_file() else document
