"""Flatten."""

from typing import Any

import jax.numpy as jnp

from .layer import Layer


class Flatten(Layer):
    """All axes but the batch's as one: (batch, a, b, …) becomes (batch, a·b·…), and (batch,) becomes (batch, 1)."""

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if data_format not in (None, "channels_last"):
            raise NotImplementedError(f"data_format={data_format!r} is not built yet; axes are channels_last")
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        size = 1
        for dim in inputs.shape[1:]:
            size *= dim
        return jnp.reshape(inputs, (inputs.shape[0], size))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": "channels_last"}
