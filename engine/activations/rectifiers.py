"""Activations that cut off or bend what is below a threshold."""

from typing import Any

import jax
import jax.numpy as jnp

from ..operation import operation


@operation
def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> jax.Array:
    """`max(x, 0)`.

    Below `threshold` the result is `negative_slope * (x - threshold)`, above `max_value` it is `max_value`.
    """
    x = jnp.asarray(x)
    if negative_slope and max_value is None and not threshold:
        return jax.nn.leaky_relu(x, negative_slope)
    above = jnp.where(x > threshold, x, 0) if threshold else jax.nn.relu(x)
    capped = above if max_value is None else jnp.clip(above, 0, jnp.asarray(max_value, x.dtype))
    return capped - negative_slope * jax.nn.relu(threshold - x) if negative_slope else capped


@operation
def relu6(x: Any) -> jax.Array:
    """`min(max(x, 0), 6)`."""
    return jax.nn.relu6(x)


@operation
def leaky_relu(x: Any, negative_slope: float = 0.2) -> jax.Array:
    """`x` above 0, `negative_slope * x` below."""
    return jax.nn.leaky_relu(x, negative_slope)


@operation
def elu(x: Any, alpha: float = 1.0) -> jax.Array:
    """`x` above 0, `alpha * (exp(x) - 1)` below (Clevert et al., 2016)."""
    return jax.nn.elu(x, alpha)


@operation
def celu(x: Any, alpha: float = 1.0) -> jax.Array:
    """`x` above 0, `alpha * (exp(x / alpha) - 1)` below (Barron, 2017)."""
    return jax.nn.celu(x, alpha)


@operation
def selu(x: Any) -> jax.Array:
    """ELU, scaled so that activations keep mean 0 and variance 1 (Klambauer et al., 2017); wants LecunNormal."""
    return jax.nn.selu(x)


@operation
def threshold(x: Any, threshold: float, default_value: float) -> jax.Array:
    """`x` above `threshold`, `default_value` elsewhere."""
    x = jnp.asarray(x)
    return jnp.where(x > threshold, x, jnp.asarray(default_value, x.dtype))


@operation
def soft_shrink(x: Any, threshold: float = 0.5) -> jax.Array:
    """`x` moved towards 0 by `threshold`, and 0 where that would cross it."""
    x = jnp.asarray(x)
    return jnp.where(x > threshold, x - threshold, jnp.where(x < -threshold, x + threshold, 0.0))


@operation
def hard_shrink(x: Any, threshold: float = 0.5) -> jax.Array:
    """`x` where `|x| > threshold`, 0 elsewhere."""
    x = jnp.asarray(x)
    return jnp.where(jnp.abs(x) > threshold, x, 0.0)


@operation
def hard_tanh(x: Any) -> jax.Array:
    """`x`, kept between -1 and 1."""
    return jax.nn.hard_tanh(x)
