"""Operations that arrange, join, pick and repeat elements."""

from typing import Any

import jax
import jax.numpy as jnp

from ..operation import operation
from ..symbolic import SymbolicTensor

Shape = tuple[int, ...] | list[int]


def shape(x: Any) -> tuple[int | None, ...]:
    """The shape as a tuple; None where a dimension of a symbolic tensor is unknown."""
    return x.shape if isinstance(x, SymbolicTensor) else jnp.shape(x)


def ndim(x: Any) -> int:
    """The number of axes."""
    return len(shape(x))


@operation
def reshape(x: Any, newshape: Shape | int) -> jax.Array:
    """The same elements in another shape; one size may be -1, to follow from the others."""
    return jnp.reshape(jnp.asarray(x), newshape)


@operation
def ravel(x: Any) -> jax.Array:
    """All elements in a row."""
    return jnp.ravel(jnp.asarray(x))


@operation
def transpose(x: Any, axes: Shape | None = None) -> jax.Array:
    """The axes in another order, reversed by default."""
    return jnp.transpose(jnp.asarray(x), axes)


@operation
def swapaxes(x: Any, axis1: int, axis2: int) -> jax.Array:
    """Two axes in each other's place."""
    return jnp.swapaxes(jnp.asarray(x), axis1, axis2)


@operation
def moveaxis(x: Any, source: int | Shape, destination: int | Shape) -> jax.Array:
    """Axes at other places, the rest in their order."""
    return jnp.moveaxis(jnp.asarray(x), source, destination)


@operation
def expand_dims(x: Any, axis: int | Shape) -> jax.Array:
    """With new axes of size 1."""
    return jnp.expand_dims(jnp.asarray(x), axis)


@operation
def squeeze(x: Any, axis: int | tuple[int, ...] | None = None) -> jax.Array:
    """Without axes of size 1: those given, or all."""
    return jnp.squeeze(jnp.asarray(x), axis)


@operation
def broadcast_to(x: Any, shape: Shape) -> jax.Array:
    """Repeated along axes of size 1 until it has this shape."""
    return jnp.broadcast_to(jnp.asarray(x), shape)


@operation
def concatenate(xs: Any, axis: int = 0) -> jax.Array:
    """Several in a row along an axis they have."""
    return jnp.concatenate([jnp.asarray(x) for x in xs], axis)


@operation
def stack(x: Any, axis: int = 0) -> jax.Array:
    """Several in a row along a new axis."""
    return jnp.stack([jnp.asarray(item) for item in x], axis)


@operation
def split(x: Any, indices_or_sections: int | Shape, axis: int = 0) -> list[jax.Array]:
    """Equal parts, or the parts between these indices."""
    return jnp.split(jnp.asarray(x), indices_or_sections, axis)


@operation
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[jax.Array]:
    """The parts along an axis, without that axis."""
    parts = list(jnp.unstack(jnp.asarray(x), axis=axis))
    if num not in (None, len(parts)):
        raise ValueError(f"num is {num}, but there are {len(parts)} parts along axis {axis}")
    return parts


@operation
def tile(x: Any, repeats: int | Shape) -> jax.Array:
    """The whole, repeated along each axis."""
    return jnp.tile(jnp.asarray(x), repeats)


@operation
def repeat(x: Any, repeats: Any, axis: int | None = None) -> jax.Array:
    """Each element, repeated along an axis."""
    return jnp.repeat(jnp.asarray(x), repeats, axis)


@operation
def flip(x: Any, axis: int | tuple[int, ...] | None = None) -> jax.Array:
    """In reverse along an axis, or along all."""
    return jnp.flip(jnp.asarray(x), axis)


@operation
def roll(x: Any, shift: int | tuple[int, ...], axis: int | tuple[int, ...] | None = None) -> jax.Array:
    """Shifted along an axis; what leaves at the end comes in at the start."""
    return jnp.roll(jnp.asarray(x), shift, axis)


@operation
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> jax.Array:
    """With more elements before and after along each axis."""
    more = {} if constant_values is None else {"constant_values": constant_values}
    return jnp.pad(jnp.asarray(x), pad_width, mode, **more)


@operation
def take(x: Any, indices: Any, axis: int | None = None) -> jax.Array:
    """The elements at these indices along an axis, or in the flat array."""
    return jnp.take(jnp.asarray(x), jnp.asarray(indices), axis)


@operation
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> jax.Array:
    """The elements at indices that differ for each row along an axis."""
    return jnp.take_along_axis(jnp.asarray(x), jnp.asarray(indices), axis)


@operation
def get_item(x: Any, key: Any) -> jax.Array:
    """`x[key]`."""
    return jnp.asarray(x)[key]


@operation
def sort(x: Any, axis: int = -1) -> jax.Array:
    """From least to greatest along an axis."""
    return jnp.sort(jnp.asarray(x), axis)


@operation
def argsort(x: Any, axis: int = -1) -> jax.Array:
    """The indices that sort along an axis (int32)."""
    return jnp.argsort(jnp.asarray(x), axis)


@operation
def top_k(x: Any, k: int, sorted: bool = True) -> tuple[jax.Array, jax.Array]:
    """The `k` greatest along the last axis, from the greatest on, and their indices."""
    del sorted  # they are, in any case
    values, indices = jax.lax.top_k(jnp.asarray(x), k)
    return values, indices
