"""Memory that somebody looks at through an array, told apart from memory that is free again.

A lease hangs on the root array of the memory, not on views of it: whoever borrows a view (JAX does, without a copy)
holds its root, so the lease ends when nobody can read the memory any more, however long that is. What ends it may run
inside the garbage collector at any moment, in any thread; it only appends to a deque. An interrupt may lose a lease,
and with it the memory, but never end one early.
"""

import weakref
from collections import deque
from typing import Generic, TypeVar

import numpy as np

Memory = TypeVar("Memory")


class Leases(Generic[Memory]):
    """Pieces of memory by who watches their root arrays; any thread may lend and take back."""

    def __init__(self) -> None:
        self._lent: dict[int, tuple[weakref.ref[np.ndarray], Memory]] = {}  # by the identity of the reference
        self._ended: deque[weakref.ref[np.ndarray]] = deque()

    def __len__(self) -> int:
        return len(self._lent)

    def lend(self, root: np.ndarray, memory: Memory) -> None:
        """The memory is not free while the array, or a view of it, lives."""
        # Not a function of Python's: an interrupt inside one would be printed, and lost.
        watch = weakref.ref(root, self._ended.append)
        self._lent[id(watch)] = watch, memory

    def returned(self) -> Memory | None:
        """A piece that nobody looks at any more; None where there is none."""
        while self._ended:
            try:
                watch = self._ended.popleft()
            except IndexError:
                return None  # another thread was faster
            lent = self._lent.pop(id(watch), None)
            # None where an interrupt came between the two lines that lend.
            if lent is not None:
                return lent[1]
        return None
