"""The tables of a simulated trial by name, and writing them as CSV and Parquet.

Here: both. Not here: what is in them (``trials.subjects``, ``trials.scans``, ``trials.dosing``,
``trials.dictionary``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from countermove.results import prepare_folder, write_outcomes, write_text
from countermove.trials.dictionary import as_markdown, dictionary_of
from countermove.trials.dosing import trial_nonmem
from countermove.trials.scans import adrs, adtr
from countermove.trials.study import Study, study_of
from countermove.trials.subjects import adsl, adtte

if TYPE_CHECKING:
    import pandas as pd

    from countermove.trials.virtual import VirtualTrial

MAKERS = {"adsl": adsl, "adtte": adtte, "adtr": adtr, "adrs": adrs, "nonmem": trial_nonmem}


def tables_of(study: Study) -> dict[str, pd.DataFrame]:
    """Make the tables of a trial by name, the dictionary last."""
    tables = {name: make(study) for name, make in MAKERS.items()}
    return {**tables, "dictionary": dictionary_of(study, tables)}


def export_trial(found: VirtualTrial, folder: str | Path, study: str) -> list[Path]:
    """Write the tables of a trial, each file whole or not at all.

    Parameters
    ----------
    found
        A trial that was carried out.
    folder
        Made where needed.
    study
        STUDYID.

    Returns
    -------
    The files: of each table NAME.csv and NAME.parquet, and dictionary.md. Missing values are empty
    in CSV, and a period in nonmem.csv, as NONMEM wants.

    Raises
    ------
    ScenarioError
        Visits of randomized patients were not kept.
    OutputError
        The folder cannot be written, or the disk is full.
    """
    data = study_of(found, study)
    path = prepare_folder(folder)
    written: list[Path] = []
    tables = tables_of(data)
    for name, table in tables.items():
        empty = "." if name == "nonmem" else ""
        text = table.to_csv(index=False, na_rep=empty, lineterminator="\n")
        write_text(text, path / f"{name}.csv")
        write_outcomes(table, path / f"{name}.parquet")
        written += [path / f"{name}.csv", path / f"{name}.parquet"]
    write_text(as_markdown(tables["dictionary"]), path / "dictionary.md")
    return [*written, path / "dictionary.md"]
