"""What weights are made to be after every update of theirs, and their look-up by name."""

from collections.abc import Sequence
from typing import Any, Self

import jax
import jax.numpy as jnp

from . import config as settings
from .catalog import Catalog

Axes = int | Sequence[int]


class Constraint:
    """A function that maps a weight to the nearest one that is allowed.

    A plain function does as well; a subclass with `__call__(w)`, and `get_config` if it takes arguments, can be saved.
    """

    def __call__(self, w: Any) -> Any:
        return w

    def get_config(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)


class NonNeg(Constraint):
    """No element is negative."""

    def __call__(self, w: Any) -> jax.Array:
        return jnp.maximum(jnp.asarray(w), 0)


class MaxNorm(Constraint):
    """No norm along `axis` exceeds `max_value`. For the kernel of a dense layer, axis 0 is all that feeds one unit."""

    def __init__(self, max_value: float = 2, axis: Axes = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> jax.Array:
        w, norms = _with_norms(w, self.axis)
        return w * (jnp.clip(norms, 0, self.max_value) / (settings.epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


class UnitNorm(Constraint):
    """Every norm along `axis` is 1."""

    def __init__(self, axis: Axes = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> jax.Array:
        w, norms = _with_norms(w, self.axis)
        return w / (settings.epsilon() + norms)

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Norms along `axis` go the share `rate` of the way to between `min_value` and `max_value` (1: all of it)."""

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Axes = 0) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> jax.Array:
        w, norms = _with_norms(w, self.axis)
        wanted = self.rate * jnp.clip(norms, self.min_value, self.max_value) + (1 - self.rate) * norms
        return w * (wanted / (settings.epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis}


def _with_norms(w: Any, axis: Axes) -> tuple[jax.Array, jax.Array]:
    w = jnp.asarray(w)
    axes = axis if isinstance(axis, int) else tuple(axis)
    return w, jnp.sqrt(jnp.sum(jnp.square(w), axis=axes, keepdims=True))


max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm
_catalog = Catalog("constraints", [MaxNorm, MinMaxNorm, NonNeg, UnitNorm])
deserialize = _catalog.deserialize


def serialize(constraint: Any) -> Any:
    """A config in Keras' form; None stays None."""
    return None if constraint is None else _catalog.serialize(constraint)


def get(identifier: Any) -> Any:
    """The constraint that a name, config, class, function or constraint stands for; None stays None."""
    found = _catalog.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"a constraint is a name, a config or a function of a weight, not {found!r}")
    return found


__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]
