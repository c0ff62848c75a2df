"""Steps of one size, in the direction of a momentum's signs."""

from typing import Any, Unpack

import jax
import jax.numpy as jnp

from .optimizer import Optimizer
from .rule import Groups, Now, Slots
from .settings import Settings


class Lion(Optimizer):
    """`w -= lr·sign(β₁·m + (1 - β₁)·g); m = β₂·m + (1 - β₂)·g` (Chen et al., 2023)."""

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, **settings: Unpack[Settings]
    ) -> None:
        super().__init__(learning_rate, **settings)
        if not 0 < beta_1 <= 1:
            raise ValueError(f"beta_1 must be above 0 and at most 1, but is {beta_1}")
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    @property
    def slots(self) -> Groups:
        return (("momentum",),)

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        (momentum,) = slots
        direction = jnp.sign(momentum * self.beta_1 + gradient * (1.0 - self.beta_1))
        return -now.learning_rate * direction, (momentum * self.beta_2 + gradient * (1.0 - self.beta_2),)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2}
