"""Batch normalization."""

from typing import Any

import jax
import jax.numpy as jnp

from .. import initializers
from .layer import Layer, refuse_unbuilt

_INITIALIZERS = ("beta_initializer", "gamma_initializer", "moving_mean_initializer", "moving_variance_initializer")


class BatchNormalization(Layer):
    """Shifts and scales each feature to mean 0 and variance 1 (Ioffe and Szegedy, 2015); the shape stays.

    `gamma * (x - mean) / sqrt(variance + epsilon) + beta` per index of `axis`. While training, mean and (biased)
    variance are the batch's, and the moving ones become `momentum * moving + (1 - momentum) * batch`. Otherwise, and
    always where the layer is frozen (`trainable` is False), they are the moving ones.

    Time steps that are masked do not count towards the batch's mean and variance.

    Weights: `gamma` if `scale`, `beta` if `center`, `moving_mean`, `moving_variance`, each of the size of `axis`.
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        del renorm_momentum  # it has a meaning only where there is a renorm
        self.set_rules(
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        refuse_unbuilt(renorm=renorm or None, renorm_clipping=renorm_clipping, synchronized=synchronized or None)
        self.supports_masking = True
        self.axis = int(axis)
        self.momentum, self.epsilon = float(momentum), float(epsilon)
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if not -len(input_shape) <= self.axis < len(input_shape):
            raise ValueError(f"axis {self.axis} of {self.name} is not an axis of its input, of shape {input_shape}")
        size = (input_shape[self.axis],)
        self.gamma = self.add_weight(size, self.gamma_initializer, name="gamma") if self.scale else None
        self.beta = self.add_weight(size, self.beta_initializer, name="beta") if self.center else None
        self.moving_mean = self.add_weight(
            size, self.moving_mean_initializer, trainable=False, name="moving_mean", autocast=False
        )
        self.moving_variance = self.add_weight(
            size, self.moving_variance_initializer, trainable=False, name="moving_variance", autocast=False
        )

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        # Sums of half-precision numbers overflow.
        inputs = jnp.asarray(inputs, jnp.result_type(inputs, jnp.float32))
        mean, variance = self._statistics(inputs, mask, training=bool(training and self.trainable))
        factor = jax.lax.rsqrt(variance + self.epsilon) * (1 if self.gamma is None else self.gamma)
        shift = -mean * factor + (0 if self.beta is None else self.beta)
        return (inputs * self._spread(factor, inputs) + self._spread(shift, inputs)).astype(self.compute_dtype)

    def _statistics(self, inputs: Any, mask: Any, *, training: bool) -> tuple[Any, Any]:
        """Mean and variance by which to normalize; while training the moving ones take note of them."""
        if not training:
            return self.moving_mean.value, self.moving_variance.value
        others = tuple(axis for axis in range(inputs.ndim) if axis != self.axis % inputs.ndim)
        mean, variance = _moments(inputs, others, mask)
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + batch * (1.0 - self.momentum))
        return mean, variance

    def _spread(self, values: Any, inputs: Any) -> Any:
        """One value per feature, as an array that broadcasts along `axis` of the inputs."""
        shape = [1] * inputs.ndim
        shape[self.axis] = -1
        return jnp.reshape(values, shape)

    def get_config(self) -> dict[str, Any]:
        own = {name: initializers.serialize(vars(self)[name]) for name in _INITIALIZERS}
        plain = {name: vars(self)[name] for name in ("axis", "momentum", "epsilon", "center", "scale")}
        return {**super().get_config(), **plain, **own}


def _moments(inputs: jax.Array, axes: tuple[int, ...], mask: Any) -> tuple[jax.Array, jax.Array]:
    """Mean and variance over `axes` of the time steps that count; 0 where none does."""
    if mask is None:
        return jnp.mean(inputs, axes), jnp.var(inputs, axes)
    counted = jnp.broadcast_to(jnp.reshape(mask, (*mask.shape, *(1,) * (inputs.ndim - mask.ndim))), inputs.shape)
    number = jnp.maximum(jnp.sum(counted, axes, keepdims=True), 1)
    mean = jnp.sum(inputs, axes, where=counted, keepdims=True) / number
    variance = jnp.sum(jnp.square(inputs - mean), axes, where=counted, keepdims=True) / number
    return jnp.squeeze(mean, axes), jnp.squeeze(variance, axes)
