"""A program on its way to workers: code by cloudpickle, arrays beside it.

`__main__` travels too: functions and classes of a script, a notebook or standard input are carried by value and find
one another in the worker's own, otherwise empty, `__main__`. What workers write into arrays stays theirs: if they are
forked, they map them copy-on-write, and share their pages until then; if they are started anew, each has a copy.
"""

import ctypes
import io
import mmap
import os
import pickle
import sys
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import _lru_cache_wrapper, lru_cache
from importlib.machinery import ModuleSpec
from threading import Lock, RLock
from typing import Any, NewType, ParamSpec, Self, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

import cloudpickle
import numpy as np

from ..memory import reserve
from .arrival import SIZE, MainNamespace, Surroundings, cached, fresh_lock, starts_of
from .classes import made_once
from .culprit import culprit
from .memory_maps import reopening
from .reducers import REDUCERS

_PURPOSE = "to show the data set to worker processes", "let it hold less, or use threads (use_multiprocessing=False)"
_COMPARED_AT_ONCE = 2**26
# NumPy would write its opinion of every byte to memory before it looks at it.
_memcmp = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None).memcmp
_memcmp.argtypes = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t


@dataclass(frozen=True)
class Parcel:
    """A packed program: `memory` holds all of it, `code` is its first part."""

    code: bytes
    memory: np.ndarray

    @classmethod
    def of(cls, code: bytes, parts: Sequence[memoryview]) -> Self:
        """The parcel that holds these parts, of which the code is the first."""
        memory = np.empty(_nbytes(parts), np.uint8)
        _fill(memory, parts)
        return cls(code, memory)

    def is_of(self, code: bytes, buffers: Sequence[pickle.PickleBuffer]) -> bool:
        """Whether packing gave this code and these buffers, bit for bit."""
        return code == self.code and _equal(self.memory, [buffer.raw() for buffer in buffers], len(code))


@dataclass(frozen=True)
class SharedParcel(Parcel):
    """One in anonymous memory, which other processes map by `fd`.

    Here it stays mapped, since to map it anew for each comparison takes longer than to compare.
    """

    fd: int

    @classmethod
    def of(cls, code: bytes, parts: Sequence[memoryview]) -> Self:
        fd = os.memfd_create("penstock-program", os.MFD_CLOEXEC)
        try:
            nbytes = _nbytes(parts)
            reserve(fd, 0, nbytes, _PURPOSE)
            memory = np.frombuffer(mmap.mmap(fd, nbytes), np.uint8)
            _fill(memory, parts)
        except BaseException:
            os.close(fd)
            raise
        return cls(code, memory, fd)

    def close(self) -> None:
        os.close(self.fd)


AnyParcel = TypeVar("AnyParcel", bound=Parcel)


def pack(program: Any, kind: type[AnyParcel], before: AnyParcel | None = None) -> AnyParcel:
    """The program, packed; `before` itself where nothing has changed since."""
    buffers: list[pickle.PickleBuffer] = []
    code = _pickled(program, buffers)
    if before is not None and before.is_of(code, buffers):
        return before
    return kind.of(code, [memoryview(code), *(buffer.raw() for buffer in buffers)])


def _nbytes(parts: Sequence[memoryview]) -> int:
    sizes = [part.nbytes for part in parts]
    return starts_of(sizes)[-1] + sizes[-1]


def _fill(memory: np.ndarray, parts: Sequence[memoryview]) -> None:
    """The parts behind the table of their sizes."""
    sizes = [part.nbytes for part in parts]
    head = b"".join(SIZE.pack(value) for value in (len(sizes), *sizes))
    for start, part in zip((0, *starts_of(sizes)), (memoryview(head), *parts), strict=True):
        memory[start : start + part.nbytes] = np.frombuffer(part, np.uint8)


def _equal(memory: np.ndarray, buffers: Sequence[memoryview], code_size: int) -> bool:
    sizes = [code_size, *(buffer.nbytes for buffer in buffers)]
    starts = starts_of(sizes)
    if starts[-1] + sizes[-1] != len(memory):
        return False
    parts = zip(starts[1:], buffers, strict=True)
    return all(_are_same(memory[at : at + part.nbytes], np.frombuffer(part, np.uint8)) for at, part in parts)


def _are_same(one: np.ndarray, other: np.ndarray) -> bool:
    """Compared piece by piece, so that an interrupt need not wait for all of it."""
    starts = range(0, one.nbytes, _COMPARED_AT_ONCE)
    sizes = (min(_COMPARED_AT_ONCE, one.nbytes - start) for start in starts)
    places = (one.ctypes.data, other.ctypes.data)
    return not any(
        _memcmp(places[0] + start, places[1] + start, size) for start, size in zip(starts, sizes, strict=True)
    )


