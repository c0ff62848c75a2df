"""Initializers that draw nothing: zeros, ones and constants."""

from typing import Any

import jax
import jax.numpy as jnp

from .initializer import Initializer, float_type


class Zeros(Initializer):
    """All zeros, of any dtype."""

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> jax.Array:
        return jnp.zeros(shape, float_type(dtype))


class Ones(Initializer):
    """All ones, of any dtype."""

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> jax.Array:
        return jnp.ones(shape, float_type(dtype))


class Constant(Initializer):
    """`value` everywhere: a number, or an array that broadcasts to the shape."""

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> jax.Array:
        return jnp.broadcast_to(jnp.asarray(self.value, float_type(dtype)), shape)

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}


class Identity(Initializer):
    """`gain` on the diagonal of a matrix, zeros elsewhere."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> jax.Array:
        if len(shape) != 2:
            raise ValueError(f"Identity makes matrices, but was asked for shape {tuple(shape)}")
        return self.gain * jnp.eye(*shape, dtype=float_type(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}
