"""How sample weights and masks meet the values they weigh."""

from typing import Any

import jax
import jax.numpy as jnp


def weigh(values: jax.Array, sample_weight: Any, mask: Any = None) -> tuple[jax.Array, jax.Array | None]:
    """`values` and their weights, both of one shape; no weights where neither weights nor a mask are given.

    Weights are padded with axes of size 1 on the right: `(n,)` is one weight per sample whatever the rank of the
    values, `(n, t)` one per sample and time step.
    """
    if sample_weight is None:
        return values, None if mask is None else jnp.broadcast_to(mask, values.shape).astype(values.dtype)
    weights = jnp.asarray(sample_weight, values.dtype)
    if values.ndim == 0:
        values = jnp.broadcast_to(values, weights.shape)
    weights = _padded(weights, values)
    return values, weights if mask is None else weights * jnp.asarray(mask, weights.dtype)


def _padded(weights: jax.Array, values: jax.Array) -> jax.Array:
    shape = weights.shape
    while len(shape) > values.ndim and shape[-1] == 1:
        shape = shape[:-1]
    shape = shape + (1,) * (values.ndim - len(shape))
    if len(shape) != values.ndim or any(w not in (1, v) for w, v in zip(shape, values.shape, strict=True)):
        raise ValueError(
            f"sample_weight must be one weight per sample or follow the shape {values.shape} of the values it weighs, "
            f"but has shape {weights.shape}"
        )
    return jnp.broadcast_to(weights.reshape(shape), values.shape)


def quotient(total: jax.Array, divisor: Any) -> jax.Array:
    """`total / divisor`, and 0 where the divisor is 0; its gradient is finite there too."""
    safe = jnp.where(divisor == 0, 1, divisor)
    return jnp.where(divisor == 0, 0, total / safe).astype(total.dtype)
