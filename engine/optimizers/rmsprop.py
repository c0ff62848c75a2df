"""Gradients divided by the root of their running mean square."""

from typing import Any, Unpack

import jax
import jax.numpy as jnp

from .optimizer import Optimizer
from .rule import Groups, Now, Slots
from .settings import Settings


class RMSprop(Optimizer):
    """`v = ρ·v + (1 - ρ)·g²; w -= lr·g / √(v + ε)` (Hinton, 2012).

    `centered` subtracts the square of the running mean gradient from v under the root. With `momentum` μ the steps
    are gathered first: `m = μ·m + step; w -= m`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(learning_rate, **settings)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    @property
    def slots(self) -> Groups:
        momentum = (("momentum",),) if self.momentum else ()
        return (("velocity",), *momentum, *((("average_gradient",),) if self.centered else ()))

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        kept = dict(zip((name for (name,) in self.slots), slots, strict=True))
        kept["velocity"] = self._average(kept["velocity"], jnp.square(gradient))
        spread = kept["velocity"]
        if self.centered:
            kept["average_gradient"] = self._average(kept["average_gradient"], gradient)
            spread = spread - jnp.square(kept["average_gradient"])
        increment = now.learning_rate * gradient / jnp.sqrt(spread + self.epsilon)
        if self.momentum:
            increment = kept["momentum"] = self.momentum * kept["momentum"] + increment
        return -increment, tuple(kept.values())

    def _average(self, so_far: jax.Array, value: jax.Array) -> jax.Array:
        return self.rho * so_far + (1 - self.rho) * value

    def get_config(self) -> dict[str, Any]:
        mine = {"rho": self.rho, "momentum": self.momentum, "epsilon": self.epsilon, "centered": self.centered}
        return {**super().get_config(), **mine}
