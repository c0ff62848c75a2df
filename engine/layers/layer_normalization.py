"""Layer normalization."""

from typing import Any

import jax
import jax.numpy as jnp

from .. import initializers
from .layer import Layer


class LayerNormalization(Layer):
    """Shifts and scales each sample to mean 0 and variance 1 over `axis` (Ba et al., 2016); the shape stays.

    `gamma * (x - mean) / sqrt(variance + epsilon) + beta`. Weights: `gamma` if `scale`, `beta` if `center`, each of the
    sizes of `axis`.
    """

    def __init__(
        self,
        axis: int | list[int] | tuple[int, ...] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.set_rules(
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        self.supports_masking = True
        self.axis = axis if isinstance(axis, int) else list(axis)
        self.epsilon = epsilon
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)

    def _axes(self, rank: int) -> list[int]:
        axes = [self.axis] if isinstance(self.axis, int) else self.axis
        if any(not -rank <= axis < rank for axis in axes):
            raise ValueError(f"axis {self.axis} of {self.name} is not an axis of its input, which has {rank}")
        return sorted(axis % rank for axis in axes)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.axis = [self.axis] if isinstance(self.axis, int) else self.axis
        sizes = tuple(input_shape[axis] for axis in self._axes(len(input_shape)))
        self.gamma = self.add_weight(sizes, self.gamma_initializer, name="gamma") if self.scale else None
        self.beta = self.add_weight(sizes, self.beta_initializer, name="beta") if self.center else None

    def call(self, inputs: Any) -> Any:
        # Sums of half-precision numbers overflow.
        inputs = jnp.asarray(inputs, jnp.result_type(inputs, jnp.float32))
        axes = self._axes(inputs.ndim)
        mean, variance = (of(inputs, tuple(axes), keepdims=True) for of in (jnp.mean, jnp.var))
        shape = [size if axis in axes else 1 for axis, size in enumerate(inputs.shape)]
        outputs = (inputs - mean) * jax.lax.rsqrt(variance + self.epsilon)
        if self.gamma is not None:
            outputs = outputs * jnp.reshape(self.gamma.value, shape)
        if self.beta is not None:
            outputs = outputs + jnp.reshape(self.beta.value, shape)
        return outputs.astype(self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
        }
