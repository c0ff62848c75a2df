"""Steps from running means of gradients and of their squares."""

from typing import Any, Unpack

import jax
import jax.numpy as jnp

from .optimizer import Optimizer
from .rule import Groups, Now, Slots
from .settings import OtherSettings, Settings, checked_decay


class Adam(Optimizer):
    """`m` and `v` are running means of g and g²; `w -= lr·√(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + ε)` (Kingma and Ba, 2014).

    This is the form in which ε is added to the uncorrected √v, as in the paper's section 2. `amsgrad` divides by the
    largest v so far (Reddi et al., 2018).
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(learning_rate, **settings)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.amsgrad = amsgrad

    @property
    def slots(self) -> Groups:
        means = ("momentum", "velocity")
        return (means, ("velocity_hat",)) if self.amsgrad else (means,)

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        momentum, velocity, *largest = slots
        momentum += (gradient - momentum) * (1 - self.beta_1)
        velocity += (jnp.square(gradient) - velocity) * (1 - self.beta_2)
        largest = [jnp.maximum(one, velocity) for one in largest]
        correction = jnp.sqrt(1 - self.beta_2**now.step) / (1 - self.beta_1**now.step)
        divisor = jnp.sqrt(largest[0] if largest else velocity) + self.epsilon
        return -momentum * (now.learning_rate * correction) / divisor, (momentum, velocity, *largest)

    def get_config(self) -> dict[str, Any]:
        mine = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon, "amsgrad": self.amsgrad}
        return {**super().get_config(), **mine}


class AdamW(Adam):
    """Adam whose weights decay by `weight_decay` times the learning rate per step (Loshchilov and Hutter, 2017)."""

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **settings: Unpack[OtherSettings],
    ) -> None:
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=checked_decay(weight_decay), **settings
        )
