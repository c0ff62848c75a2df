"""Batches received from a loader, penstock's or a peer's, as work."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import chain, count, islice
from time import thread_time
from typing import Any

import numpy as np

import penstock as ps

from . import grain_batches, keras_batches, torch_batches
from .batches import Data
from .racer import Side
from .work import Figures, Work

GIGABYTE = 1e9
CPU_OF_RECEIVER = "CPU of the receiving thread"


def received(batches: Iterable[Any], steps: int) -> Work:
    """Takes `steps` batches for each epoch and does nothing with them.

    The check is a sum that only these batches in this order have.
    """
    each = iter(batches)
    counted = Counted()

    def repeat(epochs: int) -> int:
        began = thread_time()
        nbytes = first_leaf(next(each)).nbytes
        deque(islice(each, epochs * steps - 1), maxlen=0)
        counted.add(epochs * steps * nbytes, thread_time() - began)
        return epochs * steps

    def check() -> Figures:
        firsts = (float(first_leaf(batch)[0]) for batch in islice(each, steps))
        return {"sum of places × first numbers": sum(place * first for place, first in enumerate(firsts, start=1))}

    return Work(repeat, check, counted.facts)


class Counted:
    """The bytes that were received, and what they cost the thread that received them."""

    def __init__(self) -> None:
        self.nbytes = 0
        self.seconds = 0.0

    def add(self, nbytes: int, seconds: float) -> None:
        self.nbytes += nbytes
        self.seconds += seconds

    def facts(self) -> Figures:
        return {CPU_OF_RECEIVER: GIGABYTE * self.seconds / self.nbytes}


def first_leaf(batch: Any) -> Any:
    """x of a batch, be it alone or in a tuple."""
    return batch[0] if isinstance(batch, tuple | list) else batch


def endless(epochs: Iterable[Any]) -> Iterator[Any]:
    """The batches of one epoch after the other."""
    return chain.from_iterable(epochs for _ in count())


@contextmanager
def by_penstock(data: dict[str, Any], **loading: Any) -> Iterator[Work]:
    with ps.Loader(Data(**data).made(), **loading) as loader:
        yield received(endless(loader), data["steps"])


@contextmanager
def by_torch(data: dict[str, Any], workers: int) -> Iterator[Work]:
    yield received(endless(torch_batches.loader(Data(**data).made(), workers)), data["steps"])


@contextmanager
def by_grain(data: dict[str, Any], workers: int) -> Iterator[Work]:
    yield received(grain_batches.batches(Data(**data).made(), workers), data["steps"])


@contextmanager
def by_keras(data: dict[str, Any], workers: int) -> Iterator[Work]:
    with keras_batches.batches(Data(**data).made(), workers) as batches:
        yield received(batches, data["steps"])


@contextmanager
def by_memcpy(data: dict[str, Any]) -> Iterator[Work]:
    """The batches of the data set copied to one place, always the same: nothing can be faster."""
    made = Data(**data).made()
    place = np.empty_like(made[0])

    def copied() -> Iterator[np.ndarray]:
        for batch in endless(made):
            np.copyto(place, batch)
            yield place

    yield received(copied(), data["steps"])


def penstock(name: str, data: Data, **loading: Any) -> Side:
    return Side(name, by_penstock, given={"data": asdict(data), **loading})


def processes(name: str, data: Data, workers: int) -> Side:
    return penstock(name, data, workers=workers, use_multiprocessing=True)


def torch(data: Data, workers: int, name: str = "torch DataLoader") -> Side:
    return Side(name, by_torch, needs="torch", given={"data": asdict(data), "workers": workers})


def grain(data: Data, workers: int, name: str = "Grain") -> Side:
    return Side(name, by_grain, needs="grain", given={"data": asdict(data), "workers": workers})


def keras(data: Data, workers: int, name: str = "Keras PyDataset") -> Side:
    return Side(name, by_keras, needs="keras", given={"data": asdict(data), "workers": workers})


def memcpy(name: str, data: Data) -> Side:
    return Side(name, by_memcpy, given={"data": asdict(data)})
