"""The page on which each worker notes the ticket that it took, and since when it works on it."""

import mmap
import os
import struct

from ..arena import PAGE

# Native, so that each is one store: whoever reads, or dies, in between leaves no half of a number.
_FIGURE = struct.Struct("@q")
# A cache line each.
_BYTES = 64

PLACES = PAGE // _BYTES


class Claims:
    """A page of shared memory; every worker writes its own place only, and the consumer reads all."""

    def __init__(self, fd: int) -> None:
        self._page = mmap.mmap(fd, PAGE)

    def clear(self, place: int) -> None:
        """The place of a worker that has taken nothing yet."""
        self.take(place, 0)

    def take(self, place: int, number: int) -> None:
        """The ticket is in the hands of the worker, but not begun."""
        _FIGURE.pack_into(self._page, place * _BYTES, 0)
        _FIGURE.pack_into(self._page, place * _BYTES + _FIGURE.size, number)

    def begin(self, place: int, nanoseconds: int) -> None:
        """Work on the ticket has begun, by the monotonic clock."""
        _FIGURE.pack_into(self._page, place * _BYTES, nanoseconds)

    def number(self, place: int) -> int:
        """The ticket that the worker took last; 0 for none."""
        return _FIGURE.unpack_from(self._page, place * _BYTES + _FIGURE.size)[0]

    def began(self, place: int) -> int:
        """When work on it began, to be read after its number; 0 where it has not begun."""
        return _FIGURE.unpack_from(self._page, place * _BYTES)[0]

    def close(self) -> None:
        """The page is of no more use here."""
        self._page.close()


def claims_file() -> int:
    """Anonymous memory for a page of claims."""
    fd = os.memfd_create("penstock-claims", os.MFD_CLOEXEC)
    os.ftruncate(fd, PAGE)
    return fd
