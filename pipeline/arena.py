"""Shared memory that grows region by region, as the consumer and its workers see it.

Memory is anonymous (`memfd_create`), so the kernel takes it back when the last process that maps it has ended, however
it ended. It is reserved before it is used, and refused with numbers where there is not enough: nobody meets SIGBUS.

Each process maps windows of a fixed size, not single regions, since Python keeps a descriptor open for every mapping.
No region crosses the edge of a window, but for one that is larger: it begins at an edge, and its window is its own.
"""

import mmap
import os
from dataclasses import dataclass, field

from .memory import reserve

PAGE = mmap.ALLOCATIONGRANULARITY
ALIGNMENT = 64

_WINDOW = 2**28
_POPULATE_WRITE = 23  # of Linux 5.14 and later
PURPOSE = "for one more batch", "make batches smaller, or max_queue_size, or max_queue_bytes"


def aligned(nbytes: int, to: int = ALIGNMENT) -> int:
    """The next multiple of `to`."""
    return -(-nbytes // to) * to


@dataclass(frozen=True, slots=True)
class Region:
    """Where a slot lies in its arena, in bytes."""

    offset: int
    capacity: int

    @property
    def window(self) -> int:
        """The offset of the window that it lies in."""
        return self.offset - self.start

    @property
    def start(self) -> int:
        """Where it begins in its window."""
        return self.offset % _WINDOW


class Windows:
    """An arena in the memory of this process."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._open: dict[int, mmap.mmap] = {}

    def of(self, region: Region) -> mmap.mmap:
        """The window that a region lies in; the pages of the region are present."""
        window = self._open.get(region.window)
        if window is None:
            window = mmap.mmap(self._fd, aligned(region.capacity, _WINDOW), offset=region.window)
            self._open[region.window] = window
        try:
            window.madvise(_POPULATE_WRITE, region.start, region.capacity)
        except OSError:
            return window  # an older kernel: each page comes when it is first written
        return window

    def close(self) -> None:
        """Each stays as long as something of this process looks at it."""
        self._open.clear()


@dataclass
class Arena:
    """The regions that there are; `fd` is what other processes map."""

    fd: int = field(default_factory=lambda: os.memfd_create("penstock", os.MFD_CLOEXEC))
    size: int = 0
    _end: int = 0

    def add(self, nbytes: int) -> Region:
        """A new region of at least `nbytes`. Raises MemoryError, with numbers, where it does not fit into memory."""
        capacity = aligned(max(nbytes, 1), PAGE)
        start = self._end
        if start % _WINDOW + capacity > _WINDOW:
            start = aligned(start, _WINDOW)
        end = start + capacity if capacity <= _WINDOW else aligned(start + capacity, _WINDOW)
        # A window is mapped whole; what is not reserved takes no memory.
        reserve(self.fd, start, capacity, PURPOSE, used=self.size, file_size=aligned(end, _WINDOW))
        self._end = end
        self.size += capacity
        return Region(start, capacity)

    def remove(self, window: mmap.mmap, region: Region) -> None:
        """Give the memory of a region back to the system; its place stays empty."""
        window.madvise(mmap.MADV_REMOVE, region.start, region.capacity)
        self.size -= region.capacity

    def take_back(self, region: Region) -> None:
        """Undo `add` of the last region, for which no window could be opened."""
        os.ftruncate(self.fd, region.window)
        self._end = region.offset
        self.size -= region.capacity

    def close(self) -> None:
        """No more regions."""
        os.close(self.fd)
