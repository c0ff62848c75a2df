"""Layers that change the size of images without weights."""

from typing import Any

import jax
import jax.numpy as jnp

from .layer import Layer
from .windows import only_channels_last, per_axis


class ZeroPadding2D(Layer):
    """Zeros around images: (batch, height, width, channels) to (batch, more, more, channels).

    `padding`: one number for every side, (rows, columns), or ((top, bottom), (left, right)).
    """

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        only_channels_last(data_format)
        pair = (padding, padding) if isinstance(padding, int) else tuple(padding)
        if len(pair) != 2:
            raise ValueError(f"padding must be an integer, a pair, or a pair of pairs, but is {padding!r}")
        self.padding = tuple(per_axis(side, 2, "padding", least=0) for side in pair)
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        return jnp.pad(inputs, ((0, 0), *self.padding, (0, 0)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding, "data_format": "channels_last"}


class UpSampling2D(Layer):
    """Images made larger by whole factors: (batch, height, width, channels) to (batch, size · height, …, channels).

    `interpolation`: `"nearest"` repeats pixels, `"bilinear"`, `"bicubic"`, `"lanczos3"` and `"lanczos5"` go between.
    """

    def __init__(
        self,
        size: int | tuple[int, int] = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        only_channels_last(data_format)
        self.size = per_axis(size, 2, "size")
        self.interpolation = interpolation.lower()
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        if self.interpolation == "nearest":
            return jnp.repeat(jnp.repeat(inputs, self.size[0], axis=1), self.size[1], axis=2)
        batch, height, width, channels = inputs.shape
        shape = (batch, height * self.size[0], width * self.size[1], channels)
        return jax.image.resize(inputs, shape, self.interpolation)

    def get_config(self) -> dict[str, Any]:
        own = {"size": self.size, "data_format": "channels_last", "interpolation": self.interpolation}
        return {**super().get_config(), **own}
