"""Notes, as on how a scenario's numbers were read: said once, on standard error or within the JSON.

Here: saying them, catching the warnings of reading a scenario. Not here: what is worth a note
(``scenario.readings``).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from countermove.foundation import ScenarioWarning

KEY = "countermove.notes"
UNDER_WAY = "countermove.under_way"  # says after Ctrl-C what several runs keep


def heard() -> list[str]:
    """Return the notes of this command so far, each once."""
    return click.get_current_context().meta.setdefault(KEY, [])


@contextmanager
def noting(source: str = "") -> Iterator[None]:
    """Turn each ScenarioWarning of the block into a note.

    Parameters
    ----------
    source
        The file that is read, where a command reads several.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ScenarioWarning)
        try:
            yield
        finally:
            for warning in caught:
                if issubclass(warning.category, ScenarioWarning):
                    note(f"{source}: {warning.message}" if source else str(warning.message))
    for warning in caught:
        if not issubclass(warning.category, ScenarioWarning):
            place = (warning.filename, warning.lineno)
            warnings.warn_explicit(warning.message, warning.category, *place)


@contextmanager
def noting_at_once() -> Iterator[None]:
    """Turn each ScenarioWarning of the block into a note when it is given, as one to wait by."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", ScenarioWarning)
        others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
            if issubclass(category, ScenarioWarning):
                note(str(message))
            else:
                others(message, category, *rest, **more)

        warnings.showwarning = show
        yield


def note(text: str) -> None:
    """Say something once: on standard error at once, or within the JSON at the end."""
    known = heard()
    if text in known:
        return
    known.append(text)
    if not click.get_current_context().params.get("as_json"):
        click.echo(f"Note: {text}", err=True)
