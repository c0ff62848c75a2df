"""Gradients of a scaled loss, for float16, in which small ones would vanish."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..variable import Variable
from .optimizer import Optimizer
from .table import catalog
from .values import Values


class LossScaleOptimizer(Optimizer):
    """Runs `inner_optimizer` on gradients of the loss times a scale that adapts (Micikevicius et al., 2017).

    After `dynamic_growth_steps` steps with finite gradients in a row the scale doubles. A step with any infinite or NaN
    gradient halves it and leaves everything else as it was. The logs show the loss unscaled.
    """

    def __init__(
        self,
        inner_optimizer: Optimizer,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
    ) -> None:
        if not isinstance(inner_optimizer, Optimizer) or isinstance(inner_optimizer, LossScaleOptimizer):
            raise ValueError(f"inner_optimizer must be an optimizer that scales no loss, but is {inner_optimizer!r}")
        super().__init__(0.0, name=name)
        self.inner_optimizer = inner_optimizer
        # It would divide the gradients once more.
        self.inner_optimizer.loss_scale_factor = None
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        self.step_counter = self._variable(np.int32(0), "step_counter")
        self.dynamic_scale = self._variable(np.float32(initial_scale), "dynamic_scale")

    @property
    def variables(self) -> list[Variable]:
        return [*super().variables, self.step_counter, self.dynamic_scale, *self.inner_optimizer.variables]

    @property
    def revision(self) -> int:
        return self.inner_optimizer.revision

    def build(self, variables: Sequence[Variable]) -> None:
        super().build(variables)
        self.inner_optimizer.build(variables)

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    @property
    def iterations(self) -> Any:
        """The number of updates so far, without those that were skipped."""
        return self.inner_optimizer.iterations

    def scale_loss(self, loss: Any) -> Any:
        return loss * self.dynamic_scale.value

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Sequence[Any]
    ) -> tuple[list[jax.Array], list[jax.Array]]:
        self._check(optimizer_variables, grads, trainable_variables)
        held = Values.pair(self.variables, optimizer_variables)
        trainable = [jnp.asarray(p) for p in trainable_variables]
        counter, scale = held.of([self.step_counter, self.dynamic_scale])
        inner = self.inner_optimizer.variables
        # Divided in float32, where the scale cannot overflow.
        gradients = [jnp.asarray(g, "float32") / scale for g in grads]
        finite = jnp.all(jnp.array([jnp.all(jnp.isfinite(g)) for g in gradients]))
        trainable, values = lax.cond(
            finite,
            lambda: self.inner_optimizer.stateless_apply(held.of(inner), gradients, trainable),
            lambda: (trainable, held.of(inner)),
        )
        grows = finite & (counter == self.dynamic_growth_steps - 1)
        scale = jnp.where(finite, jnp.where(grows, scale * 2.0, scale), scale * 0.5)
        counter = jnp.where(finite & ~grows, counter + 1, 0)
        changed = held.having([self.step_counter, self.dynamic_scale, *inner], [counter, scale, *values])
        return trainable, changed.of(self.variables)

    @property
    def averages(self) -> list[tuple[Variable, Variable]]:
        return self.inner_optimizer.averages

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "inner_optimizer": catalog.serialize(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LossScaleOptimizer":
        inner = config["inner_optimizer"]
        return cls(**{**config, "inner_optimizer": inner if isinstance(inner, Optimizer) else catalog.get(inner)})
