"""Words for columns: a name, a list of names, or a dict of either, and the arrays that they stand for."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from penstock.pipeline import Batch, Tree

Words = str | list[str] | dict[str, Any] | None


class Selection:
    """Which columns of `file` are x, y and sample_weight; without x, all that the other two leave, stacked."""

    def __init__(self, file: str, available: list[str], x: Words, y: Words, sample_weight: Words) -> None:
        self._file = file
        taken = {name for words in (y, sample_weight) for name in _names(words)}
        x = [name for name in available if name not in taken] if x is None else x
        self._words = {"x": x, "y": y, "sample_weight": sample_weight}
        for argument, words in self._words.items():
            self._check(argument, words, available)

    @property
    def names(self) -> list[str]:
        """Each column that is needed, once."""
        return list(dict.fromkeys(name for words in self._words.values() for name in _names(words)))

    def batch(self, columns: Mapping[str, np.ndarray]) -> Batch:
        """The columns in their places, as they are; lists stacked to one array (rows, columns)."""
        trees = {argument: self._arrays(words, columns) for argument, words in self._words.items()}
        return Batch(**trees)

    def _check(self, argument: str, words: Words, available: list[str]) -> None:
        if words is not None and not list(_names(words)):
            raise ValueError(
                f"{argument} must name columns of {self._file}: a name, a list of names or a dict of either, "
                f"but is {words!r}"
            )
        missing = [name for name in _names(words) if name not in available]
        if missing:
            raise ValueError(
                f"{argument} must name columns of {self._file}, but it has no column {missing[0]!r}; it has "
                f"{', '.join(map(repr, available))}"
            )

    def _arrays(self, words: Words, columns: Mapping[str, np.ndarray]) -> Tree:
        if isinstance(words, dict):
            return {key: self._arrays(each, columns) for key, each in words.items()}
        if isinstance(words, str):
            return columns[words]
        return None if words is None else self._stacked(words, columns)

    def _stacked(self, names: list[str], columns: Mapping[str, np.ndarray]) -> np.ndarray:
        if len(names) == 1 and columns[names[0]].ndim > 1:
            return columns[names[0]]
        for name in names:
            if columns[name].ndim > 1:
                raise ValueError(
                    f"column {name!r} of {self._file} holds arrays, which cannot be stacked with other columns; "
                    f"name it alone, or in a dict"
                )
        return np.stack([columns[name] for name in names], axis=1)


def _names(words: Words) -> Iterable[str]:
    if isinstance(words, str):
        return [words]
    if isinstance(words, dict):
        return [name for each in words.values() for name in _names(each)]
    return [name for name in words if isinstance(name, str)] if isinstance(words, list | tuple) else []
