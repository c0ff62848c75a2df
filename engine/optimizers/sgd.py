"""Gradient descent, plain and with momentum."""

from typing import Any, Unpack

import jax

from .optimizer import Optimizer
from .rule import Groups, Now, Slots
from .settings import Settings


class SGD(Optimizer):
    """`w -= lr·g`.

    With `momentum` μ: `m = μ·m - lr·g; w += m`, and with `nesterov` too: `w += μ·m - lr·g`. The learning rate is inside
    m, so steps taken before it changed go on with the rate they had.
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(learning_rate, **settings)
        if not 0 <= momentum <= 1:
            raise ValueError(f"momentum must be between 0 and 1, but is {momentum}")
        self.momentum = momentum
        self.nesterov = nesterov

    @property
    def slots(self) -> Groups:
        return (("momentum",),) if self.momentum else ()

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        if not self.momentum:
            return -gradient * now.learning_rate, ()
        (momentum,) = slots
        momentum = momentum * self.momentum - gradient * now.learning_rate
        change = momentum * self.momentum - gradient * now.learning_rate if self.nesterov else momentum
        return change, (momentum,)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