def _pickled(program: Any, buffers: list[pickle.PickleBuffer]) -> bytes:
    stream = io.BytesIO()
    pickler = _Pickler(stream, protocol=5, buffer_callback=buffers.append)
    try:
        # Entered first: what comes after it may have to be imported from there.
        pickler.dump((Surroundings(), program))
    except (KeyboardInterrupt, MemoryError):
        raise
    except Exception as error:
        raise TypeError(_what_cannot_travel(program, error)) from error
    return stream.getvalue()


class _Pickler(cloudpickle.Pickler):
    """cloudpickle, but all functions of `__main__` share its namespace, and locks and caches arrive fresh."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        main = vars(sys.modules["__main__"])
        # Not empty, so that cloudpickle takes it as it is.
        self.globals_ref[id(main)] = MainNamespace(__name__="__main__")

    def reducer_override(self, obj: Any) -> Any:
        kind = type(obj)
        reduce = _REDUCERS.get(kind) or REDUCERS.get((kind.__module__, kind.__qualname__))
        reduced = NotImplemented if reduce is None else reduce(obj)
        if reduced is not NotImplemented:
            return reduced
        if isinstance(obj, (type, types.FunctionType)) and is_strange(obj.__module__):
            _carry(obj.__module__)
        return made_once(super().reducer_override(obj))


@lru_cache(maxsize=4096)
def is_strange(name: str | None) -> bool:
    """Whether a worker could not import this module: `__main__`, a test's, one made at run time."""
    module = sys.modules.get(name or "")
    if name is None or module is None:
        return False
    if name == "__main__":
        return True
    found = _found(name)
    here = getattr(module, "__file__", None)  # built-in modules have none
    return found is None or (here is not None and found.has_location and found.origin != here)


def _found(name: str) -> ModuleSpec | None:
    """What a fresh process would import, which knows nothing of the modules that are loaded here."""
    parent, _, _ = name.rpartition(".")
    if parent and (parent not in sys.modules or is_strange(parent)):
        return None
    spec = sys.modules[parent].__spec__ if parent else None
    path = spec and spec.submodule_search_locations
    if parent and path is None:
        return sys.modules[name].__spec__  # another name of a module, as `os.path`
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path, None)
        if spec is not None:
            return spec
    return None


def _carry(name: str) -> None:
    if name != "__main__":
        cloudpickle.register_pickle_by_value(sys.modules[name])


def _array(array: np.ndarray) -> Any:
    return reopening(array) or NotImplemented


def _map(array: np.memmap) -> Any:
    return reopening(array) or (np.asarray, (np.asarray(array),))  # a plain one goes beside the code


def _cache(function: Any) -> Any:
    if not is_strange(function.__module__):
        return NotImplemented
    return cached, (function.__wrapped__, function.cache_parameters())


def _weak(things: WeakKeyDictionary | WeakValueDictionary) -> Any:
    return type(things), (), None, None, iter(list(things.items()))


def _name(name: Any) -> Any:
    """What stands in annotations; pickle would look for it in its module."""
    if not is_strange(name.__module__):
        return NotImplemented
    return type(name), (name.__name__, *((name.__supertype__,) if isinstance(name, NewType) else ()))


_REDUCERS: dict[type, Callable[[Any], Any]] = {
    type(Lock()): lambda lock: (fresh_lock, (False,)),
    type(RLock()): lambda lock: (fresh_lock, (True,)),
    np.ndarray: _array,
    np.memmap: _map,
    _lru_cache_wrapper: _cache,
    **dict.fromkeys((WeakKeyDictionary, WeakValueDictionary), _weak),
    **dict.fromkeys((NewType, ParamSpec, TypeVarTuple), _name),
}


def _what_cannot_travel(program: Any, error: Exception) -> str:
    where = culprit(program, "data", _travels) or "it"
    why = f"{type(error).__name__}: {error}"
    return (
        f"the data set cannot be sent to worker processes: {where} cannot be pickled ({why}); make it in the worker "
        "(in __getitem__, at first use), or use threads (use_multiprocessing=False)"
    )


def _travels(thing: Any) -> bool:
    try:
        _Pickler(io.BytesIO(), protocol=5, buffer_callback=lambda buffer: None).dump(thing)
    except Exception:
        return False
    return True
