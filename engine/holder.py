"""What owns variables, directly and through what it holds: the base of layers, models and metrics.

The walk finds variables in Keras' order: a holder's own trainable ones, its own others, the states of its seed
generators, then those of the holders among its attributes, lists and dicts, in the order in which they came there.
Lists and dicts are the user's own, so the moment of an append is not seen: what a list holds came with the list, or
when it was itself made, or with what stands before it, whichever was last. Everything is told apart by identity, and
cycles end. Containers are made in `__new__`, so a forgotten `super().__init__()` loses nothing.
"""

import itertools
from collections.abc import Iterator
from typing import Any, Self

from .names import default_name, snake_case
from .random import SeedGenerator
from .variable import Variable

_clock = itertools.count(1)
_BOOKS = ("_own", "_came")


class Holder:
    """Base of everything that owns variables."""

    _own: list[Variable]
    _name: str | None
    _trainable: bool
    _made: int
    _came: dict[str, int]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls)
        self.__dict__.update(_own=[], _name=None, _trainable=True, _made=next(_clock), _came={})
        return self

    @classmethod
    def kind(cls) -> "type[Holder]":
        """The base class whose instances belong to the same walk."""
        return Holder

    def __setattr__(self, name: str, value: Any) -> None:
        previous = self.__dict__.get(name)
        if isinstance(previous, Variable):
            self._own[:] = [v for v in self._own if v is not previous]
        if isinstance(value, Variable):
            self._keep(value)
        if value is not previous:
            self._came[name] = next(_clock)
        object.__setattr__(self, name, value)

    def _keep(self, variable: Variable) -> None:
        if not any(variable is v for v in self._own):
            self._own.append(variable)

    @property
    def name(self) -> str:
        if self._name is None:
            self._name = default_name(snake_case(type(self).__name__))
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        self._name = value

    @property
    def trainable(self) -> bool:
        """Whether training changes what this holds; setting it sets it for every holder inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for holder in walk(self):
            holder._trainable = bool(value)

    @property
    def variables(self) -> list[Variable]:
        """Every variable, states of seed generators included, in Keras' order."""
        return _unique(v for holder in walk(self) for v in _variables_of(holder))

    @property
    def trainable_variables(self) -> list[Variable]:
        return _unique(v for holder in walk(self, frozen=False) for v in _variables_of(holder) if v.trainable)

    @property
    def non_trainable_variables(self) -> list[Variable]:
        trainable = {id(v) for v in self.trainable_variables}
        return [v for v in self.variables if id(v) not in trainable]


def own_variables(holder: Holder) -> list[Variable]:
    """The variables that the holder owns itself, trainable ones first, without the states of seed generators."""
    own = _unique([*holder._own, *(v for v in _held(holder) if isinstance(v, Variable))])
    return sorted(own, key=lambda v: not v.trainable)


def _variables_of(holder: Holder) -> Iterator[Variable]:
    yield from own_variables(holder)
    yield from (v.state for v in _held(holder) if isinstance(v, SeedGenerator))


def walk(holder: Holder, *, frozen: bool = True, kind: type[Holder] | None = None) -> Iterator[Holder]:
    """The holder and all holders inside it, parents first; without the frozen ones where `frozen` is False.

    Only holders of the holder's own kind are met (layers in layers, metrics in metrics) unless `kind` says which.
    """
    yield from _walk(holder, frozen=frozen, kind=kind or holder.kind(), seen=set())


def _walk(holder: Holder, *, frozen: bool, kind: type[Holder], seen: set[int]) -> Iterator[Holder]:
    if id(holder) in seen or not (frozen or holder._trainable):
        return
    seen.add(id(holder))
    yield holder
    for child in children(holder):
        if isinstance(child, kind):
            yield from _walk(child, frozen=frozen, kind=kind, seen=seen)


def children(holder: Holder) -> Iterator[Holder]:
    """The holders among the attributes, lists and dicts of `holder`, in order."""
    return (thing for thing in _held(holder) if isinstance(thing, Holder))


def _held(holder: Holder) -> list[Any]:
    found: list[tuple[int, Any]] = []
    for name, value in list(vars(holder).items()):
        if name in _BOOKS:
            continue
        moment = holder._came.get(name, 0)
        for leaf in _leaves(value, set()):
            moment = max(moment, leaf._made if isinstance(leaf, Holder) else 0)
            found.append((moment, leaf))
    return [leaf for _, leaf in sorted(found, key=lambda pair: pair[0])]


def _leaves(value: Any, seen: set[int]) -> Iterator[Any]:
    if isinstance(value, dict):
        items = list(value.values())
    elif isinstance(value, (list, tuple)):
        items = list(value)
    else:
        yield value
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    for item in items:
        yield from _leaves(item, seen)


def _unique(variables: Any) -> list[Variable]:
    return list({id(v): v for v in variables}.values())
