"""Batches as tensors of torch."""

from typing import Any

import numpy as np

from penstock.pipeline import map_leaves


def to_tensors(batch: Any) -> Any:
    """The same tree of tensors, which share the memory of the arrays; those of read-only arrays are copies."""
    from torch import from_numpy  # pyright: ignore[reportMissingImports] # an extra

    return map_leaves(lambda leaf: from_numpy(_plain(leaf)), batch)


def _plain(leaf: np.ndarray) -> np.ndarray:
    """What torch takes: writable, in native byte order."""
    native = leaf.astype(leaf.dtype.newbyteorder("="), copy=False)
    return native if native.flags.writeable else native.copy()
