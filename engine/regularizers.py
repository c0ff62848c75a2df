"""What weights and outputs cost by themselves: terms that training adds to the loss, and their look-up by name."""

import math
from collections.abc import Iterable
from typing import Any, Self

import jax
import jax.numpy as jnp

from .catalog import Catalog
from .losses.regression import unit
from .variable import Variable


class Regularizer:
    """A function of a weight, or of a layer's output, that gives a scalar to add to the loss.

    A plain function does as well; a subclass with `__call__(x)` and `get_config` can be saved.
    """

    def __call__(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no `__call__` method")

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError(f"{type(self).__name__} has no `get_config` method, so it cannot be saved")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)


class L1L2(Regularizer):
    """`l1 · sum(|x|) + l2 · sum(x²)`."""

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = _checked("l1", 0.0 if l1 is None else l1)
        self.l2 = _checked("l2", 0.0 if l2 is None else l2)

    def __call__(self, x: Any) -> jax.Array:
        x = jnp.asarray(x)
        first = self.l1 * jnp.sum(jnp.abs(x)) if self.l1 else jnp.zeros((), x.dtype)
        return first + self.l2 * jnp.sum(jnp.square(x)) if self.l2 else first

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1, "l2": self.l2}


class L1(Regularizer):
    """`l1 · sum(|x|)`."""

    def __init__(self, l1: float | None = 0.01) -> None:
        self.l1 = _checked("l1", 0.01 if l1 is None else l1)

    def __call__(self, x: Any) -> jax.Array:
        return self.l1 * jnp.sum(jnp.abs(jnp.asarray(x)))

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1}


class L2(Regularizer):
    """`l2 · sum(x²)`."""

    def __init__(self, l2: float | None = 0.01) -> None:
        self.l2 = _checked("l2", 0.01 if l2 is None else l2)

    def __call__(self, x: Any) -> jax.Array:
        return self.l2 * jnp.sum(jnp.square(jnp.asarray(x)))

    def get_config(self) -> dict[str, Any]:
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean of |cos| of the angles between all pairs of a matrix' rows (or columns)."""

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _checked("factor", factor)
        if mode not in ("rows", "columns"):
            raise ValueError(f"mode must be 'rows' or 'columns', but is {mode!r}")
        self.mode = mode

    def __call__(self, inputs: Any) -> jax.Array:
        inputs = jnp.asarray(inputs)
        if inputs.ndim != 2:
            raise ValueError(f"OrthogonalRegularizer takes a matrix, but was given shape {inputs.shape}")
        vectors = unit(inputs if self.mode == "rows" else inputs.T, axis=1)
        size = vectors.shape[0]
        cosines = jnp.abs(vectors @ vectors.T) * (1.0 - jnp.eye(size, dtype=vectors.dtype))
        return self.factor * 0.5 * jnp.sum(cosines) / (size * (size - 1.0) / 2.0)

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "mode": self.mode}


def _checked(argument: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{argument} must be a number of at least 0, but is {value!r}")
    return float(value)


def penalties(variables: Iterable[Variable]) -> list[Any]:
    """What the regularizers of these weights add to the loss."""
    return [v.regularizer(v.value) for v in variables if v.regularizer is not None]


def per_sample(regularizer: Any, outputs: Any) -> list[Any]:
    """What a regularizer, if there is one, says of a tree of outputs; the batch size does not change its strength."""
    if regularizer is None:
        return []
    return [regularizer(leaf) / (jnp.shape(leaf) or (1,))[0] for leaf in jax.tree.leaves(outputs)]


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer
_catalog = Catalog("regularizers", [L1, L2, L1L2, OrthogonalRegularizer])
deserialize = _catalog.deserialize


def serialize(regularizer: Any) -> Any:
    """A config in Keras' form; None stays None."""
    return None if regularizer is None else _catalog.serialize(regularizer)


def get(identifier: Any) -> Any:
    """The regularizer that a name, config, class, function or regularizer stands for; None stays None."""
    found = _catalog.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"a regularizer is a name, a config or a function of a weight, not {found!r}")
    return found


__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]
