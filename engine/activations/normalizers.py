"""Activations that look along an axis."""

from typing import Any

import jax
import jax.numpy as jnp

from ..operation import operation


@operation
def softmax(x: Any, axis: int = -1) -> jax.Array:
    """`exp(x) / sum(exp(x))` along `axis`: values between 0 and 1 that add up to 1."""
    return jax.nn.softmax(x, axis)


@operation
def log_softmax(x: Any, axis: int = -1) -> jax.Array:
    """`log(softmax(x))` along `axis`."""
    return jax.nn.log_softmax(x, axis)


@operation
def glu(x: Any, axis: int = -1) -> jax.Array:
    """The first half along `axis` times the sigmoid of the second (Dauphin et al., 2016)."""
    return jax.nn.glu(x, axis)


@operation
def sparsemax(x: Any, axis: int = -1) -> jax.Array:
    """`max(x - τ, 0)` with the τ for which the values along `axis` add up to 1 (Martins and Astudillo, 2016)."""
    x = jnp.moveaxis(jnp.asarray(x), axis, -1)
    ordered = jnp.sort(x, descending=True)
    total = jnp.cumsum(ordered, axis=-1)
    rank = jnp.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    support = jnp.sum(1 + rank * ordered > total, axis=-1, keepdims=True)
    tau = (jnp.take_along_axis(total, support - 1, axis=-1) - 1) / support
    return jnp.moveaxis(jnp.maximum(x - tau, 0), -1, axis)
