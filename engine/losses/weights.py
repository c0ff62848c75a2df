"""How sample weights and masks meet the values they weigh."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def weigh(values: jax.Array, sample_weight: Any, mask: Any = None) -> tuple[jax.Array, jax.Array | None]:
    """`values` and their weights, both of one shape; no weights where neither weights nor a mask are given.

    Weights are padded with axes of size 1 on the right: `(n,)` is one weight per sample whatever the rank of the
    values, `(n, t)` one per sample and time step. So are masks.
    """
    values = _beside(values, sample_weight, mask)
    mask = None if mask is None else spread(mask, values.shape)
    if sample_weight is None:
        return values, None if mask is None else mask.astype(values.dtype)
    weights = _padded(jnp.asarray(sample_weight, values.dtype), values)
    return values, weights if mask is None else weights * mask.astype(weights.dtype)


def _beside(values: jax.Array, *others: Any) -> jax.Array:
    """`values`; a single one, given by a loss that reduces by itself, as often as weights and a mask have entries."""
    shapes = [np.shape(other) for other in others if other is not None]
    if values.ndim or not shapes:
        return values
    rank = max(map(len, shapes))
    return jnp.broadcast_to(values, np.broadcast_shapes(*(shape + (1,) * (rank - len(shape)) for shape in shapes)))


def spread(mask: Any, shape: tuple[int, ...]) -> jax.Array:
    """A mask of samples, or of samples and time steps …, as one of elements of an array of `shape`."""
    mask = jnp.asarray(mask)
    return jnp.broadcast_to(mask.reshape(mask.shape + (1,) * (len(shape) - mask.ndim)), shape)


def both(mask: Any, other: Any) -> Any:
    """What two masks, of which any may be missing, have in common."""
    if mask is None or other is None:
        return other if mask is None else mask
    larger, smaller = sorted((jnp.asarray(mask), jnp.asarray(other)), key=jnp.ndim, reverse=True)
    return larger & spread(smaller, larger.shape)


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
