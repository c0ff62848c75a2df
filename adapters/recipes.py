"""From what users give `Loader` and `fit` to a recipe for batches."""

import warnings
from dataclasses import dataclass, replace
from typing import Any

from penstock.pipeline import Loading, Order, Recipe, Shuffle, Source, Stream, check_shuffle, check_whole, owned

from .kinds import adapt

DEFAULT_BATCH_SIZE = 32


@dataclass(frozen=True)
class Plan:
    """What a recipe is made from: the data, their order, and by whom they are loaded.

    Batches whose memory the source may keep are copied where they are made, unless they are used up before the next is
    made (`kept` is False, and nothing works ahead).
    """

    source: Source | Stream
    order: Order | None
    loading: Loading
    seed: int
    kept: bool

    def loaded(self, **given: int | bool | None) -> "Plan":
        """The plan with those fields of its loading that are given and not None."""
        loading = replace(self.loading, **{name: value for name, value in given.items() if value is not None})
        if isinstance(self.source, Stream) and (
            loading.workers > 1 or (loading.workers and loading.use_multiprocessing)
        ):
            warnings.warn(
                "x gives its batches one after the other, so that it is read by one thread, whatever the workers; "
                "a PyDataset can be read by several",
                stacklevel=2,
            )
            loading = replace(loading, workers=1, use_multiprocessing=False)
        return replace(self, loading=loading)

    def recipe(self) -> Recipe:
        executor = self.loading.executor()
        # What crosses from a process is a copy anyway.
        crosses = self.loading.workers > 0 and self.loading.use_multiprocessing
        copied = self.source.lends and (self.kept or self.loading.workers > 0) and not crosses
        return Recipe(self.source, self.order, executor, (owned,) if copied else (), self.seed)


def plan(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    batch_size: int | None = None,
    shuffle: Shuffle | None = False,
    seed: int = 0,
    drop_remainder: bool = False,
    steps: int | None = None,
    kept: bool = True,
) -> Plan:
    """The plan for anything that an adapter accepts, with the loading that it asks for itself.

    `shuffle` None is True wherever there is something to shuffle. Rows come in batches of 32, or in `steps` batches
    where that is given and `batch_size` is not. Raises ValueError where `batch_size` or `drop_remainder` are given for
    an x that brings whole batches, and where there is no batch.
    """
    if shuffle is not None:
        check_shuffle(shuffle)
    check_whole("seed", seed)
    source = adapt(x, y, sample_weight)
    shuffle = _settled_shuffle(source, shuffle)
    if isinstance(source, Stream):
        _refuse(batch_size=batch_size, drop_remainder=drop_remainder)
        return Plan(source, None, source.loading, seed, kept)
    if source.batched:
        _refuse(batch_size=batch_size, drop_remainder=drop_remainder)
    size = _settled_batch_size(source, batch_size, steps)
    order = Order(len(source), size, shuffle, seed, drop_remainder)
    _check_not_empty(order)
    return Plan(source, order, source.loading, seed, kept)


def _settled_shuffle(source: Source | Stream, shuffle: Shuffle | None) -> Shuffle:
    fixed = isinstance(source, Stream) or source.endless
    if shuffle is None:
        return not fixed
    if shuffle and fixed:
        warnings.warn(
            f"shuffle={shuffle!r} has no effect, since x gives its batches one after the other or has no end",
            stacklevel=3,
        )
        return False
    return shuffle


def _settled_batch_size(source: Source, batch_size: int | None, steps: int | None) -> int:
    if source.batched:
        return 1
    if batch_size is not None:
        return batch_size
    return max(1, -(-len(source) // steps)) if steps else DEFAULT_BATCH_SIZE


def _refuse(**given: int | None) -> None:
    for name, value in given.items():
        if value:
            raise ValueError(f"{name} must not be given where x brings whole batches, but is {value}")


def _check_not_empty(order: Order) -> None:
    if len(order) == 0 and order.total_rows:
        raise ValueError(
            f"x has {order.total_rows} rows, which is less than one batch of {order.batch_size}, "
            f"and drop_remainder=True leaves it out"
        )
    if len(order) == 0:
        raise ValueError("x must not be empty, but has no rows")
