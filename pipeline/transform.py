"""Functions on batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import optree

from .arrays import NAMESPACE, Tree
from .batch import Batch, unpack
from .building import SITE, empty
from .philox import philox
from .recycling import LEAST
from .task import Task

Transform = Callable[[Batch, Task], Batch]
"""Makes a batch of another; the step of the task is a number that no other batch of the epoch has, in any shard."""

_FIRST_USE = 2  # of the streams of random numbers; those before are the data set's


def owned(batch: Batch) -> Batch:
    """A copy whose arrays are writable and nobody else's."""
    return batch.map(copied)


def make_owned(batch: Batch, task: Task) -> Batch:
    """`owned` as a transform."""
    del task
    return batch.map(copied)


@dataclass(frozen=True)
class Mapped:
    """A user's `function(batch)`, or `function(batch, rng)`, from tuple to tuple.

    `rng` is keyed by seed, epoch, the number of the batch, and `place`, which tells several such functions apart.
    """

    function: Callable[..., Any]
    takes_rng: bool = False
    place: int = 0

    def __call__(self, batch: Batch, task: Task) -> Batch:
        given = batch.as_tuple()
        if not self.takes_rng:
            return unpack(self.function(given))
        bits = philox(task.seed, task.epoch, index=task.step, use=_FIRST_USE + self.place)
        return unpack(self.function(given, np.random.Generator(bits)))


def transformed(transforms: Sequence[Transform], batch: Batch, task: Task) -> Batch:
    """The batch after all transforms, one after the other."""
    for transform in transforms:
        batch = transform(batch, task)
    return batch


def collate(samples: Sequence[Tree]) -> Tree:
    """One tree whose arrays are those of the samples, stacked: row i of each is sample i's.

    Samples are trees of the same structure, of arrays and numbers, such as (image, label). In a worker process the
    arrays are built in shared memory, so that they are not copied again.

    ```python
    def __getitem__(self, i):
        return collate([self.sample(row) for row in self.rows[i * 32 : (i + 1) * 32]])
    ```

    Raises ValueError where there is no sample, and where structures or shapes differ.
    """
    if not samples:
        raise ValueError("samples must hold at least one sample, but are empty")
    first, structure = optree.tree_flatten(samples[0], namespace=NAMESPACE)
    columns: list[list[Any]] = [[leaf] for leaf in first]
    for number, sample in enumerate(samples[1:], 1):
        leaves, other = optree.tree_flatten(sample, namespace=NAMESPACE)
        if other != structure:
            raise ValueError(f"samples must have the same structure, but sample 0 is {structure}, {number} is {other}")
        for column, leaf in zip(columns, leaves, strict=True):
            column.append(leaf)
    return optree.tree_unflatten(structure, [_stacked(column) for column in columns])


def copied(leaf: np.ndarray) -> np.ndarray:
    """A copy, in place if a worker process is making a batch."""
    if leaf.nbytes < LEAST and SITE.get() is None:
        return leaf.copy()
    copy = empty(leaf.shape, leaf.dtype)
    np.copyto(copy, leaf)
    return copy


def _stacked(leaves: Sequence[Any]) -> np.ndarray:
    arrays = [np.asarray(leaf) for leaf in leaves]
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1:
        raise ValueError(f"the arrays of samples must have the same shape, but theirs are {sorted(shapes)}")
    out = empty((len(arrays), *arrays[0].shape), np.result_type(*{array.dtype for array in arrays}))
    return np.stack(arrays, out=out)
