"""Exceptions on their way from a worker process to the consumer, as themselves."""

import pickle
import traceback
from typing import Any

import cloudpickle

_Frames = list[tuple[str, int, str]]


def packed(error: BaseException) -> bytes:
    """The error with its notes and where it was raised; one that cannot travel is told in a RuntimeError."""
    frames = [(f.filename, f.lineno or 0, f.name) for f in traceback.extract_tb(error.__traceback__)]
    notes = list(getattr(error, "__notes__", ()))  # only there once a note was added
    return cloudpickle.dumps((_travelling(error), notes, frames))


def unpacked(data: Any) -> BaseException:
    """The error; its traceback in the worker is a note, formatted here, where the sources are."""
    error, notes, frames = pickle.loads(data)
    error.__notes__ = [*notes, _told(frames)]
    return error


def _travelling(error: BaseException) -> BaseException:
    # What would end the consumer rather than its loop becomes an ordinary error.
    if not isinstance(error, (Exception, SystemExit)):
        return RuntimeError(f"{type(error).__name__} was raised in a worker process: {error}")
    try:
        returned = pickle.loads(cloudpickle.dumps(error))
        same = type(returned) is type(error) and returned.args == error.args and str(returned) == str(error)
    except Exception:
        same = False
    return error if same else _rebuilt(error)


def _rebuilt(error: BaseException) -> BaseException:
    """An error of the same type without its constructor having been called, or else a RuntimeError that names it."""
    try:
        copy = type(error).__new__(type(error))
        copy.args = error.args
        copy.__dict__.update({k: v for k, v in vars(error).items() if k != "__notes__"})
        pickle.loads(cloudpickle.dumps(_Bare(type(error), error.args, vars(copy))))
    except Exception:
        return RuntimeError(f"{type(error).__module__}.{type(error).__qualname__}: {error}")
    return _Bare(type(error), error.args, vars(copy))  # pyright: ignore[reportReturnType] # becomes one when unpickled


class _Bare:
    """Pickles as an exception made without its constructor."""

    def __init__(self, kind: type, args: tuple[Any, ...], attributes: dict[str, Any]) -> None:
        self.parts = kind, args, attributes

    def __reduce__(self) -> tuple[Any, ...]:
        return _bare, self.parts


def _bare(kind: type[Exception], args: tuple[Any, ...], attributes: dict[str, Any]) -> Exception:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(attributes)
    return error


def _told(frames: _Frames) -> str:
    summary = traceback.StackSummary.from_list([(file, line, name, None) for file, line, name in frames])
    return "in the worker process:\n" + "".join(summary.format()).rstrip()
