"""Weights of classes, as weights of the samples that belong to them."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from penstock.pipeline import Batch, Tree

from .output_layout import check_for_all_outputs


class _Table:
    """What each class weighs, and which of the classes it names have occurred."""

    def __init__(self, given: Mapping[Any, Any]) -> None:
        try:
            self.weights = {int(key): float(weight) for key, weight in given.items()}
        except (TypeError, ValueError) as error:
            raise ValueError(f"class_weight must be a dict of class numbers and weights, but is {given!r}") from error
        self.unused = set(self.weights)


class ClassWeights:
    """`{class: weight}`, or `{output: {class: weight}}` for some of several outputs.

    Classes that are not mentioned weigh 1; the first batch that has one warns, once. So does `warn_of_unused` of
    classes that are mentioned, but were in no batch. Sample weights are multiplied. The class of a target is its place
    in a one-hot row (a last axis longer than 1), else its value, rounded. There are no `output_names` before a model is
    built.
    """

    def __init__(self, given: Any, output_names: Sequence[str]) -> None:
        if not isinstance(given, Mapping):
            raise ValueError(f"class_weight must be a dict of class: weight, but is {given!r}")
        per_output = {name: table for name, table in given.items() if isinstance(table, Mapping)}
        if per_output and len(per_output) < len(given):
            raise ValueError("class_weight must be {class: weight} or {output: {class: weight}}, but is a mixture")
        self._tables = {name: _Table(table) for name, table in per_output.items()}
        self._table = None if per_output else _Table(given)
        self._names = list(output_names)
        self._has_warned = False

    def warn_of_unused(self) -> None:
        """Warn of classes that no batch so far had."""
        tables = self._tables.values() if self._table is None else [self._table]
        unused = sorted(set[int]().union(*(table.unused for table in tables)))
        if unused:
            warnings.warn(
                f"class_weight weighs class {', '.join(map(str, unused))}, which never occurred in y", stacklevel=3
            )

    def columns(self, batch: Batch) -> Any:
        """`(x, y, sample_weight)` of a batch, with what its classes weigh in the weights."""
        return batch.x, batch.y, self._weights(batch.y, batch.sample_weight)

    def _weights(self, y: Tree, given: Tree) -> Tree:
        if y is None:
            raise ValueError("class_weight needs targets; pass y, or batches (x, y)")
        if isinstance(y, (list, tuple)) and len(y) == 1:
            # Those of the only output that is trained, which may not be the first.
            y = y[0]
        if isinstance(y, (dict, list, tuple)):
            return self._of_each(y, given)
        return self._of_one(y, self._only_table() if self._table is None else self._table, _only(given))

    def _only_table(self) -> _Table:
        if len(self._tables) > 1:
            raise ValueError(f"class_weight names the outputs {', '.join(self._tables)}, but y is one array")
        ((name, table),) = self._tables.items()
        if self._names and name not in self._names:
            raise ValueError(f"class_weight names the output {name!r}, but the model has {', '.join(self._names)}")
        return table

    def _of_each(self, y: Any, given: Tree) -> dict[str, Any]:
        """The weights of several outputs, by the names that `y` has for them or that their places give."""
        targets = y if isinstance(y, dict) else dict(zip(self._named(len(y)), y, strict=True))
        if self._table is not None and len(targets) > 1:
            raise ValueError("class_weight of a model of several outputs must be {output: {class: weight}}")
        unknown = set(self._tables) - set(targets)
        if unknown:
            raise ValueError(f"class_weight names the outputs {sorted(unknown)}, but y has {list(targets)}")
        own = _per_output(given, list(targets))
        return {name: self._of_output(name, target, own[name]) for name, target in targets.items()}

    def _of_output(self, name: str, target: Tree, given: Any) -> Any:
        table = self._table if self._table is not None else self._tables.get(name)
        return given if table is None or target is None else self._of_one(target, table, given)

    def _named(self, count: int) -> list[str]:
        return self._names if len(self._names) == count else [f"output_{place + 1}" for place in range(count)]

    def _of_one(self, target: np.ndarray, table: _Table, given: Any) -> np.ndarray:
        numbers = _classes(target)
        classes, places = np.unique(numbers, return_inverse=True)
        found = classes.tolist()
        table.unused.difference_update(found)
        self._warn_of_unseen([c for c in found if c not in table.weights])
        weights = np.array([table.weights.get(c, 1.0) for c in found], "float32")[places.reshape(numbers.shape)]
        if given is None:
            return weights
        given = np.asarray(given)
        while given.ndim > weights.ndim and given.shape[-1] == 1:
            given = given[..., 0]
        padded = (1,) * (weights.ndim - given.ndim), (1,) * (given.ndim - weights.ndim)
        return weights.reshape(weights.shape + padded[1]) * given.reshape(given.shape + padded[0])

    def _warn_of_unseen(self, classes: list[int]) -> None:
        if classes and not self._has_warned:
            self._has_warned = True
            warnings.warn(
                f"class_weight says nothing of class {', '.join(map(str, classes))}, which occurs in y and weighs 1",
                stacklevel=2,
            )


def _classes(target: np.ndarray) -> np.ndarray:
    if target.ndim > 1:
        target = np.argmax(target, axis=-1) if target.shape[-1] > 1 else target[..., 0]
    return np.rint(target).astype("int64")


def _only(given: Tree) -> Any:
    items = list(given.values()) if isinstance(given, dict) else given
    return items[0] if isinstance(items, (list, tuple)) and len(items) == 1 else items


def _per_output(given: Tree, names: list[str]) -> dict[str, Any]:
    """Sample weights by output; one array weighs them all."""
    if isinstance(given, dict):
        return {name: given.get(name) for name in names}
    if isinstance(given, (list, tuple)):
        return dict(zip(names, given, strict=True))
    if len(names) > 1:
        check_for_all_outputs(given)
    return dict.fromkeys(names, given)
