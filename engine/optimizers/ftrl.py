"""Gradient descent that follows the regularized leader."""

from typing import Any, Unpack

import jax
import jax.numpy as jnp

from .optimizer import Optimizer
from .rule import Groups, Now, Slots
from .settings import Settings

_STRENGTHS = (
    "l1_regularization_strength",
    "l2_regularization_strength",
    "l2_shrinkage_regularization_strength",
)


class Ftrl(Optimizer):
    """Follow the regularized leader, which sets weights to exact zeros (McMahan et al., 2013, algorithm 1).

    `n += g²; z += g - (n^-p - n_before^-p) / lr·w; w = (clip(z, ±l1) - z) / (n^-p / lr + 2·l2 + beta / lr)`, with p the
    `learning_rate_power`; `l2_shrinkage_regularization_strength` adds twice itself times w to the gradient in z.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(learning_rate, **settings)
        if learning_rate_power > 0:
            raise ValueError(f"learning_rate_power must not be positive, but is {learning_rate_power}")
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = _not_negative("initial_accumulator_value", initial_accumulator_value)
        strengths = (
            l1_regularization_strength,
            l2_regularization_strength,
            l2_shrinkage_regularization_strength,
        )
        self.l1_regularization_strength, self.l2_regularization_strength, shrinkage = map(
            _not_negative, _STRENGTHS, strengths
        )
        self.l2_shrinkage_regularization_strength = shrinkage
        self.beta = beta

    @property
    def slots(self) -> Groups:
        return (("accumulator", "linear"),)

    def first_value(self, slot: str, weight: jax.Array) -> jax.Array:
        return jnp.full_like(weight, self.initial_accumulator_value if slot == "accumulator" else 0.0)

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        before, linear = slots
        rate, power, weight = now.learning_rate, -self.learning_rate_power, now.weight
        accumulator = before + jnp.square(gradient)
        shrunk = gradient + 2 * self.l2_shrinkage_regularization_strength * weight
        linear = linear + shrunk - (accumulator**power - before**power) / rate * weight
        divisor = accumulator**power / rate + 2 * (self.l2_regularization_strength + self.beta / (2.0 * rate))
        limit = self.l1_regularization_strength
        return (jnp.clip(linear, -limit, limit) - linear) / divisor - weight, (accumulator, linear)

    def get_config(self) -> dict[str, Any]:
        names = ("learning_rate_power", "initial_accumulator_value", *_STRENGTHS, "beta")
        return {**super().get_config(), **{name: vars(self)[name] for name in names}}


def _not_negative(argument: str, value: float) -> float:
    if value < 0:
        raise ValueError(f"{argument} must not be negative, but is {value}")
    return value
