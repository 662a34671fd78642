"""A resolved scenario as a plain document: its hash, and where its table of patients lies.

Here: what is the same in a document wherever a table lies. Not here: making a document
(``scenario.files``), reading a table (``scenario.population``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast


def table_file(document: Mapping[str, Any]) -> str | None:
    """Path of the table of patients as a document has it; None where it names none."""
    patients = document.get("patients")
    table = (
        cast("Mapping[str, object]", patients).get("table")
        if isinstance(patients, Mapping)
        else None
    )
    file = cast("Mapping[str, object]", table).get("file") if isinstance(table, Mapping) else None
    return file if isinstance(file, str) else None


def with_table_file(document: Mapping[str, Any], file: str) -> dict[str, Any]:
    """Return the document with another path of its table, of which it has one."""
    patients: dict[str, Any] = document["patients"]
    return {**document, "patients": {**patients, "table": {**patients["table"], "file": file}}}


def without_folder(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document with its table, if any, by the file's name alone, as pages show it."""
    file = table_file(document)
    return dict(document) if file is None else with_table_file(document, Path(file).name)


def document_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 of a resolved document, in hexadecimal, wherever its table of patients lies.

    The order of names counts, because it fixes the order of types and so the draws of a run. What
    is in the table has a hash of its own.
    """
    if table_file(document) is not None:
        document = with_table_file(document, "")
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
