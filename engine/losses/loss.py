"""The base of every loss: values per sample, weighted and reduced."""

from typing import Any, Self

import jax
import jax.numpy as jnp

from .. import config
from ..names import snake_case
from .reduction import checked_reduction, reduce
from .weights import both


class Loss:
    """What training minimises.

    Subclasses write `call(y_true, y_pred)`, which gives one value per sample (or per sample and time step …).
    Calling the loss weighs those values by `sample_weight` and reduces them to a scalar; see `reduce` for what
    `reduction` may be. Targets and predictions reach `call` as arrays of the float type `dtype`.

    ```python
    class CubicError(ps.losses.Loss):
        def call(self, y_true, y_pred):
            return jnp.mean(jnp.abs(y_pred - y_true) ** 3, axis=-1)
    ```
    """

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: str | None = None
    ) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.reduction = checked_reduction(reduction)
        self._dtype = dtype

    @property
    def dtype(self) -> str:
        """The float type that the loss is computed in."""
        return self._dtype or config.floatx()

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None, *, mask: Any = None) -> jax.Array:
        """The reduced loss. `sample_weight` is one weight per sample, or per sample and time step …

        Where `mask`, of such a shape too, is False, values do not count, in means either.
        """
        y_true, y_pred = _as_arrays(y_true, self.dtype), _as_arrays(y_pred, self.dtype)
        given = self.call(y_true, y_pred)
        if given is None:
            raise ValueError(f"the loss {self.name!r} gives None; let it return one value per sample")
        values = jnp.asarray(given, self.dtype)
        return reduce(values, self.reduction, sample_weight, both(mask, self.mask(y_true, y_pred)))

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """One value per sample."""
        raise NotImplementedError(f"{type(self).__name__} has no `call` method")

    def mask(self, y_true: Any, y_pred: Any) -> Any:
        """Which of the values of `call` count; None where all do."""
        return None

    def get_config(self) -> dict[str, Any]:
        own_type = {} if self._dtype is None else {"dtype": self._dtype}
        return {"name": self.name, "reduction": self.reduction, **own_type}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _as_arrays(tree: Any, dtype: str) -> Any:
    """A tree of arrays; lists of plain numbers are an array, not a tree."""
    if all(isinstance(leaf, (bool, int, float)) for leaf in jax.tree.leaves(tree)):
        return jnp.asarray(tree, dtype)
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype), tree)
