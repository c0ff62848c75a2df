"""Arrays built where their batch will be: in the slot of shared memory, in a worker process.

A batch that is built in place is not copied when it crosses to the consumer.
"""

from contextvars import ContextVar
from typing import Any

import numpy as np

from .arena import aligned
from .recycling import Recycling

_RECYCLING = Recycling()


class Site:
    """A slot in which arrays are laid one after the other, and how much of it is `taken`."""

    __slots__ = ("root", "taken")

    def __init__(self, root: np.ndarray) -> None:
        self.root = root
        self.taken = 0

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray | None:
        """An array in the slot; None where it has no room."""
        start = aligned(self.taken)
        end = start + int(np.prod(shape)) * dtype.itemsize
        if dtype.hasobject or end > len(self.root):
            return None
        self.taken = end
        return np.ndarray(shape, dtype, self.root, start)

    def offset(self, array: np.ndarray) -> int | None:
        """Where in the slot a contiguous array lies; None where it lies elsewhere."""
        offset = array.__array_interface__["data"][0] - self.root.__array_interface__["data"][0]
        inside = 0 <= offset and offset + array.nbytes <= self.taken
        return offset if inside and array.flags.c_contiguous else None


SITE: ContextVar[Site | None] = ContextVar("penstock_site", default=None)


def empty(shape: Any, dtype: Any = float) -> np.ndarray:
    """Like `np.empty`, but in shared memory if a worker process is making a batch: what is filled there is not copied.

    ```python
    def __getitem__(self, i):
        images = ps.utils.empty((32, 224, 224, 3), "uint8")
        for row, path in zip(images, self.paths[i * 32 : (i + 1) * 32]):
            row[:] = decode(path)
        return images, self.labels[i * 32 : (i + 1) * 32]
    ```
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    kind = np.dtype(dtype)
    site = SITE.get()
    built = None if site is None else site.empty(sizes, kind)
    return _RECYCLING.empty(sizes, kind) if built is None else built
