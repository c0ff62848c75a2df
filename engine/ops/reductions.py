"""Operations that make one value of many."""

from typing import Any

import jax
import jax.numpy as jnp

from ..operation import operation

Axis = int | tuple[int, ...] | list[int] | None


def _axes(axis: Axis) -> int | tuple[int, ...] | None:
    return tuple(axis) if isinstance(axis, list) else axis


@operation
def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> jax.Array:
    """The sum over `axis`, over all axes by default."""
    return jnp.sum(jnp.asarray(x), _axes(axis), keepdims=keepdims)


@operation
def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> jax.Array:
    """The product over `axis`, over all axes by default."""
    return jnp.prod(jnp.asarray(x), _axes(axis), keepdims=keepdims)


@operation
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> jax.Array:
    """The mean over `axis`, over all axes by default."""
    return jnp.mean(jnp.asarray(x), _axes(axis), keepdims=keepdims)


@operation
def std(x: Any, axis: Axis = None, keepdims: bool = False) -> jax.Array:
    """The standard deviation over `axis` (of the population: divided by n)."""
    return jnp.std(jnp.asarray(x), _axes(axis), keepdims=keepdims)


@operation
def var(x: Any, axis: Axis = None, keepdims: bool = False) -> jax.Array:
    """The variance over `axis` (of the population: divided by n)."""
    return jnp.var(jnp.asarray(x), _axes(axis), keepdims=keepdims)


@operation
def max(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> jax.Array:
    """The greatest over `axis`, at least `initial`."""
    return jnp.max(jnp.asarray(x), _axes(axis), keepdims=keepdims, initial=initial)


@operation
def min(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> jax.Array:
    """The least over `axis`, at most `initial`."""
    return jnp.min(jnp.asarray(x), _axes(axis), keepdims=keepdims, initial=initial)


@operation
def any(x: Any, axis: Axis = None, keepdims: bool = False) -> jax.Array:
    """Whether one over `axis` is true."""
    return jnp.any(jnp.asarray(x), _axes(axis), keepdims=keepdims)


@operation
def all(x: Any, axis: Axis = None, keepdims: bool = False) -> jax.Array:
    """Whether all over `axis` are true."""
    return jnp.all(jnp.asarray(x), _axes(axis), keepdims=keepdims)


@operation
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> jax.Array:
    """`log(sum(exp(x)))` over `axis`, without overflow."""
    return jax.nn.logsumexp(jnp.asarray(x), _axes(axis), keepdims=keepdims)


@operation
def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> jax.Array:
    """The norm over `axis`, Euclidean by default."""
    return jnp.linalg.norm(jnp.asarray(x), ord, _axes(axis), keepdims)


@operation
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> jax.Array:
    """Where the greatest is, along `axis` or in the flat array (int32)."""
    return jnp.argmax(jnp.asarray(x), axis, keepdims=keepdims)


@operation
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> jax.Array:
    """Where the least is, along `axis` or in the flat array (int32)."""
    return jnp.argmin(jnp.asarray(x), axis, keepdims=keepdims)


@operation
def cumsum(x: Any, axis: int | None = None, dtype: str | None = None) -> jax.Array:
    """Sums of all up to here, along `axis` or of the flat array."""
    return jnp.cumsum(jnp.asarray(x), axis, dtype)


@operation
def cumprod(x: Any, axis: int | None = None, dtype: str | None = None) -> jax.Array:
    """Products of all up to here, along `axis` or of the flat array."""
    return jnp.cumprod(jnp.asarray(x), axis, dtype)


@operation
def moments(x: Any, axes: Axis, keepdims: bool = False) -> tuple[jax.Array, jax.Array]:
    """The mean and the variance over `axes`."""
    x = jnp.asarray(x)
    return jnp.mean(x, _axes(axes), keepdims=keepdims), jnp.var(x, _axes(axes), keepdims=keepdims)
