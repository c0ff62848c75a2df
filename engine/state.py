"""The state of training: four lists of arrays in Keras' order, one pytree."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class TrainState(NamedTuple):
    """Arrays (or the variables they belong to): what a step takes and gives.

    `trainable` and `non_trainable` are the model's, `optimizer` those of `optimizer.variables`, `metrics` those of the
    compiled metrics and of the metrics that layers hold. This is also what a custom `train_step` sees.
    """

    trainable: list[Any]
    non_trainable: list[Any]
    optimizer: list[Any]
    metrics: list[Any]

    def held(self) -> "TrainState":
        """The arrays that these variables hold."""
        return TrainState(*([v.held for v in part] for part in self))

    def show(self, arrays: "TrainState") -> None:
        """Point these variables at `arrays`."""
        for variables, values in zip(self, arrays, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.hold(value)

    def all(self) -> list[Any]:
        return [v for part in self for v in part]

    def only(self, parts: tuple[str, ...]) -> "TrainState":
        """The same with every other part empty."""
        return TrainState(*(values if part in parts else [] for part, values in zip(self._fields, self, strict=True)))


NO_STATE = TrainState([], [], [], [])


@jax.jit
def copied(tree: Any) -> Any:
    """The same values in memory of their own; one execution for the whole tree."""
    return jax.tree.map(lambda a: jnp.array(a, dtype=a.dtype, copy=True), tree)


def specs(tree: Any) -> Any:
    """Shapes and dtypes of a tree of arrays."""
    return jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), tree)
