"""From what users give `Loader` and `fit` to a recipe for batches."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from penstock.pipeline import (
    Loading,
    Mapped,
    Order,
    Recipe,
    Shuffle,
    Source,
    Stream,
    Trace,
    Window,
    check_shuffle,
    check_whole,
    make_owned,
)

from .kinds import adapt
from .shards import Shard, sharded

DEFAULT_BATCH_SIZE = 32


@dataclass(frozen=True)
class Plan:
    """What a recipe is made from: the data, their order, what is done to batches, and by whom they are loaded.

    Of a stream, `window` says which batches of an epoch there are; of a source, its order does.

    Batches whose memory the source may keep are copied where they are made, unless they are used up before the next is
    made (`kept` is False, and nothing works ahead) and nobody's function gets them.
    """

    source: Source | Stream
    order: Order | None
    loading: Loading
    seed: int
    kept: bool
    maps: tuple[Mapped, ...] = ()
    window: Window = Window()

    def mapped(self, function: Callable[..., Any], *, takes_rng: bool) -> "Plan":
        """The plan with one more function on batches."""
        return replace(self, maps=(*self.maps, Mapped(function, takes_rng, place=len(self.maps))))

    def windowed(self, skipped: int, most: int | None) -> "Plan":
        """Of the batches that the plan has, those skipped <= i < skipped + most."""
        old = self.window if self.order is None else self.order
        left = None if old.most is None else max(0, old.most - skipped)
        new = {"first": old.first + skipped, "most": min((m for m in (left, most) if m is not None), default=None)}
        if self.order is None:
            return replace(self, window=Window(**new))
        order = replace(self.order, **new)
        if len(order) == 0:
            raise ValueError(f"skip must leave a batch, but {skipped} of {len(self.order)} batches are skipped")
        return replace(self, order=order)

    def loaded(self, **given: Any) -> "Plan":
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

    def recipe(self, *, traced: bool = False) -> Recipe:
        # What crosses from a process is a copy anyway; what a user's function takes may be changed by it.
        crosses = self.loading.workers > 0 and self.loading.use_multiprocessing
        outlives = (self.kept or self.loading.workers > 0) and not crosses
        copied = self.source.lends and (outlives or bool(self.maps))
        transforms = ((make_owned,) if copied else ()) + self.maps
        names = ["load", *(["copy"] if copied else []), *(f"map {function.place + 1}" for function in self.maps)]
        trace = Trace(names) if traced else None
        executor = self.loading.executor()
        return Recipe(self.source, self.order, executor, transforms, self.seed, self.window, trace=trace)


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
    shard: Shard | None = None,
) -> Plan:
    """The plan for anything that an adapter accepts, with the loading that it asks for itself.

    `shuffle` None is True wherever there is something to shuffle. Rows come in batches of 32, or in `steps` batches
    where that is given and `batch_size` is not. Raises ValueError where `batch_size` or `drop_remainder` are given for
    an x that brings whole batches, and where there is no batch; also where `shard` cannot give all shards as many rows.
    """
    if shuffle is not None:
        check_shuffle(shuffle)
    check_whole("seed", seed)
    source = adapt(x, y, sample_weight)
    shuffle = _settled_shuffle(source, shuffle)
    if isinstance(source, Stream):
        _refuse(batch_size=batch_size, drop_remainder=drop_remainder, shard=shard)
        return Plan(source, None, source.loading, seed, kept)
    if source.batched:
        _refuse(batch_size=batch_size, drop_remainder=drop_remainder and shard is None)
    size = _settled_batch_size(source, batch_size, steps)
    order = Order(len(source), size, shuffle, seed, drop_remainder)
    if shard is not None:
        order = sharded(order, shard, batched=source.batched)
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


def _refuse(**given: Any) -> None:
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
