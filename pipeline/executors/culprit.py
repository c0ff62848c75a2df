"""The innermost part of a program that cannot be pickled by itself."""

import types
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

_HOLDERS: dict[type, tuple[str, ...]] = {
    types.MethodType: ("__self__", "__func__"),
    partial: ("func", "args", "keywords"),
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    property: ("fget", "fset", "fdel"),
    types.FunctionType: ("__defaults__", "__kwdefaults__"),
}


def culprit(program: Any, name: str, travels: Callable[[Any], bool]) -> str | None:
    """The path of attributes to what does not travel by itself though all of its parts do; `name` is the program's."""
    return _found(program, name, travels, set())


def _found(thing: Any, path: str, travels: Callable[[Any], bool], seen: set[int]) -> str | None:
    if id(thing) in seen or travels(thing):
        return None
    seen.add(id(thing))
    for name, part in _parts(thing):
        found = _found(part, f"{path}{name}", travels, seen)
        if found is not None:
            return found
    return f"{path} (a {type(thing).__name__})"


def _parts(thing: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, dict):
        yield from ((f"[{key!r}]", value) for key, value in thing.items())
    elif isinstance(thing, (list, tuple)):
        yield from ((f"[{index}]", value) for index, value in enumerate(thing))
    elif isinstance(thing, (set, frozenset)):
        yield from (("{...}", value) for value in thing)
    if isinstance(thing, types.FunctionType):
        yield from _named(thing)
    yield from ((f".{name}", getattr(thing, name)) for name in _HOLDERS.get(type(thing), ()))
    yield from _attributes(thing)
    if not isinstance(thing, type):
        yield ".__class__", type(thing)


def _named(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """What a function uses of the function and of the module that it stands in."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    yield from ((f".<{name}>", cell.cell_contents) for name, cell in cells)
    known = function.__globals__
    yield from ((f".<{name}>", known[name]) for name in function.__code__.co_names if name in known)


def _attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    own = getattr(thing, "__dict__", {})  # any object of a user's
    yield from ((f".{name}", value) for name, value in own.items() if name not in ("__dict__", "__weakref__"))
    # Of classes that Python code defines; those of others show nothing that a user could change.
    slots = [name for kind in type(thing).__mro__ for name in vars(kind).get("__slots__", ()) if name in vars(kind)]
    yield from ((f".{name}", getattr(thing, name)) for name in slots if hasattr(thing, name))
