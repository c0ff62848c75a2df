"""Exceptions on their way from a worker process to the consumer, as themselves."""

import pickle
import traceback
from typing import Any

from .. import homeward

_Frames = list[tuple[str, int, str]]


def packed(error: BaseException) -> bytes:
    """The error with its notes, causes and where each was raised; one that cannot travel is told in a RuntimeError."""
    told = _in_words(error)
    try:
        parts = homeward.dumps(_Parts(_unended(error), set()))
    except Exception:
        parts = b""
    return pickle.dumps((told, parts))


def unpacked(data: bytes) -> BaseException:
    """The error; its traceback in the worker is a note, formatted here, where the sources are."""
    told, parts = pickle.loads(data)
    try:
        return pickle.loads(parts).error()
    except Exception as error:
        told_error = RuntimeError(told)
        told_error.add_note(f"it could not be brought here as itself: {type(error).__name__}: {error}")
        return told_error


class _Parts:
    """What an error is put together from again, and those it came from or holds."""

    def __init__(self, error: BaseException, seen: set[int]) -> None:
        seen = seen | {id(error)}
        self._notes = list(getattr(error, "__notes__", ()))  # only there once a note was added
        self._frames: _Frames = [(f.filename, f.lineno or 0, f.name) for f in traceback.extract_tb(error.__traceback__)]
        self._is_context_hidden = error.__suppress_context__
        self._cause = _parts(error.__cause__, seen)
        self._context = _parts(error.__context__, seen)
        self._members = [_Parts(member, seen) for member in _members(error)]
        self._pickle = _pickled(error)

    def error(self) -> BaseException:
        error: BaseException = pickle.loads(self._pickle)
        if isinstance(error, BaseExceptionGroup):
            error = _bare(type(error), (error.message, [member.error() for member in self._members]), vars(error))
        error.__notes__ = [*self._notes, *([_told(self._frames)] if self._frames else [])]
        error.__cause__ = self._cause and self._cause.error()
        error.__context__ = self._context and self._context.error()
        error.__suppress_context__ = self._is_context_hidden
        return error


def _parts(error: BaseException | None, seen: set[int]) -> _Parts | None:
    return None if error is None or id(error) in seen else _Parts(error, seen)


def _members(error: BaseException) -> tuple[BaseException, ...]:
    return error.exceptions if isinstance(error, BaseExceptionGroup) else ()


def _unended(error: BaseException) -> BaseException:
    """What would end the consumer rather than its loop becomes an ordinary error."""
    if isinstance(error, (Exception, SystemExit)):
        return error
    told = RuntimeError(f"{type(error).__name__} was raised in a worker process: {error}")
    told.__notes__ = list(getattr(error, "__notes__", ()))  # only there once a note was added
    return told.with_traceback(error.__traceback__)


def _pickled(error: BaseException) -> bytes:
    """The error by its constructor if that gives the same again; else made without it; else a RuntimeError.

    A group is made without it, and without its members, which are put in their place later.
    """
    forms = (_Bare(error),) if isinstance(error, BaseExceptionGroup) else (error, _Bare(error))
    for form in forms:
        try:
            data = homeward.dumps(form)
            if _are_alike(pickle.loads(data), error):
                return data
        except Exception:
            continue
    return pickle.dumps(RuntimeError(_in_words(error)))


def _are_alike(one: BaseException, other: BaseException) -> bool:
    if type(one) is not type(other):
        return False
    return isinstance(one, BaseExceptionGroup) or (repr(one.args) == repr(other.args) and str(one) == str(other))


def _in_words(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = "(its text could not be had)"
    return f"{type(error).__module__}.{type(error).__qualname__}: {text}"


class _Bare:
    """Pickles as an exception made without its constructor."""

    def __init__(self, error: BaseException) -> None:
        attributes = {name: value for name, value in vars(error).items() if name != "__notes__"}
        args = (error.message, [Exception()]) if isinstance(error, BaseExceptionGroup) else error.args
        self._made_of = type(error), args, attributes

    def __reduce__(self) -> tuple[Any, ...]:
        return _bare, self._made_of


def _bare(kind: type[BaseException], args: tuple[Any, ...], attributes: dict[str, Any]) -> BaseException:
    error = kind.__new__(kind, *args) if issubclass(kind, BaseExceptionGroup) else kind.__new__(kind)
    error.args = args
    error.__dict__.update(attributes)
    return error


def _told(frames: _Frames) -> str:
    summary = traceback.StackSummary.from_list([(file, line, name, None) for file, line, name in frames])
    return "in the worker process:\n" + "".join(summary.format()).rstrip()
