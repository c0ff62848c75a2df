"""Classes that travel by value: made once in a worker, and without hooks of their bases and metaclass called again.

A class whose base keeps a register of its subclasses is met twice on the way: by itself, and in the register. And what
the hook of the base did when the class was first made, the base brings along; so does a metaclass. The arguments that
they were called with are not known any more.

Members of an enumeration bring their attributes and their other names along.
"""

import enum
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cloudpickle.cloudpickle import (
    _DYNAMIC_CLASS_TRACKER_BY_CLASS,
    _DYNAMIC_CLASS_TRACKER_BY_ID,
    _class_setstate,
    _make_skeleton_class,
    _make_skeleton_enum,
)

# Where among their arguments are the bases; the number of the class is the last but one.
_BASES = {_make_skeleton_class: 2, _make_skeleton_enum: 0}

_OF_EVERY_MEMBER = frozenset(("_value_", "_name_", "__objclass__", "_sort_order_"))


def made_once(reduced: Any) -> Any:
    """What cloudpickle reduces a class to, such that it is made once; anything else as it is."""
    if not isinstance(reduced, tuple) or reduced[0] not in _BASES:
        return reduced
    make, args, *rest = reduced
    if make is _make_skeleton_enum:
        args, rest = _whole(args, rest)
    return (_made_once, (make, *args), *rest)


def _whole(args: tuple[Any, ...], rest: list[Any]) -> tuple[tuple[Any, ...], list[Any]]:
    """An enumeration with the other names and the attributes of its members, which cloudpickle leaves out."""
    members: dict[str, enum.Enum] = dict(_DYNAMIC_CLASS_TRACKER_BY_ID[args[-2]].__members__)
    values = {name: member.value for name, member in members.items()}
    own, slots = rest[0]
    state = {name: value for name, value in own.items() if name not in members}, slots
    attributes = {name: _attributes(member) for name, member in members.items()}
    return (*args[:3], values, *args[4:]), [(state, attributes), *rest[1:-1], _complete]


def _attributes(member: enum.Enum) -> dict[str, Any]:
    """Those that the code of the class gave it."""
    return {name: value for name, value in vars(member).items() if name not in _OF_EVERY_MEMBER}


def _complete(made: type[enum.Enum], state: tuple[Any, dict[str, dict[str, Any]]]) -> None:
    _class_setstate(made, state[0])
    for name, attributes in state[1].items():
        vars(made[name]).update(attributes)


def _made_once(make: Callable[..., type], *args: Any) -> type:
    known = _DYNAMIC_CLASS_TRACKER_BY_ID.get(args[-2])
    if known is not None:
        return known
    metaclasses = args[0].__mro__ if make is _make_skeleton_class else ()
    with _without([*_hook(args[_BASES[make]]), *_makers(metaclasses)]):
        return make(*args)


def _hook(bases: tuple[Any, ...]) -> Iterator[tuple[type, str]]:
    """The `__init_subclass__` of a base, if that travelled by value; that of a library's base is called."""
    kinds = [kind for base in types.resolve_bases(bases) for kind in base.__mro__]
    owner = next((kind for kind in kinds if "__init_subclass__" in vars(kind)), object)
    if owner in _DYNAMIC_CLASS_TRACKER_BY_CLASS:
        yield owner, "__init_subclass__"


def _makers(metaclasses: tuple[type, ...]) -> Iterator[tuple[type, str]]:
    """What metaclasses that travelled by value do where a class is made."""
    for kind in metaclasses:
        if kind in _DYNAMIC_CLASS_TRACKER_BY_CLASS:
            yield from ((kind, name) for name in ("__prepare__", "__new__", "__init__") if name in vars(kind))


@contextmanager
def _without(hooks: list[tuple[type, str]]) -> Iterator[None]:
    held = [(owner, name, vars(owner)[name]) for owner, name in hooks]
    for owner, name in hooks:
        delattr(owner, name)
    try:
        yield
    finally:
        for owner, name, hook in held:
            setattr(owner, name, hook)
