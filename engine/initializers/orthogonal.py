"""The orthogonal initializer."""

import math
from typing import Any

import jax.numpy as jnp

from ..random import SeedGenerator
from .initializer import float_type
from .random import RandomInitializer


class Orthogonal(RandomInitializer):
    """A matrix with orthonormal rows or columns, whichever are fewer, times `gain` (Saxe et al., 2014).

    All axes but the last are taken as one. The matrix is the Q of a random one, signed so that R's diagonal would be
    positive.
    """

    def __init__(self, gain: float = 1.0, seed: int | SeedGenerator | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        if len(shape) < 2:
            raise ValueError(f"orthogonal values need two axes or more, but the shape is {shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = jnp.linalg.qr(self.normal((max(rows, columns), min(rows, columns)), 1.0, float_type(dtype)))
        q = q * jnp.sign(jnp.diag(r))
        return self.gain * jnp.reshape(q.T if rows < columns else q, shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gain": self.gain}
