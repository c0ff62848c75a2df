"""Memory maps of files on their way to workers: opened there anew, as they were opened here, and not copied.

So what a worker writes into one that was opened for writing is in the file, as it would be without workers.
"""

import mmap
import os
from typing import Any

import numpy as np


def reopening(array: np.ndarray) -> tuple[Any, ...] | None:
    """What `__reduce__` of a view of a mapped file returns; None for what the file does not hold, or not any more."""
    root = array
    while isinstance(root.base, np.ndarray):
        root = root.base
    if not isinstance(root, np.memmap) or not isinstance(root.base, mmap.mmap) or array.size == 0:
        return None
    # With "c", what was written is not in the file.
    if root.filename is None or root.mode == "c" or not _is_there(root.filename, root.ctypes.data):
        return None
    first, end = np.lib.array_utils.byte_bounds(array)
    mode = "r" if root.mode == "r" else "r+"
    span = root.offset + first - root.ctypes.data, end - first
    view = array.shape, array.dtype, array.ctypes.data - first, array.strides, array.flags.writeable
    return _reopened, (type(array) is np.memmap, str(root.filename), mode, span, view)


def _reopened(
    is_map: bool,  # noqa: FBT001 # called by pickle, which has no keywords
    path: str,
    mode: Any,
    span: tuple[int, int],
    view: tuple[tuple[int, ...], np.dtype, int, tuple[int, ...], bool],
) -> np.ndarray:
    (offset, nbytes), (shape, dtype, start, strides, is_writeable) = span, view
    root = np.memmap(path, np.uint8, mode, offset, nbytes)
    array = np.ndarray(shape, dtype, root, start, strides)
    array.flags.writeable = is_writeable
    return array.view(np.memmap) if is_map else array


def _is_there(path: Any, address: int) -> bool:
    """Whether the name still stands for the file that is mapped to an address."""
    if not os.path.exists(path):
        return False
    try:
        with open("/proc/self/maps") as maps:
            ranges = ((line, *line.split(maxsplit=1)[0].split("-")) for line in maps)
            line = next((line for line, low, high in ranges if int(low, 16) <= address < int(high, 16)), "")
    except FileNotFoundError:
        return True  # only Linux tells
    return not line.rstrip().endswith("(deleted)")
