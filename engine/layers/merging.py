"""Layers that make one array of several."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp

from .layer import Layer


class Merge(Layer):
    """Base of the layers that take a list of inputs."""

    most_inputs: int | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, (list, tuple)) or not inputs:
            raise ValueError(f"{self.name} ({type(self).__name__}) takes a list of inputs, but got {inputs!r}")
        if self.most_inputs is not None and len(inputs) != self.most_inputs:
            raise ValueError(f"{self.name} takes {self.most_inputs} inputs, but got {len(inputs)}")
        return self.merge([jnp.asarray(array) for array in inputs])

    def merge(self, inputs: list[jax.Array]) -> Any:
        """One array of several."""
        raise NotImplementedError(f"{type(self).__name__} has no `merge` method")

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """A step counts where it does in any of the inputs; all do if one input has no mask."""
        if mask is None or any(one is None for one in mask):
            return None
        return reduce(jnp.logical_or, mask)


class Elementwise(Merge):
    """Base of those that treat each entry alone; inputs of fewer axes get axes of size 1 after the batch's."""

    combine: Callable[[Any, Any], jax.Array]

    def merge(self, inputs: list[jax.Array]) -> Any:
        rank = max(array.ndim for array in inputs)
        return reduce(type(self).combine, [_of_rank(array, rank) for array in inputs])


def _of_rank(array: jax.Array, rank: int) -> jax.Array:
    return jnp.reshape(array, (*array.shape[:1], *(1,) * (rank - array.ndim), *array.shape[1:]))


class Add(Elementwise):
    """The sum of the inputs, entry by entry."""

    combine = staticmethod(jnp.add)


class Subtract(Elementwise):
    """The first of two inputs minus the second."""

    most_inputs = 2
    combine = staticmethod(jnp.subtract)


class Multiply(Elementwise):
    """The product of the inputs, entry by entry."""

    combine = staticmethod(jnp.multiply)


class Maximum(Elementwise):
    """The greatest of the inputs, entry by entry."""

    combine = staticmethod(jnp.maximum)


class Minimum(Elementwise):
    """The least of the inputs, entry by entry."""

    combine = staticmethod(jnp.minimum)


class Average(Elementwise):
    """The mean of the inputs, entry by entry."""

    combine = staticmethod(jnp.add)

    def merge(self, inputs: list[jax.Array]) -> Any:
        return super().merge(inputs) / len(inputs)


class Concatenate(Merge):
    """The inputs in a row along `axis`; all other axes have the same sizes."""

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def merge(self, inputs: list[jax.Array]) -> Any:
        shapes = [array.shape for array in inputs]
        if len({_without(shape, self.axis) for shape in shapes}) > 1:
            raise ValueError(
                f"{self.name} joins inputs along axis {self.axis}, but others differ in their shapes {shapes}"
            )
        return jnp.concatenate(inputs, self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks in a row as well; inputs without one count throughout."""
        if mask is None or all(one is None for one in mask):
            return None
        spread = [_spread(one, array) for one, array in zip(mask, inputs, strict=True)]
        return jnp.any(jnp.concatenate(spread, self.axis), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return tuple(size for place, size in enumerate(shape) if place != axis % len(shape))


def _spread(mask: Any, array: Any) -> jax.Array:
    """A mask in the shape of the array."""
    if mask is None:
        return jnp.ones(array.shape, bool)
    return jnp.broadcast_to(mask[..., None] if mask.ndim < array.ndim else mask, array.shape)


class Dot(Merge):
    """The sum of products of two inputs over an axis of each (`axes`: one for both, or a pair), per sample.

    With `normalize`, vectors along the axes are divided by their lengths first: the cosine proximity.
    """

    most_inputs = 2

    def __init__(self, axes: int | tuple[int, int] | list[int], normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axes, int) and len(axes) != 2:
            raise ValueError(f"axes must be an axis, or one for each of two inputs, but is {axes!r}")
        self.axes = axes if isinstance(axes, int) else tuple(axes)
        self.normalize = normalize

    def merge(self, inputs: list[jax.Array]) -> Any:
        given = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        axes = [axis % array.ndim for axis, array in zip(given, inputs, strict=True)]
        if 0 in axes:
            raise ValueError(f"axes of {self.name} are {self.axes}, but the batch's axis, 0, cannot be summed over")
        if self.normalize:
            inputs = [_unit(array, axis) for array, axis in zip(inputs, axes, strict=True)]
        first, second = inputs
        outputs = jax.vmap(lambda a, b: jnp.tensordot(a, b, ((axes[0] - 1,), (axes[1] - 1,))))(first, second)
        return outputs[:, None] if outputs.ndim == 1 else outputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        return None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def _unit(array: jax.Array, axis: int) -> jax.Array:
    square = jnp.sum(jnp.square(array), axis, keepdims=True)
    return array * jax.lax.rsqrt(jnp.maximum(square, 1e-12))


def add(inputs: Any, **kwargs: Any) -> Any:
    """What an `Add` layer gives."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """What a `Subtract` layer gives."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """What a `Multiply` layer gives."""
    return Multiply(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """What a `Maximum` layer gives."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """What a `Minimum` layer gives."""
    return Minimum(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """What an `Average` layer gives."""
    return Average(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """What a `Concatenate` layer gives."""
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs: Any, axes: int | tuple[int, int], normalize: bool = False, **kwargs: Any) -> Any:
    """What a `Dot` layer gives."""
    return Dot(axes, normalize, **kwargs)(inputs)
