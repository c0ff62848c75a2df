"""Layers that arrange the axes of each sample anew."""

from typing import Any

import jax.numpy as jnp

from .layer import Layer


class Reshape(Layer):
    """The same entries in another shape: (batch, …) to (batch, *target_shape); one size may be -1."""

    def __init__(self, target_shape: tuple[int, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = (target_shape,) if isinstance(target_shape, int) else tuple(target_shape)
        if sum(size == -1 for size in self.target_shape) > 1:
            raise ValueError(f"one size of target_shape may be -1, but it is {self.target_shape}")
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        return jnp.reshape(inputs, (inputs.shape[0], *self.target_shape))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "target_shape": self.target_shape}


class Permute(Layer):
    """The axes of each sample in another order; `dims` counts them from 1."""

    def __init__(self, dims: tuple[int, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(f"dims must hold each axis from 1 on once, but is {self.dims}")
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        return jnp.transpose(inputs, (0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dims": self.dims}


class RepeatVector(Layer):
    """Each vector `n` times: (batch, features) to (batch, n, features)."""

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = int(n)
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        return jnp.repeat(jnp.asarray(inputs)[:, None], self.n, axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "n": self.n}
