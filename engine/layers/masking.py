"""Masking by a value."""

from typing import Any

import jax.numpy as jnp

from .layer import Layer


class Masking(Layer):
    """Masks, for the layers that follow, time steps of which every feature equals `mask_value`, and makes them 0.

    The shape stays: (batch, steps, features).
    """

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = mask_value
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        return inputs * self.compute_mask(inputs)[..., None].astype(inputs.dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return jnp.any(jnp.not_equal(inputs, self.mask_value), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mask_value": self.mask_value}
