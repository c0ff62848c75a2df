"""Fixed changes of each entry."""

from typing import Any

import jax
import jax.numpy as jnp

from ..random import SeedGenerator
from .layer import Layer


class Rescaling(Layer):
    """`inputs * scale + offset`, e.g. `scale=1 / 255` for images of bytes; the shape stays."""

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.scale, self.offset = scale, offset
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        inputs, scale, offset = (jnp.asarray(array, self.compute_dtype) for array in (inputs, self.scale, self.offset))
        return inputs * scale + offset

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}


class GaussianNoise(Layer):
    """While training, adds normally distributed noise around 0 with standard deviation `stddev`; the shape stays."""

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= stddev <= 1:
            raise ValueError(f"stddev must be from 0 to 1, but is {stddev!r}")
        self.supports_masking = True
        self.stddev, self.seed = stddev, seed
        self.seed_generator = SeedGenerator(seed) if stddev > 0 else None
        self._has_no_weights()

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.seed_generator is None:
            return inputs
        return inputs + self.stddev * jax.random.normal(self.seed_generator.next(), inputs.shape, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stddev": self.stddev, "seed": self.seed}


class Identity(Layer):
    """Gives what it is given."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        return inputs
