"""Any Optax transformation as an optimizer."""

from typing import Any

import jax
import optax

from ..variable import Variable
from .optimizer import Optimizer


class OptaxOptimizer(Optimizer):
    """Updates weights by an `optax.GradientTransformation`, for which they are a list in the model's order.

    What the transformation keeps is in `variables`. It has a `learning_rate` that can be read and set only if it was
    made with `optax.inject_hyperparams`. It has no config.
    """

    def __init__(self, transformation: optax.GradientTransformation, name: str | None = None) -> None:
        super().__init__(_no_rate, name=name or "optax")
        self.given = transformation

    def transformation(self) -> optax.GradientTransformationExtraArgs:
        def update(updates: Any, state: Any, params: Any = None, **now: Any) -> tuple[Any, Any]:
            del now
            return self.given.update(updates, state, params)

        return optax.GradientTransformationExtraArgs(self.given.init, update)

    def state_names(self, count: int) -> list[str]:
        return [f"state_{leaf}" for leaf in range(count)]

    @property
    def learning_rate(self) -> Any:
        """The one that `optax.inject_hyperparams` keeps."""
        return self._injected

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self._injected.assign(value)

    @property
    def _injected(self) -> Variable:
        state = jax.tree.unflatten(self._structure, self._slots) if self.built else ()
        for path, variable in jax.tree_util.tree_leaves_with_path(state, is_leaf=_is_variable):
            if jax.tree_util.keystr(path[-2:]) == ".hyperparams['learning_rate']":
                return variable
        raise AttributeError(
            f"{self.name} has no learning rate to read or to set"
            + ("; make the transformation with optax.inject_hyperparams" if self.built else " before it is built")
        )

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError("an Optax transformation has no config; make it again where the model is loaded")


def _is_variable(leaf: Any) -> bool:
    return isinstance(leaf, Variable)


def _no_rate() -> float:
    return float("nan")
