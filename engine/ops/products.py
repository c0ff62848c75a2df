"""Operations that multiply and sum."""

from typing import Any

import jax
import jax.numpy as jnp

from ..operation import operation


@operation
def matmul(x1: Any, x2: Any) -> jax.Array:
    """The product of matrices, or of stacks of them."""
    return jnp.matmul(jnp.asarray(x1), jnp.asarray(x2))


@operation
def dot(x1: Any, x2: Any) -> jax.Array:
    """The sum of products over the last axis of `x1` and the last but one of `x2`."""
    return jnp.dot(jnp.asarray(x1), jnp.asarray(x2))


@operation
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> jax.Array:
    """The sum of products over several axes."""
    return jnp.tensordot(jnp.asarray(x1), jnp.asarray(x2), axes)


@operation
def outer(x1: Any, x2: Any) -> jax.Array:
    """Each element of `x1` times each of `x2`."""
    return jnp.outer(jnp.asarray(x1), jnp.asarray(x2))


@operation
def einsum(subscripts: str, *operands: Any) -> jax.Array:
    """The sum of products that the subscripts say, such as `"bij,bjk->bik"`."""
    return jnp.einsum(subscripts, *(jnp.asarray(x) for x in operands))


@operation
def normalize(x: Any, axis: int = -1, order: int = 2, epsilon: float | None = None) -> jax.Array:
    """`x` divided by its norm along `axis`, which counts as `epsilon` where it is less."""
    x = jnp.asarray(x)
    norm = jnp.linalg.norm(x, order, axis, keepdims=True)
    return x / jnp.maximum(norm, 1e-12 if epsilon is None else epsilon)
