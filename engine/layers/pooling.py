"""Pooling: one value for each window, or for all steps or pixels at once."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .layer import Layer
from .windows import checked_padding, only_channels_last, per_axis


class Pooling(Layer):
    """Base of the layers that give one value for each window, per channel."""

    rank: int

    def __init__(
        self,
        pool_size: int | tuple[int, ...] = 2,
        strides: int | tuple[int, ...] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        only_channels_last(data_format)
        self.pool_size = per_axis(pool_size, self.rank, "pool_size")
        self.strides = self.pool_size if strides is None else per_axis(strides, self.rank, "strides")
        self.padding = checked_padding(padding, ("valid", "same"))
        self._has_no_weights()

    def _over_windows(self, inputs: Any, start: float, fn: Callable[..., Any]) -> jax.Array:
        window, strides = (1, *self.pool_size, 1), (1, *self.strides, 1)
        return jax.lax.reduce_window(inputs, start, fn, window, strides, self.padding.upper())

    def get_config(self) -> dict[str, Any]:
        own = {"pool_size": self.pool_size, "strides": self.strides, "padding": self.padding}
        return {**super().get_config(), **own, "data_format": "channels_last"}


class MaxPooling(Pooling):
    """Base of those that give the greatest."""

    def call(self, inputs: Any) -> Any:
        inputs = jnp.asarray(inputs)
        least = -jnp.inf if jnp.issubdtype(inputs.dtype, jnp.floating) else jnp.iinfo(inputs.dtype).min
        return self._over_windows(inputs, least, jax.lax.max)


class AveragePooling(Pooling):
    """Base of those that give the mean; what padding adds does not count."""

    def call(self, inputs: Any) -> Any:
        inputs = jnp.asarray(inputs, jnp.result_type(inputs, self.compute_dtype))
        counts = self._over_windows(jnp.ones(inputs.shape, inputs.dtype), 0.0, jax.lax.add)
        return self._over_windows(inputs, 0.0, jax.lax.add) / counts


class MaxPooling1D(MaxPooling):
    """The greatest of each window of steps: (batch, steps, channels) to (batch, fewer steps, channels)."""

    rank = 1


class MaxPooling2D(MaxPooling):
    """The greatest of each window of pixels: (batch, height, width, channels) to (batch, less, less, channels)."""

    rank = 2


class AveragePooling1D(AveragePooling):
    """The mean of each window of steps: (batch, steps, channels) to (batch, fewer steps, channels)."""

    rank = 1


class AveragePooling2D(AveragePooling):
    """The mean of each window of pixels: (batch, height, width, channels) to (batch, less, less, channels)."""

    rank = 2


class GlobalPooling(Layer):
    """Base of the layers that give one value per channel."""

    rank: int

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        only_channels_last(data_format)
        self.keepdims = keepdims
        self._has_no_weights()

    @property
    def _axes(self) -> tuple[int, ...]:
        return tuple(range(1, self.rank + 1))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": "channels_last", "keepdims": self.keepdims}


class GlobalMaxPooling(GlobalPooling):
    """Base of those that give the greatest."""

    def call(self, inputs: Any) -> Any:
        return jnp.max(jnp.asarray(inputs), self._axes, keepdims=self.keepdims)


class GlobalMaxPooling1D(GlobalMaxPooling):
    """The greatest over all steps: (batch, steps, channels) to (batch, channels)."""

    rank = 1


class GlobalMaxPooling2D(GlobalMaxPooling):
    """The greatest over the image: (batch, height, width, channels) to (batch, channels)."""

    rank = 2


class GlobalAveragePooling1D(GlobalPooling):
    """The mean over all steps that are not masked: (batch, steps, channels) to (batch, channels)."""

    rank = 1

    def call(self, inputs: Any, mask: Any = None) -> Any:
        where = None if mask is None else jnp.asarray(mask, bool)[..., None]
        return jnp.mean(jnp.asarray(inputs), self._axes, keepdims=self.keepdims, where=where)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        return None


class GlobalAveragePooling2D(GlobalPooling):
    """The mean over the image: (batch, height, width, channels) to (batch, channels)."""

    rank = 2

    def call(self, inputs: Any) -> Any:
        return jnp.mean(jnp.asarray(inputs), self._axes, keepdims=self.keepdims)


MaxPool1D, MaxPool2D, AvgPool1D, AvgPool2D = MaxPooling1D, MaxPooling2D, AveragePooling1D, AveragePooling2D
GlobalMaxPool1D, GlobalMaxPool2D = GlobalMaxPooling1D, GlobalMaxPooling2D
GlobalAvgPool1D, GlobalAvgPool2D = GlobalAveragePooling1D, GlobalAveragePooling2D
