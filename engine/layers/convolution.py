"""Convolutions over one axis and two."""

from typing import Any

import jax

from .. import activations, initializers
from .layer import Layer
from .windows import checked_padding, only_channels_last, per_axis

# How the axes of inputs, kernels and outputs are written, by the number of axes that windows move along.
_DIMENSIONS = {1: ("NWC", "WIO", "NWC"), 2: ("NHWC", "HWIO", "NHWC")}


class Convolution(Layer):
    """Base of the convolutions; `rank` is the number of axes that the window moves along."""

    rank: int
    paddings = ("valid", "same")

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.set_rules(
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        if not isinstance(filters, int) or filters <= 0 or filters % groups:
            raise ValueError(f"filters must be a positive multiple of groups ({groups}), but is {filters!r}")
        only_channels_last(data_format)
        self.filters, self.groups = filters, groups
        self.kernel_size = per_axis(kernel_size, self.rank, "kernel_size")
        self.strides = per_axis(strides, self.rank, "strides")
        self.dilation_rate = per_axis(dilation_rate, self.rank, "dilation_rate")
        self.padding = checked_padding(padding, self.paddings)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = input_shape[-1]
        if len(input_shape) != self.rank + 2:
            raise ValueError(
                f"{self.name} takes inputs of {self.rank + 2} axes (the batch's first, the channels' last), but the "
                f"input has shape {input_shape}"
            )
        if channels is not None and channels % self.groups:
            raise ValueError(f"{self.name} has {self.groups} groups, by which {channels} channels do not divide")
        shape = (*self.kernel_size, channels and channels // self.groups, self.filters)
        self.kernel = self.add_weight(shape, self.kernel_initializer, name="kernel")
        self.bias = self.add_weight((self.filters,), self.bias_initializer, name="bias") if self.use_bias else None

    def call(self, inputs: Any) -> Any:
        outputs = jax.lax.conv_general_dilated(
            jax.numpy.asarray(inputs, self.compute_dtype),
            self.kernel.value,
            window_strides=self.strides,
            padding=self._padding(),
            rhs_dilation=self.dilation_rate,
            dimension_numbers=_DIMENSIONS[self.rank],
            feature_group_count=self.groups,
        )
        return self.activation(outputs if self.bias is None else outputs + self.bias)

    def _padding(self) -> Any:
        return self.padding.upper()

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": "channels_last",
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
        }


class Conv1D(Convolution):
    """Filters that move along the time steps: (batch, steps, channels) to (batch, new steps, filters).

    `padding`: `"valid"` keeps windows inside, `"same"` gives ⌈steps / strides⌉ steps (what is added goes to both ends,
    the odd one last), `"causal"` adds before the first step, so no output sees later steps. Weights: `kernel`
    (kernel_size, channels / groups, filters) and, with `use_bias`, `bias` (filters,).
    """

    rank = 1
    paddings = ("valid", "same", "causal")

    def _padding(self) -> Any:
        if self.padding == "causal":
            return [(self.dilation_rate[0] * (self.kernel_size[0] - 1), 0)]
        return super()._padding()


class Conv2D(Convolution):
    """Filters that move over images: (batch, height, width, channels) to (batch, new height, new width, filters).

    `padding`: `"valid"` keeps windows inside, `"same"` gives ⌈size / strides⌉ (what is added goes to both sides, the
    odd one last). Weights: `kernel` (height, width, channels / groups, filters) and, with `use_bias`, `bias`
    (filters,).

    ```python
    features = ps.layers.Conv2D(32, 3, activation="relu")(images)
    ```
    """

    rank = 2
