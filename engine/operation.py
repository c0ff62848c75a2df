"""Functions that take part in functional models: called on symbolic tensors, they are drawn."""

from collections.abc import Callable
from functools import wraps
from pkgutil import resolve_name
from typing import Any, ParamSpec, TypeVar

from .graph import Node, infer
from .names import default_name
from .symbolic import symbolic_leaves

P = ParamSpec("P")
T = TypeVar("T")


class Operation:
    """One use of a function in a graph; `name` tells it from other uses.

    The function is known by where it is defined, `module:name`, since copies and files of a model hold no code.
    """

    def __init__(self, function: str, name: str | None = None) -> None:
        self.function = function
        self.name = name or default_name(function.partition(":")[2])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return resolve_name(self.function)(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<Operation {self.function} name={self.name}>"


def operation(fn: Callable[P, T]) -> Callable[P, T]:
    """`fn`, a function of a module, which on symbolic tensors gives symbolic tensors."""
    place = f"{fn.__module__}:{fn.__qualname__}"

    @wraps(fn)
    def call(*args: P.args, **kwargs: P.kwargs) -> Any:
        if symbolic_leaves((args, kwargs)):
            return drawn(Operation(place), args, kwargs)
        return fn(*args, **kwargs)

    return call


def drawn(operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the operation gives for symbolic arguments."""
    return Node(operation, args, kwargs, infer(operation, args, kwargs)).outputs
