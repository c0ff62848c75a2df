"""Memory of arrays that nobody looks at any more, used for the next: fresh memory costs a fault for each page.

Who owns it. As with slots, an array is a view of a root array of its own, and whoever borrows it (JAX does, without a
copy) holds the root; the memory is free when the root is gone. What notices that may run in any thread, inside the
garbage collector; it only appends to a deque. An interrupt may lose a piece, never lend it twice.

Pieces are few and small, since they are never given back: larger arrays NumPy puts on huge pages, with few faults,
and who keeps many arrays gets ordinary ones.
"""

import mmap
import sys
import weakref
from collections import deque
from math import prod

import numpy as np

LEAST = 2**17  # bytes; smaller arrays are cheap to allocate
_TOO_LARGE = 2**22
_MOST_PIECES = 8
# Not shared with forks, which elsewhere do not exist.
_PRIVATE = {} if sys.platform == "win32" else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}

Watch = weakref.ref[np.ndarray]


class Recycling:
    """Gives out arrays, to any thread, and keeps the memory of a few that are gone."""

    def __init__(self) -> None:
        self._pieces: dict[int, tuple[Watch, int, mmap.mmap]] = {}  # by the identity of what watches their root
        self._released: deque[Watch] = deque()

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Like `np.empty`."""
        nbytes = prod(shape) * dtype.itemsize
        if not LEAST <= nbytes < _TOO_LARGE or dtype.hasobject:
            return np.empty(shape, dtype)
        memory = self._found(nbytes)
        if memory is None:
            if len(self._pieces) >= _MOST_PIECES:
                return np.empty(shape, dtype)
            memory = mmap.mmap(-1, nbytes, **_PRIVATE)
        root = np.frombuffer(memory, np.uint8)
        watch = weakref.ref(root, self._released.append)
        self._pieces[id(watch)] = watch, nbytes, memory
        return np.ndarray(shape, dtype, root)

    def _found(self, nbytes: int) -> mmap.mmap | None:
        """Free memory of that size; where there is none, but of other sizes, a piece of it is let go."""
        try:
            for _ in range(len(self._released)):
                # What was freed last may still be cached.
                watch = self._released.pop()
                if self._pieces[id(watch)][1] == nbytes:
                    return self._pieces.pop(id(watch))[2]
                self._released.appendleft(watch)
            if self._released and len(self._pieces) >= _MOST_PIECES:
                del self._pieces[id(self._released.popleft())]
        except (IndexError, KeyError):
            pass  # another thread was faster, or an interrupt came in between
        return None
