"""Activations that are smooth everywhere, and piecewise stand-ins for them."""

from typing import Any

import jax
import jax.numpy as jnp

from ..operation import operation


@operation
def linear(x: Any) -> Any:
    """`x` as it is."""
    return x


@operation
def sigmoid(x: Any) -> jax.Array:
    """`1 / (1 + exp(-x))`."""
    return jax.nn.sigmoid(x)


@operation
def log_sigmoid(x: Any) -> jax.Array:
    """`log(sigmoid(x))`."""
    return jax.nn.log_sigmoid(x)


@operation
def hard_sigmoid(x: Any) -> jax.Array:
    """`x / 6 + 1 / 2`, kept between 0 and 1."""
    return jax.nn.hard_sigmoid(x)


@operation
def sparse_sigmoid(x: Any) -> jax.Array:
    """`(x + 1) / 2`, kept between 0 and 1 (Blondel et al., 2019)."""
    return jax.nn.sparse_sigmoid(x)


@operation
def tanh(x: Any) -> jax.Array:
    """The hyperbolic tangent."""
    return jnp.tanh(x)


@operation
def tanh_shrink(x: Any) -> jax.Array:
    """`x - tanh(x)`."""
    return x - jnp.tanh(x)


@operation
def exponential(x: Any) -> jax.Array:
    """`exp(x)`."""
    return jnp.exp(x)


@operation
def softplus(x: Any) -> jax.Array:
    """`log(exp(x) + 1)`."""
    return jax.nn.softplus(x)


@operation
def softsign(x: Any) -> jax.Array:
    """`x / (|x| + 1)`."""
    return jax.nn.soft_sign(x)


@operation
def squareplus(x: Any, b: float = 4) -> jax.Array:
    """`(x + sqrt(x² + b)) / 2` (Ramachandran et al., 2021)."""
    return jax.nn.squareplus(x, b)


@operation
def sparse_plus(x: Any) -> jax.Array:
    """0 below -1, `(x + 1)² / 4` up to 1, `x` above."""
    return jax.nn.sparse_plus(x)


@operation
def silu(x: Any) -> jax.Array:
    """`x * sigmoid(x)`, also called swish (Ramachandran et al., 2017)."""
    return jax.nn.silu(x)


@operation
def hard_silu(x: Any) -> jax.Array:
    """`x * hard_sigmoid(x)`, also called hard swish (Howard et al., 2019)."""
    return jax.nn.hard_silu(x)


@operation
def gelu(x: Any, approximate: bool = False) -> jax.Array:  # noqa: FBT001, FBT002 # the signature users know
    """`x * P(X ≤ x)` for standard normal X (Hendrycks et al., 2016); `approximate` takes a tanh for that integral."""
    return jax.nn.gelu(x, approximate)


@operation
def mish(x: Any) -> jax.Array:
    """`x * tanh(softplus(x))` (Misra, 2019)."""
    return jax.nn.mish(x)
