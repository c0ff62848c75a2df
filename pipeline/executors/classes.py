"""Classes that travel by value: made once in a worker, and without their bases' hooks being called again.

A class whose base keeps a register of its subclasses is met twice on the way: by itself, and in the register. And what
the hook of the base did when the class was first made, the base brings along.
"""

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cloudpickle.cloudpickle import (
    _DYNAMIC_CLASS_TRACKER_BY_CLASS,
    _DYNAMIC_CLASS_TRACKER_BY_ID,
    _make_skeleton_class,
    _make_skeleton_enum,
)

# Where among their arguments are the bases; the number of the class is the last but one.
_BASES = {_make_skeleton_class: 2, _make_skeleton_enum: 0}


def made_once(reduced: Any) -> Any:
    """What cloudpickle reduces a class to, such that it is made once; anything else as it is."""
    if isinstance(reduced, tuple) and reduced[0] in _BASES:
        return (_made_once, (reduced[0], *reduced[1]), *reduced[2:])
    return reduced


def _made_once(make: Callable[..., type], *args: Any) -> type:
    known = _DYNAMIC_CLASS_TRACKER_BY_ID.get(args[-2])
    if known is not None:
        return known
    with _unhooked(args[_BASES[make]]):
        return make(*args)


@contextmanager
def _unhooked(bases: tuple[Any, ...]) -> Iterator[None]:
    """Without the `__init_subclass__` of a base that travelled by value; that of a library's base is called."""
    kinds = [kind for base in types.resolve_bases(bases) for kind in base.__mro__]
    owner = next((kind for kind in kinds if "__init_subclass__" in vars(kind)), object)
    if owner not in _DYNAMIC_CLASS_TRACKER_BY_CLASS:
        yield
        return
    hook = vars(owner)["__init_subclass__"]
    del owner.__init_subclass__
    try:
        yield
    finally:
        owner.__init_subclass__ = hook
