"""One page to read a run: a single HTML file that asks nothing of any network.

Here: what is on the page. Not here: figures (``report.figures``), the rows of tables
(``report.tables``), HTML itself (``report.markup``).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from countermove.foundation import ScenarioError, parse_citation
from countermove.foundation.documents import without_folder
from countermove.report.figures import draw_all, write_figures
from countermove.report.known import known, link
from countermove.report.markup import ADVICE, document, figures, footer, header, section, table
from countermove.report.style import Drawing
from countermove.report.tables import (
    attribution_rows,
    outcome_rows,
    patient_rows,
    percent,
    provenance_rows,
    seen_rows,
    time_words,
)
from countermove.results import Runs, prepare_folder, write_text
from countermove.results.run_folder import SCENARIO_FILE
from countermove.results.sentences import criterion_sentence, later_lines_sentence

if TYPE_CHECKING:
    from countermove.trials.compare import Comparison
    from countermove.trials.power_grid import PowerGrid
    from countermove.trials.virtual import VirtualTrial

__all__ = ["ADVICE", "FIGURES_FOLDER", "REPORT_FILE", "page", "write_report"]

REPORT_FILE = "report.html"
FIGURES_FOLDER = "figures"
ASSUMED = "assumed"


def write_report(runs: Runs | Comparison | VirtualTrial | PowerGrid, folder: str | Path) -> Path:
    """Write ``report.html`` (one file, readable offline) and ``figures/`` (SVG).

    Of a comparison, ``compare.html`` with its figures, PNG too, and ``compare.csv``; of a trial
    ``trial.html``, ``trial.csv`` and ``looks.csv``; of power ``power.html`` and ``power.csv``. PNG
    and PDF of a run's figures are drawn by ``countermove plot``, which makes every run a tenth
    shorter.

    Parameters
    ----------
    runs
        What to report on.
    folder
        Where to; made if missing.

    Returns
    -------
    The page's path.

    Raises
    ------
    OutputError
        The folder cannot be written, or the disk is full.

    Examples
    --------
    >>> import countermove as cm
    >>> runs = cm.simulate("one_drug_then_relapse", patients=4)
    >>> cm.write_report(runs, "four_patients").name
    'report.html'
    """
    if not isinstance(runs, Runs):
        return _of_several(runs, folder)
    path = prepare_folder(folder)
    drawings = draw_all(runs)
    _write_drawings(drawings, path / FIGURES_FOLDER)
    write_text(page(runs, drawings, words=_words(path)), path / REPORT_FILE)
    return path / REPORT_FILE


def _write_drawings(drawings: Sequence[Drawing], folder: Path) -> None:
    """Write the figures as SVG, and take away other forms of them that an earlier run left."""
    write_figures(drawings, folder, ("svg",))
    for drawing in drawings:
        for ending in (".png", ".pdf"):
            (folder / f"{drawing.name}{ending}").unlink(missing_ok=True)


def _of_several(found: Comparison | VirtualTrial | PowerGrid, folder: str | Path) -> Path:
    from countermove.report.compare_page import write_comparison
    from countermove.report.power_page import write_power
    from countermove.report.trial_page import write_trial
    from countermove.trials.power_grid import PowerGrid
    from countermove.trials.virtual import VirtualTrial

    if isinstance(found, VirtualTrial):
        control = next(iter(found.protocol.arms.values()))
        return write_trial(found, folder, description=control.description)
    if isinstance(found, PowerGrid):
        return write_power(found, folder)
    return write_comparison(found, folder)


def _words(folder: Path) -> str:
    """Return the scenario in its author's words, where the run's folder has it."""
    file = folder / SCENARIO_FILE
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def page(runs: Runs, drawings: Sequence[Drawing], *, words: str = "") -> str:
    """Return the whole page as text; ``words`` is the scenario as its author wrote it."""
    name = str(runs.document.get("name") or "A run")
    body = [
        header(name, str(runs.document.get("description") or "")),
        _tiles(runs),
        *figures(drawings),
        *_sections(runs),
        *_assumed(words),
        footer(str(runs.provenance.get("versions", {}).get("countermove", ""))),
    ]
    return document(name, body)


def _tiles(runs: Runs) -> str:
    result = runs.summary()
    tiles = [
        ("Patients", f"{result['patients']:,}"),
        ("Responded", percent(result["responded"]["share"])),
        ("Median time to progression", time_words(result["time_to_progression"]["median"])),
        ("Cured", percent(result["cured"]["share"])),
    ]
    cells = "".join(
        f"<div><dt>{escape(words)}</dt><dd>{escape(value)}</dd></div>\n" for words, value in tiles
    )
    return f'<dl class="tiles">\n{cells}</dl>'


def _sections(runs: Runs) -> list[str]:
    heads = ("Measure", "Result", "95% interval")
    outcomes = table(heads, outcome_rows(runs), style="outcomes")
    seen = table(heads, seen_rows(runs), style="outcomes")
    said = (
        criterion_sentence(runs.provenance, runs.document),
        later_lines_sentence(runs.summary()),
    )
    parts = [
        section("Outcomes, as they truly were", outcomes, *said),
        section("As scans saw it (RECIST 1.1)", seen),
    ]
    reasons = attribution_rows(runs)
    if reasons:
        heads = ("Count", "Mechanism", "Origin", "Route", "Resistance")
        parts.append(section("Relapses by reason", table(heads, reasons)))
    patients = patient_rows(runs)
    heads = (
        "Patient",
        "Baseline",
        "Lowest",
        "Outcome",
        "Progressed after",
        "Relapse",
        "Final cells",
    )
    parts.append(
        _folded(f"The first {len(patients)} patients" if len(patients) > 1 else "The patient",
                table(heads, patients, style="wide"))
    )  # fmt: skip
    said = without_folder(runs.document)
    text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=76)
    parts.append(_folded("The scenario, in full", f'<pre tabindex="0">{escape(text)}</pre>'))
    parts.append(known(runs.document))
    parts.append(_sources(runs))
    made = table(("What", "Value"), provenance_rows(runs.provenance), style="plain")
    parts.append(_folded("How this was made", made))
    return parts


def _assumed(words: str) -> list[str]:
    """List the lines that the author marked as assumed, as they stand in the file."""
    marked = [line.strip() for line in words.splitlines() if ASSUMED in line.partition("#")[2]]
    if not marked:
        return []
    lines = "\n".join(escape(line) for line in marked)
    note = "The author of the scenario marks these numbers as assumed: no source gives them."
    return [
        f'<section>\n<h2>Assumed</h2>\n<p class="note">{escape(note)}</p>\n'
        f'<pre tabindex="0">{lines}</pre>\n</section>'
    ]


def _folded(title: str, content: str) -> str:
    return f"<details>\n<summary>{escape(title)}</summary>\n{content}\n</details>"


def _sources(runs: Runs) -> str:
    items = "".join(f"<li>{_source(str(text))}</li>\n" for text in runs.document.get("sources", ()))
    content = f"<ul>\n{items}</ul>" if items else "<p>The scenario names no sources.</p>"
    return section("Sources", content)


def _source(text: str) -> str:
    try:
        citation = parse_citation(text)
    except ScenarioError:
        return escape(text)
    return link(citation)
