"""Functions that take part in functional models: called on symbolic tensors, they are drawn."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from ..graph import Node, infer
from ..names import default_name
from ..symbolic import symbolic_leaves

P = ParamSpec("P")
T = TypeVar("T")

# By name, since that is how copies and files of a model refer to them.
_functions: dict[str, Callable[..., Any]] = {}


class Operation:
    """One use of a function in a graph; `kind` is the function's name, `name` tells it from other uses."""

    def __init__(self, kind: str, name: str | None = None) -> None:
        self.kind = kind
        self.name = name or default_name(kind)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _functions[self.kind](*args, **kwargs)

    def __repr__(self) -> str:
        return f"<Operation {self.kind} name={self.name}>"


def operation(fn: Callable[P, T]) -> Callable[P, T]:
    """`fn`, which on symbolic tensors gives symbolic tensors."""
    name = fn.__name__

    @wraps(fn)
    def call(*args: P.args, **kwargs: P.kwargs) -> Any:
        if symbolic_leaves((args, kwargs)):
            return drawn(Operation(name), args, kwargs)
        return fn(*args, **kwargs)

    if _functions.setdefault(name, fn) is not fn:
        raise ValueError(f"there are two operations named {name}")
    return call


def drawn(operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the operation gives for symbolic arguments."""
    return Node(operation, args, kwargs, infer(operation, args, kwargs)).outputs
