"""Steps divided by the root of gathered squared gradients."""

from typing import Any, Unpack

import jax
import jax.numpy as jnp

from .optimizer import Optimizer
from .rule import Groups, Now, Slots
from .settings import Settings


class Adagrad(Optimizer):
    """`a += g²; w -= lr·g / √(a + ε)` (Duchi et al., 2011); `a` begins with `initial_accumulator_value`."""

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(learning_rate, **settings)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    @property
    def slots(self) -> Groups:
        return (("accumulator",),)

    def first_value(self, slot: str, weight: jax.Array) -> jax.Array:
        return jnp.full_like(weight, self.initial_accumulator_value)

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        accumulator = slots[0] + jnp.square(gradient)
        return -now.learning_rate * gradient / jnp.sqrt(accumulator + self.epsilon), (accumulator,)

    def get_config(self) -> dict[str, Any]:
        mine = {"initial_accumulator_value": self.initial_accumulator_value, "epsilon": self.epsilon}
        return {**super().get_config(), **mine}


class Adadelta(Optimizer):
    """`a = ρ·a + (1 - ρ)·g²; Δ = -√(d + ε) / √(a + ε)·g; d = ρ·d + (1 - ρ)·Δ²; w += lr·Δ` (Zeiler, 2012)."""

    def __init__(
        self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **settings: Unpack[Settings]
    ) -> None:
        super().__init__(learning_rate, **settings)
        self.rho = rho
        self.epsilon = epsilon

    @property
    def slots(self) -> Groups:
        return (("accumulated_grad", "accumulated_delta_var"),)

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        gradients, steps = slots
        gradients = self.rho * gradients + (1 - self.rho) * jnp.square(gradient)
        step = -jnp.sqrt(steps + self.epsilon) * gradient / jnp.sqrt(gradients + self.epsilon)
        steps = self.rho * steps + (1 - self.rho) * jnp.square(step)
        return now.learning_rate * step, (gradients, steps)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}


class Adafactor(Optimizer):
    """Steps by mean squares of which only those of rows and of columns are kept (Shazeer and Stern, 2018).

    Weights of two or more axes have their last two factored. The rate is `max(epsilon_2, rms(w))` times
    `min(lr, 1 / √t)`; with `relative_step` lr is bounded so too, where it is a number. Steps whose root mean square
    exceeds `clip_threshold` are scaled down to it. The mean squares forget with `1 - t^beta_2_decay`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(learning_rate, **settings)
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    @property
    def slots(self) -> Groups:
        return (("row", "column", "velocity"),)

    def first_value(self, slot: str, weight: jax.Array) -> jax.Array:
        if slot == "velocity":
            return jnp.zeros_like(weight)
        if weight.ndim < 2:
            # Nothing to factor; an unused number, which Keras keeps and saves too.
            return jnp.zeros((), "int32")
        shape = weight.shape[:-1] if slot == "row" else (*weight.shape[:-2], weight.shape[-1])
        return jnp.zeros(shape, weight.dtype)

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        slots = self._squares(gradient, slots, keeps=1 - now.step**self.beta_2_decay)
        step = gradient / jnp.sqrt(slots[-1])
        step = step / jnp.maximum(1.0, _root_mean_square(step) / self.clip_threshold)
        rate = jnp.minimum(now.learning_rate, 1 / jnp.sqrt(now.step))
        return -jnp.maximum(self.epsilon_2, _root_mean_square(now.weight)) * rate * step, slots

    def _squares(self, gradient: jax.Array, slots: Slots, keeps: jax.Array) -> Slots:
        """The running mean squares of rows, of columns, and of all elements as those two say."""
        row, column, velocity = slots
        squares = jnp.square(gradient) + self.epsilon_1
        if gradient.ndim < 2:
            return row, column, keeps * velocity + (1 - keeps) * squares
        row = keeps * row + (1 - keeps) * jnp.mean(squares, axis=-1)
        column = keeps * column + (1 - keeps) * jnp.mean(squares, axis=-2)
        share = row / jnp.mean(row, axis=-1, keepdims=True)
        return row, column, share[..., None] * column[..., None, :]

    def get_config(self) -> dict[str, Any]:
        names = ("beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold", "relative_step")
        return {**super().get_config(), **{name: vars(self)[name] for name in names}}


def _root_mean_square(values: jax.Array) -> jax.Array:
    return jnp.sqrt(jnp.mean(jnp.square(values)))
