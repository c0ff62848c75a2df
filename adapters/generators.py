"""Generators, iterators and other iterables of batches, and functions that return them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, runtime_checkable

from penstock.pipeline import Stream, Tap, unpack

from .kind import Kind


@runtime_checkable
class Stateful(Protocol):
    """An iterator or iterable that can say where it is, and go on there."""

    def state_dict(self) -> Any: ...

    def load_state_dict(self, state: Any, /) -> Any: ...


class IteratorStream(Stream):
    """A generator or iterator object: it begins once, and goes on where it was left."""

    restartable = False

    def __init__(self, iterator: Iterator[Any]) -> None:
        self._iterator = iterator
        self._tap = Tap(map(unpack, iterator), _state_of(iterator))

    def batches(self, epoch: int) -> Tap:
        if self._tap.dry:
            raise ValueError(
                f"the generator has come to its end, but epoch {epoch} was asked for; "
                f"pass a function that returns the generator, or steps_per_epoch"
            )
        return self._tap

    def resumed(self, epoch: int, own: Any) -> Tap:
        if not isinstance(self._iterator, Stateful):
            return super().resumed(epoch, own)
        self._iterator.load_state_dict(own)
        # What was pulled ahead is of no more use.
        self._tap = Tap(map(unpack, self._iterator), self._iterator.state_dict)
        return self._tap


class IterableStream(Stream):
    """Begins anew in each epoch with the iterable that `start` returns."""

    def __init__(self, start: Callable[[], Any]) -> None:
        self._start = start

    def batches(self, epoch: int) -> Tap:
        iterable = self._started()
        return _tap(iterable, iter(iterable))

    def resumed(self, epoch: int, own: Any) -> Tap:
        iterable = self._started()
        if isinstance(iterable, Stateful):
            iterable.load_state_dict(own)
            return _tap(iterable, iter(iterable))
        iterator = iter(iterable)
        if not isinstance(iterator, Stateful):
            return super().resumed(epoch, own)
        iterator.load_state_dict(own)
        return _tap(iterable, iterator)

    def _started(self) -> Iterable[Any]:
        iterable = self._start()
        if not isinstance(iterable, Iterable):
            raise TypeError(
                f"x() must return a generator or another iterable, but returned a {type(iterable).__name__}"
            )
        return iterable


def from_batches(x: Any) -> Stream:
    """A stream over an iterator, an iterable, or a function that returns one of them."""
    if isinstance(x, Iterator):
        return IteratorStream(x)
    return IterableStream(x if callable(x) else lambda: x)


def _tap(iterable: Iterable[Any], iterator: Iterator[Any]) -> Tap:
    return Tap(map(unpack, iterator), _state_of(iterable) or _state_of(iterator))


def _state_of(thing: Any) -> Callable[[], Any] | None:
    return thing.state_dict if isinstance(thing, Stateful) else None


def _recognises(x: Any) -> bool:
    return (isinstance(x, Iterable) and not isinstance(x, bytes | str)) or callable(x)


KIND = Kind("generator or another iterable of batches", _recognises, lambda x, y, sample_weight: from_batches(x))
