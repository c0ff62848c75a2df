"""Host memory that executions read: a slot holds the batches of one group of steps.

On a CPU a slot is one array for ever: JAX borrows 64-byte aligned memory, so the device reads what the host wrote
without a copy. A slot may be written again only when an output of the execution that read it is ready; its own
readiness proves nothing. Elsewhere the slot is transferred for each group, and the same rule covers the transfer.
"""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from .program import Program

_ALIGNMENT = 64


def aligned_empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array as `np.empty` gives it, at an address that JAX borrows instead of copying."""
    nbytes = int(np.prod(shape)) * dtype.itemsize
    memory = np.empty(nbytes + _ALIGNMENT, np.uint8)
    offset = -memory.ctypes.data % _ALIGNMENT
    return memory[offset : offset + nbytes].view(dtype).reshape(shape)


class Slot:
    """Memory for `program.capacity` batches of `program.spec`, leaf by leaf."""

    def __init__(self, program: Program) -> None:
        self.program = program
        shapes = ((program.capacity, *leaf.shape) for leaf in program.spec.leaves)
        self.host = [aligned_empty(s, leaf.dtype) for s, leaf in zip(shapes, program.spec.leaves, strict=True)]
        self._borrowed = [_borrowed(memory) for memory in self.host]

    def put(self, index: int, leaves: Sequence[np.ndarray]) -> None:
        """Copy one batch in, cast to what steps see."""
        for memory, leaf in zip(self.host, leaves, strict=True):
            np.copyto(memory[index], leaf, casting="unsafe")

    def gather(self, steps: int, leaves: Sequence[np.ndarray], rows: slice | np.ndarray) -> None:
        """Copy the rows of `steps` batches in, cast to what steps see."""
        for memory, leaf in zip(self.host, leaves, strict=True):
            _gather(memory[:steps].reshape(-1, *leaf.shape[1:]), leaf, rows)

    def arrays(self) -> list[jax.Array]:
        """The slot as the device sees it."""
        return [
            jax.device_put(memory) if borrowed is None else borrowed
            for memory, borrowed in zip(self.host, self._borrowed, strict=True)
        ]


def _borrowed(memory: np.ndarray) -> jax.Array | None:
    if jax.default_backend() != "cpu":
        return None
    array = jax.device_put(memory)
    return array if array.unsafe_buffer_pointer() == memory.ctypes.data else None


def _gather(out: np.ndarray, leaf: np.ndarray, rows: Any) -> None:
    if isinstance(rows, slice):
        np.copyto(out, leaf[rows], casting="unsafe")
    elif leaf.dtype == out.dtype:
        # Rows are in range by construction; "clip" spares the check, and with it half of the time.
        np.take(leaf, rows, axis=0, out=out, mode="clip")
    else:
        np.copyto(out, leaf[rows], casting="unsafe")
