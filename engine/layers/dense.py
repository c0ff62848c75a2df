"""The densely connected layer."""

from typing import Any

import jax.numpy as jnp

from .. import activations, initializers
from .layer import Layer, refuse_unbuilt
from .signature import is_shape


class Dense(Layer):
    """`activation(inputs @ kernel + bias)` over the last axis.

    Input (..., features), output (..., units). Weights: `kernel` (features, units) and, with `use_bias`, `bias`
    (units,).

    ```python
    hidden = ps.layers.Dense(64, activation="relu")(inputs)
    ```
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: int | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.set_rules(
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        refuse_unbuilt(
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
        )
        if not isinstance(units, int) or units <= 0:
            raise ValueError(f"units must be a positive integer, but is {units!r}")
        self.supports_masking = True
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if not is_shape(input_shape) or len(input_shape) < 2:
            raise ValueError(f"{self.name} takes one input of two or more axes, but the input has shape {input_shape}")
        self.kernel = self.add_weight((input_shape[-1], self.units), self.kernel_initializer, name="kernel")
        self.bias = self.add_weight((self.units,), self.bias_initializer, name="bias") if self.use_bias else None

    def call(self, inputs: Any) -> Any:
        if inputs.shape[-1] != self.kernel.shape[0]:
            raise ValueError(
                f"{self.name} was built for {self.kernel.shape[0]} features, but the input has shape {inputs.shape}"
            )
        outputs = jnp.matmul(inputs, self.kernel.value)
        return self.activation(outputs if self.bias is None else outputs + self.bias)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
        }
