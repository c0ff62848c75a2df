"""Generators, iterators and other iterables of batches, and functions that return them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from penstock.pipeline import Stream, Tap, unpack

from .kind import Kind


class IteratorStream(Stream):
    """A generator or iterator object: it begins once, and goes on where it was left."""

    restartable = False

    def __init__(self, iterator: Iterator[Any]) -> None:
        self._tap = Tap(map(unpack, iterator))

    def batches(self, epoch: int) -> Tap:
        if self._tap.dry:
            raise ValueError(
                f"the generator has come to its end, but epoch {epoch} was asked for; "
                f"pass a function that returns the generator, or steps_per_epoch"
            )
        return self._tap


class IterableStream(Stream):
    """Begins anew in each epoch with the iterable that `start` returns."""

    def __init__(self, start: Callable[[], Any]) -> None:
        self._start = start

    def batches(self, epoch: int) -> Tap:
        iterable = self._start()
        if not isinstance(iterable, Iterable):
            raise TypeError(
                f"x() must return a generator or another iterable, but returned a {type(iterable).__name__}"
            )
        return Tap(map(unpack, iterable))


def from_batches(x: Any) -> Stream:
    """A stream over an iterator, an iterable, or a function that returns one of them."""
    if isinstance(x, Iterator):
        return IteratorStream(x)
    return IterableStream(x if callable(x) else lambda: x)


def _recognises(x: Any) -> bool:
    return (isinstance(x, Iterable) and not isinstance(x, bytes | str)) or callable(x)


KIND = Kind("generator or another iterable of batches", _recognises, lambda x, y, sample_weight: from_batches(x))
