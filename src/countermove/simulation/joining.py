"""Chunks' outcome tables joined into one, which a million patients hold once and not twice.

Here: columns filled chunk by chunk, each chunk's table let go once it is copied. Not here: what a
chunk is (``simulation.patients``), trajectories and visits (``simulation.simulate``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from countermove.simulation.patients import Chunk


def join_tables(chunks: list[Chunk]) -> pd.DataFrame:
    """Put the chunks' tables below each other, in their order; in the list they lose theirs.

    Words that any chunk has are the categories of a column in all of it.

    Parameters
    ----------
    chunks
        With the same columns each.
    """
    first: Any = chunks[0].table
    words = {name: _words(chunks, name) for name in first.columns if _is_words(first[name])}
    total = sum(len(chunk.table) for chunk in chunks)
    columns = {name: np.empty(total, _dtype(chunks, name, words)) for name in first.columns}
    labels: Any = np.empty(total, dtype=first.index.dtype)
    order = list(first.columns)
    title, empty, begun = first.index.name, first.iloc[:0].copy(), 0
    del first
    for place, chunk in enumerate(chunks):
        table: Any = chunk.table
        ends = begun + len(table)
        labels[begun:ends] = table.index
        for name in order:
            columns[name][begun:ends] = _plain(table[name], words.get(name))
        chunks[place], begun = replace(chunk, table=empty), ends
        del chunk, table
    made: dict[str, Any] = {
        name: pd.Categorical.from_codes(values, dtype=words[name]) if name in words else values
        for name, values in columns.items()
    }
    index = pd.Index(labels, name=title)
    if total and (labels == labels[0] + np.arange(total)).all():
        index = pd.RangeIndex(labels[0], labels[0] + total, name=title)
    return pd.DataFrame(made, index=index, copy=False)


def _is_words(column: Any) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def _words(chunks: list[Chunk], name: str) -> pd.CategoricalDtype:
    """Categories of a column over all chunks, sorted."""
    result: set[Any] = set()
    for chunk in chunks:
        result.update(chunk.table[name].cat.categories)
    return pd.CategoricalDtype(sorted(result))


def _dtype(chunks: list[Chunk], name: str, words: dict[str, pd.CategoricalDtype]) -> np.dtype[Any]:
    """Type that holds a column of every chunk; of words their numbers."""
    if name in words:
        return np.min_scalar_type(-max(len(words[name].categories), 1))
    kinds: list[Any] = [chunk.table[name].dtype for chunk in chunks]
    plain = all(isinstance(kind, np.dtype) for kind in kinds)
    return np.result_type(*kinds) if plain else np.dtype(object)


def _plain(column: Any, words: pd.CategoricalDtype | None) -> Any:
    """Values of one chunk's column; of words their numbers among all."""
    if words is None:
        return column.to_numpy()
    return column.cat.set_categories(words.categories).cat.codes.to_numpy()
