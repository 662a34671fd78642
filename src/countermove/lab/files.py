"""Files that a job leaves: outcomes, the scenario, and Python code that gives the same numbers.

Here: writing them. Not here: who may fetch them (``app``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import countermove
from countermove.lab.asked import Asked

if TYPE_CHECKING:
    import pandas as pd

FILES = {
    "outcomes.csv": "text/csv; charset=utf-8",
    "outcomes.parquet": "application/vnd.apache.parquet",
    "scenario.yaml": "application/yaml; charset=utf-8",
    "reproduce.py": "text/x-python; charset=utf-8",
}
RUN = """\
runs = cm.simulate(cm.loads(SCENARIO), {settings}, progress=False)
runs.to_csv("outcomes.csv")
print(runs.outcomes().describe())
"""
COMPARE = """\
found = cm.compare(cm.loads(SCENARIO), {settings}, keep=200, progress=False)
outcomes = pd.concat({{name: runs.outcomes() for name, runs in found.runs.items()}}, names=["arm"])
outcomes.to_csv("outcomes.csv", lineterminator="\\n")
print(found.table())
"""


def write_files(
    folder: Path, one: Asked, settings: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]
) -> None:
    """Write the files of a job into its folder.

    Parameters
    ----------
    folder
        The server's own, made for the job.
    one
        What was asked.
    settings
        Arguments of `simulate`, or of `compare` where there are several tables.
    tables
        Outcomes by arm; one alone has an empty name.
    """
    import pandas as pd

    alone = tables.get("")
    table = alone if alone is not None else pd.concat(dict(tables), names=["arm"])
    table.to_csv(folder / "outcomes.csv", lineterminator="\n")
    table.to_parquet(folder / "outcomes.parquet")
    (folder / "scenario.yaml").write_text(one.text, encoding="utf-8")
    code = reproducing(one.text, settings, several=alone is None)
    (folder / "reproduce.py").write_text(code, encoding="utf-8")


def reproducing(text: str, settings: Mapping[str, Any], *, several: bool) -> str:
    """Python code that simulates the same again, with the scenario in it."""
    plain = text.isprintable() or all(line.isprintable() for line in text.split("\n"))
    whole = plain and "\\" not in text and '"""' not in text and not text.endswith('"')
    said = f'"""\\\n{text}"""' if whole else repr(text)
    listed = ", ".join(f"{name}={value!r}" for name, value in settings.items() if value is not None)
    more = "import pandas as pd\n\n" if several else ""
    return (
        f'"""The numbers of a page of the lab, again. Made with countermove '
        f'{countermove.__version__}."""\n\n'
        f"{more}import countermove as cm\n\nSCENARIO = {said}\n\n"
        + (COMPARE if several else RUN).format(settings=listed)
    )
