"""Activations as layers."""

from typing import Any

import jax
import jax.numpy as jnp

from .. import activations
from .layer import Layer


class Activation(Layer):
    """Applies an activation, given by name or as a function; the shape stays.

    ```python
    ps.layers.Activation("relu")
    ```
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


class ReLU(Layer):
    """The rectified linear unit; the shape stays.

    `x` between `threshold` and `max_value` (none by default), `max_value` above, `negative_slope * (x - threshold)`
    below.
    """

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        for name, value in {"max_value": max_value, "negative_slope": negative_slope, "threshold": threshold}.items():
            if value is None and name != "max_value" or value is not None and value < 0:
                raise ValueError(f"{name} must be at least 0, but is {value!r}")
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold
        self.supports_masking = True
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }


class Softmax(Layer):
    """Exponentials that sum to one over `axis` (one axis or several); the shape stays.

    Where `mask` (boolean, broadcast to the inputs) is False, the output is 0.
    """

    def __init__(self, axis: int | tuple[int, ...] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis if isinstance(axis, int) else tuple(axis)
        self.supports_masking = True
        self._has_no_weights()

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return jax.nn.softmax(inputs, self.axis)
        # Zeroed once more for rows that are masked altogether.
        return jnp.where(mask, jax.nn.softmax(inputs, self.axis, where=mask), 0)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
