"""Dropout."""

from typing import Any

import jax
import jax.numpy as jnp

from ..random import SeedGenerator
from .layer import Layer


class Dropout(Layer):
    """While training, sets a share `rate` of the inputs to zero and scales the others by `1 / (1 - rate)`.

    The shape stays. `noise_shape` has a size per axis of the input: None follows the input, 1 drops along the axis
    together. The same `seed` drops the same entries in each run. Otherwise the inputs pass unchanged.
    """

    def __init__(
        self, rate: float, noise_shape: tuple[int | None, ...] | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate <= 1:
            raise ValueError(f"rate is the share of inputs to drop, from 0 to 1, but is {rate!r}")
        self.supports_masking = True
        self.rate = rate
        self.noise_shape = tuple(noise_shape) if noise_shape is not None else None
        self.seed = seed
        self.seed_generator = SeedGenerator(seed) if rate > 0 else None
        self._has_no_weights()

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.seed_generator is None:
            return inputs
        if self.rate == 1:
            return jnp.zeros_like(inputs)
        kept = 1 - self.rate
        keep = jax.random.bernoulli(self.seed_generator.next(), kept, self._noise_shape(inputs.shape))
        return jnp.where(keep, inputs / kept, jnp.zeros_like(inputs))

    def _noise_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if self.noise_shape is None:
            return shape
        if len(self.noise_shape) != len(shape):
            raise ValueError(f"noise_shape {self.noise_shape} has not as many axes as the input's shape {shape}")
        return tuple(own if noise is None else noise for noise, own in zip(self.noise_shape, shape, strict=True))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed, "noise_shape": self.noise_shape}
