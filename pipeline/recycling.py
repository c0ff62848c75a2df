"""Memory of arrays that nobody looks at any more, used for the next: fresh memory costs a fault for each page.

A piece is lent to one array at a time (leases.py).

Pieces are few and small, since they are never given back: larger arrays NumPy puts on huge pages, with few faults,
and who keeps many arrays gets ordinary ones.
"""

import mmap
import sys
from collections import deque
from contextlib import suppress
from math import prod

import numpy as np

from .arena import aligned
from .leases import Leases

LEAST = 2**17  # bytes; smaller arrays are cheap to allocate
_TOO_LARGE = 2**22
_MOST_PIECES = 8
_HUGE_PAGE = 2**21  # what fills half of one or more lies on one: to gather rows there is some percent faster
# Not shared with forks, which elsewhere do not exist.
_PRIVATE = {} if sys.platform == "win32" else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}


class Recycling:
    """Gives out arrays, to any thread, and keeps the memory of a few that are gone."""

    def __init__(self) -> None:
        self._leases: Leases[mmap.mmap] = Leases()
        self._free: deque[mmap.mmap] = deque()

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Like `np.empty`."""
        nbytes = prod(shape) * dtype.itemsize
        if not LEAST <= nbytes < _TOO_LARGE or dtype.hasobject:
            return np.empty(shape, dtype)
        size = nbytes if nbytes < _HUGE_PAGE // 2 else aligned(nbytes, _HUGE_PAGE)
        memory = self._found(size)
        if memory is None:
            if len(self._leases) + len(self._free) >= _MOST_PIECES:
                return np.empty(shape, dtype)
            memory = _piece(size)
        root = np.frombuffer(memory, np.uint8)
        self._leases.lend(root, memory)
        return np.ndarray(shape, dtype, root)

    def _found(self, size: int) -> mmap.mmap | None:
        """Free memory of that size; where there is none, but of other sizes, a piece of it is let go."""
        while (memory := self._leases.returned()) is not None:
            self._free.append(memory)
        with suppress(IndexError):  # where another thread was faster
            for _ in range(len(self._free)):
                # What was freed last may still be cached.
                memory = self._free.pop()
                if len(memory) == size:
                    return memory
                self._free.appendleft(memory)
            if len(self._leases) + len(self._free) >= _MOST_PIECES:
                self._free.popleft()
        return None


def _piece(size: int) -> mmap.mmap:
    memory = mmap.mmap(-1, size, **_PRIVATE)
    if sys.platform == "linux" and size >= _HUGE_PAGE:
        with suppress(OSError):  # a kernel without them
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory
