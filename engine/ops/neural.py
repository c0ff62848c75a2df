"""Activations as operations."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .. import activations
from ..operation import operation


def _activation(fn: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """The activation, with its other arguments by name."""

    def apply(x: Any, **options: Any) -> jax.Array:
        return fn(jnp.asarray(x), **options)

    apply.__name__ = apply.__qualname__ = fn.__name__
    apply.__doc__ = fn.__doc__
    return operation(apply)


celu = _activation(activations.celu)
elu = _activation(activations.elu)
hard_sigmoid = _activation(activations.hard_sigmoid)
hard_silu = hard_swish = _activation(activations.hard_silu)
leaky_relu = _activation(activations.leaky_relu)
log_sigmoid = _activation(activations.log_sigmoid)
relu = _activation(activations.relu)
relu6 = _activation(activations.relu6)
selu = _activation(activations.selu)
sigmoid = _activation(activations.sigmoid)
silu = swish = _activation(activations.silu)
softplus = _activation(activations.softplus)
softsign = _activation(activations.softsign)


@operation
def gelu(x: Any, approximate: bool = True) -> jax.Array:
    """`x` times the normal distribution's share below `x`; by default its approximation with tanh."""
    return activations.gelu(jnp.asarray(x), approximate)


@operation
def softmax(x: Any, axis: int | None = -1) -> jax.Array:
    """Exponentials that sum to one along `axis`, or over all where it is None."""
    return jax.nn.softmax(jnp.asarray(x), axis)


@operation
def log_softmax(x: Any, axis: int | None = -1) -> jax.Array:
    """The logarithm of `softmax`."""
    return jax.nn.log_softmax(jnp.asarray(x), axis)
