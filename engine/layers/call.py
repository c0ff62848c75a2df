"""What a call of a layer knows of the calls around it: the training flag, and the losses added on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

_innermost: ContextVar["Call | None"] = ContextVar("innermost call", default=None)


@dataclass
class Call:
    """One call from outside every layer, and all the calls inside it."""

    training: bool | None
    losses: list[Any] = field(default_factory=list)
    # By identity, the layers whose functions gave their losses already.
    asked: set[int] = field(default_factory=set)

    def around(self, training: bool | None) -> "Call":
        """A call inside this one."""
        return Call(self.training if training is None else training, self.losses, self.asked)


def current() -> Call | None:
    return _innermost.get()


@contextmanager
def calling_apart() -> Iterator[None]:
    """A block whose calls have nothing to do with those around it: their losses are shapes, or nobody's."""
    token = _innermost.set(None)
    try:
        yield
    finally:
        _innermost.reset(token)


@contextmanager
def calling(training: bool | None) -> Iterator[Call]:
    """A block whose layers see `training` (None: as around it); losses added inside go to the outermost block."""
    outer = _innermost.get()
    call = Call(training) if outer is None else outer.around(training)
    token = _innermost.set(call)
    try:
        yield call
    finally:
        _innermost.reset(token)
