"""The base of every initializer: a function of shape and dtype that has a config."""

from typing import Any, Self

import jax
import jax.numpy as jnp

from .. import config


class Initializer:
    """Gives the first value of a weight.

    Subclasses write `__call__(shape, dtype=None)`, and `get_config` if their constructor takes arguments.
    """

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> jax.Array:
        raise NotImplementedError(f"{type(self).__name__} has no `__call__` method")

    def get_config(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)

    def clone(self) -> Self:
        """A new initializer with the same config."""
        return self.from_config(self.get_config())


def float_type(dtype: Any) -> Any:
    """`dtype`, or the default float type where it is None."""
    return jnp.dtype(dtype or config.floatx())
