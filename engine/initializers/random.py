"""Initializers that draw from a fixed distribution."""

from typing import Any

import jax

from ..random import SeedGenerator, draw_seed, key_of
from .initializer import Initializer, float_type


class RandomInitializer(Initializer):
    """Base of initializers that draw.

    `seed` is an integer, a `SeedGenerator`, or None for a seed drawn once, at construction. With an integer or None
    every call of one initializer gives the same values; with a generator each call gives fresh ones.
    """

    def __init__(self, seed: int | SeedGenerator | None = None) -> None:
        _refuse_other(seed)
        self.given_seed = seed
        self.seed = draw_seed() if seed is None else seed

    def get_config(self) -> dict[str, Any]:
        if isinstance(self.given_seed, SeedGenerator):
            raise NotImplementedError("a config of an initializer whose seed is a SeedGenerator is not built yet")
        return {"seed": self.given_seed}

    def normal(self, shape: tuple[int, ...], stddev: float, dtype: Any) -> jax.Array:
        """Values of a normal distribution around 0."""
        return jax.random.normal(key_of(self.seed), shape, float_type(dtype)) * stddev

    def truncated_normal(self, shape: tuple[int, ...], stddev: float, dtype: Any) -> jax.Array:
        """Values of a normal distribution around 0 that is cut off at two standard deviations."""
        return jax.random.truncated_normal(key_of(self.seed), -2.0, 2.0, shape, float_type(dtype)) * stddev

    def uniform(self, shape: tuple[int, ...], low: float, high: float, dtype: Any) -> jax.Array:
        """Values between `low` and `high`."""
        return jax.random.uniform(key_of(self.seed), shape, float_type(dtype), low, high)


def _refuse_other(seed: object) -> None:
    if not isinstance(seed, (int, SeedGenerator, type(None))):
        raise ValueError(f"seed must be an integer, a SeedGenerator or None, but is {seed!r}")


class RandomNormal(RandomInitializer):
    """Normally distributed values."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | SeedGenerator | None = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> jax.Array:
        return self.normal(shape, self.stddev, dtype) + self.mean

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomNormal):
    """Normally distributed values, none further than two `stddev` from `mean`."""

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> jax.Array:
        return self.truncated_normal(shape, self.stddev, dtype) + self.mean


class RandomUniform(RandomInitializer):
    """Uniformly distributed values from `minval` up to `maxval`."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | SeedGenerator | None = None) -> None:
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> jax.Array:
        return self.uniform(shape, self.minval, self.maxval, dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}
