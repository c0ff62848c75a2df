"""A program that has arrived in a worker, opened in the surroundings that it came from.

What a program is packed as names functions of this module; a worker needs no more than that to open it.
"""

import mmap
import os
import pickle
import struct
import sys
import types
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import Lock, RLock
from typing import Any

from ..arena import aligned
from ..batch import Batch
from ..task import Task
from .executor import Work

SIZE = struct.Struct("<q")


def mapped(fd: int) -> memoryview:
    """The memory of a parcel, shared with all who map it but for what is written here."""
    return memoryview(mmap.mmap(fd, 0, access=mmap.ACCESS_COPY))


def opened(memory: memoryview) -> Work:
    """The work in a parcel; where it cannot be unpacked, what says so for every batch."""
    try:
        return _unpacked(memory)
    except Exception as error:
        return _Unusable(error)


class _Unusable:
    """Work that could not be unpacked."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __call__(self, task: Task) -> Batch | None:
        raise self._error


def _unpacked(memory: memoryview) -> Any:
    """The program in the surroundings that it came from; its arrays lie in this memory.

    Those are the import path, the folder and the arguments of the process that packed it.
    """
    sizes = _sizes(memory)
    starts = starts_of(sizes)
    parts = [memory[start : start + size] for start, size in zip(starts, sizes, strict=True)]
    _prepare_main()
    return pickle.loads(parts[0], buffers=parts[1:])[1]


def starts_of(sizes: Sequence[int]) -> list[int]:
    """Where each part of a parcel begins, behind the table of sizes: first their number, then each."""
    starts, end = [], SIZE.size * (len(sizes) + 1)
    for size in sizes:
        starts.append(aligned(end))
        end = starts[-1] + size
    return starts


def _sizes(memory: memoryview) -> list[int]:
    count = SIZE.unpack_from(memory, 0)[0]
    return [SIZE.unpack_from(memory, SIZE.size * (1 + index))[0] for index in range(count)]


class Surroundings:
    """Where and how the consumer runs, which a worker enters as it unpacks them."""

    def __reduce__(self) -> tuple[Any, ...]:
        try:
            folder = os.getcwd()
        except FileNotFoundError:
            folder = "/"
        return _enter, (sys.path, sys.argv, folder)


def _enter(path: list[str], arguments: list[str], folder: str) -> None:
    sys.path[:], sys.argv[:] = path, arguments
    os.chdir(folder)


class MainNamespace(dict[str, Any]):
    """Stands for the globals of `__main__`: in a worker, those of its own."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _main_globals, ()


def _main_globals() -> dict[str, Any]:
    return vars(sys.modules["__main__"])


def _prepare_main() -> None:
    """An empty `__main__`, into which the functions and classes of the consumer's are loaded."""
    if not isinstance(sys.modules.get("__main__"), _Main):
        sys.modules["__main__"] = _Main("__main__")


class _Main(types.ModuleType):
    """The `__main__` of a worker."""


def fresh_lock(reentrant: bool) -> Any:  # noqa: FBT001 # called by pickle, which has no keywords
    """An open lock in the place of one that may be closed."""
    return RLock() if reentrant else Lock()


def cached(function: Callable[..., Any], parameters: dict[str, Any]) -> Any:
    """A function with an empty cache."""
    return lru_cache(**parameters)(function)
