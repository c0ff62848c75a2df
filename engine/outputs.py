"""What `predict` collects: the outputs of every step, on the host, in order."""

from collections import deque
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from .flight import UNDER_WAY, Group


class Outputs:
    """Copies the outputs of groups to the host, some groups behind the device, so that it never waits for a copy."""

    def __init__(self) -> None:
        self._behind: deque[Group] = deque()
        self._copied: list[Any] = []

    def take(self, group: Group) -> None:
        self._behind.append(group)
        if len(self._behind) > UNDER_WAY:
            self._copy()

    def joined(self) -> Any:
        """All outputs along the first axis, in the structure that the model gives them."""
        while self._behind:
            self._copy()
        return joined(self._copied)

    def _copy(self) -> None:
        group = self._behind.popleft()
        self._copied.append(rows_of(group.steps, group.outputs))
        group.outputs = None


def rows_of(steps: int, outputs: Any) -> Any:
    """The outputs of `steps` steps on the host, one after the other."""
    return jax.tree.map(lambda out: _rows(out, steps), outputs)


def joined(parts: Sequence[Any]) -> Any:
    """Trees of outputs of equal structure, joined along the first axis."""
    return jax.tree.map(_joined, *parts)


def _joined(*parts: np.ndarray) -> np.ndarray:
    shapes = {part.shape[1:] for part in parts}
    if len(shapes) > 1:
        raise ValueError(
            f"outputs of predict must have one shape but for their first axis, but batches gave {sorted(shapes)}; pad "
            "them, or call predict_on_batch for each"
        )
    return np.concatenate(parts)


def _rows(stacked: jax.Array, steps: int) -> np.ndarray:
    """The rows of `steps` stacked batches, in memory of their own."""
    batches = np.array(stacked[:steps] if steps < len(stacked) else stacked)
    return batches.reshape(-1, *batches.shape[2:])
