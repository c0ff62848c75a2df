"""Operations that make arrays."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import config
from ..operation import operation
from ..symbolic import SymbolicTensor

Shape = tuple[int, ...] | list[int] | int


def convert_to_tensor(x: Any, dtype: str | None = None) -> jax.Array:
    """`x` as a JAX array; Python's floats become `floatx`."""
    return jnp.asarray(x, dtype)


def convert_to_numpy(x: Any) -> np.ndarray:
    """`x` as a NumPy array."""
    return np.asarray(x)


def is_tensor(x: Any) -> bool:
    """Whether `x` is a JAX array or a symbolic tensor."""
    return isinstance(x, (jax.Array, SymbolicTensor))


def zeros(shape: Shape, dtype: str | None = None) -> jax.Array:
    """Zeros, of `floatx` by default."""
    return jnp.zeros(shape, dtype or config.floatx())


def ones(shape: Shape, dtype: str | None = None) -> jax.Array:
    """Ones, of `floatx` by default."""
    return jnp.ones(shape, dtype or config.floatx())


def full(shape: Shape, fill_value: Any, dtype: str | None = None) -> jax.Array:
    """One value everywhere, of `floatx` by default."""
    return jnp.full(shape, fill_value, dtype or config.floatx())


def arange(start: Any, stop: Any = None, step: Any = None, dtype: str | None = None) -> jax.Array:
    """The numbers from `start` (or 0) to before `stop`."""
    return jnp.arange(start, stop, step, dtype)


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: str | None = None) -> jax.Array:
    """`num` numbers at equal distances."""
    return jnp.linspace(start, stop, num, endpoint, dtype=dtype)


def eye(N: int, M: int | None = None, k: int = 0, dtype: str | None = None) -> jax.Array:
    """Ones on a diagonal, zeros elsewhere."""
    return jnp.eye(N, M, k, dtype or config.floatx())


@operation
def zeros_like(x: Any, dtype: str | None = None) -> jax.Array:
    """Zeros in the shape of `x`."""
    return jnp.zeros_like(jnp.asarray(x), dtype)


@operation
def ones_like(x: Any, dtype: str | None = None) -> jax.Array:
    """Ones in the shape of `x`."""
    return jnp.ones_like(jnp.asarray(x), dtype)


@operation
def full_like(x: Any, fill_value: Any, dtype: str | None = None) -> jax.Array:
    """One value in the shape of `x`."""
    return jnp.full_like(jnp.asarray(x), fill_value, dtype)


@operation
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: str | None = None) -> jax.Array:
    """1 at the index that each integer of `x` says along a new axis, 0 elsewhere."""
    return jax.nn.one_hot(jnp.asarray(x), num_classes, dtype=dtype or config.floatx(), axis=axis)
