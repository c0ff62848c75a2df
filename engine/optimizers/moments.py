"""Relatives of Adam: steps from running means of gradients."""

from typing import Any, Unpack

import jax
import jax.numpy as jnp
import optax

from .optimizer import Optimizer
from .rule import Groups, Now, Slots
from .settings import Settings


class _Moments(Optimizer):
    """Base of optimizers with a momentum that remembers `beta_1` and a second slot that remembers `beta_2`."""

    def __init__(
        self, learning_rate: Any, beta_1: float, beta_2: float, epsilon: float, **settings: Unpack[Settings]
    ) -> None:
        super().__init__(learning_rate, **settings)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    @property
    def slots(self) -> Groups:
        return (("momentum", "velocity"),)

    def rounded(self, dtype: Any) -> tuple[jax.Array, jax.Array]:
        """β₁ and β₂ in the dtype of a weight, where Keras subtracts them from 1 after rounding, not before."""
        return jnp.asarray(self.beta_1, dtype), jnp.asarray(self.beta_2, dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}


class Adamax(_Moments):
    """`u = max(β₂·u, |g|); w -= lr·m / ((1 - β₁ᵗ)(u + ε))`, with m as Adam's (Kingma and Ba, 2014)."""

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **settings)

    @property
    def slots(self) -> Groups:
        return (("momentum", "norm"),)

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        momentum, norm = slots
        momentum = momentum + (gradient - momentum) * (1 - self.beta_1)
        norm = jnp.maximum(self.beta_2 * norm, jnp.abs(gradient))
        divisor = (1 - self.beta_1**now.step) * (norm + self.epsilon)
        return -now.learning_rate * momentum / divisor, (momentum, norm)


class Nadam(_Moments):
    """Adam that looks one step ahead (Dozat, 2015).

    β₁ warms up: `u_t = β₁·(1 - ½·0.96ᵗ)`, and with P_t the product of all u so far,
    `m̂ = u_{t+1}·m / (1 - P_t·u_{t+1}) + (1 - u_t)·g / (1 - P_t); w -= lr·m̂ / (√(v / (1 - β₂ᵗ)) + ε)`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **settings)

    def _remembers(self, step: Any) -> Any:
        return self.beta_1 * (1.0 - 0.5 * 0.96**step)

    def transformation(self) -> optax.GradientTransformationExtraArgs:
        each = super().transformation()

        def init(params: Any) -> Any:
            return each.init(params), jnp.ones((), params[0].dtype)

        def update(updates: Any, state: Any, params: Any = None, **now: Any) -> tuple[Any, Any]:
            slots, product = state
            product = product * self._remembers((now["iterations"] + 1).astype(product.dtype))
            changes, slots = each.update(updates, slots, params, shared=product, **now)
            return changes, (slots, product)

        return optax.GradientTransformationExtraArgs(init, update)

    def state_names(self, count: int) -> list[str]:
        return [*super().state_names(count - 1), "variable"]

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        beta_1, beta_2 = self.rounded(gradient.dtype)
        momentum, velocity = _means(gradient, slots, beta_1, beta_2)
        product = now.shared.astype(gradient.dtype)
        here, ahead = self._remembers(now.step), self._remembers(now.step + 1)
        mean = ahead * momentum / (1 - product * ahead) + (1 - here) * gradient / (1 - product)
        spread = jnp.sqrt(velocity / (1 - beta_2**now.step)) + self.epsilon
        return -mean * now.learning_rate / spread, (momentum, velocity)


class Lamb(_Moments):
    """Adam's step, scaled to the norm of the weight: `w -= |w| / |u|·lr·u` (You et al., 2019).

    `u = m̂ / (√v̂ + ε)` with bias-corrected means; where either norm is 0 the step is not scaled.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **settings)

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        momentum, velocity = _means(gradient, slots, self.beta_1, self.beta_2)
        spread = jnp.sqrt(velocity / (1.0 - self.beta_2**now.step)) + self.epsilon
        step = momentum / (1.0 - self.beta_1**now.step) / spread
        weight_norm, step_norm = (jnp.sqrt(jnp.sum(jnp.square(values))) for values in (now.weight, step))
        moves = (weight_norm > 0) & (step_norm > 0)
        ratio = jnp.where(moves, weight_norm / jnp.where(moves, step_norm, 1.0), 1.0)
        return -ratio * now.learning_rate * step, (momentum, velocity)


class ScheduleFreeAdamW(_Moments):
    """Adam without a schedule: gradients are taken between a fast and an averaged iterate (Defazio et al., 2024).

    The slot `momentum` is the fast iterate z, the weight is y: `z -= lr·g / (√v̂ + ε)`, `x` is the mean of all z, and
    `y = (1 - β₁)·z + β₁·x`. The rate rises evenly within the first `warmup_steps`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **settings)
        self.warmup_steps = warmup_steps

    def first_value(self, slot: str, weight: jax.Array) -> jax.Array:
        return jnp.array(weight) if slot == "momentum" else jnp.zeros_like(weight)

    def rule(self, gradient: jax.Array, slots: Slots, now: Now) -> tuple[jax.Array, Slots]:
        fast, velocity = slots
        rate = now.learning_rate * (jnp.minimum(now.step / self.warmup_steps, 1.0) if self.warmup_steps > 0 else 1.0)
        beta_1, beta_2 = self.rounded(gradient.dtype)
        velocity = velocity + (jnp.square(gradient) - velocity) * (1 - beta_2)
        spread = jnp.sqrt(velocity / (1 - beta_2**now.step)) + self.epsilon
        moved = fast - rate * gradient / spread
        mean = (now.weight - (1 - beta_1) * fast) / beta_1
        mean = (1 - 1 / now.step) * mean + moved / now.step
        return (1 - beta_1) * moved + beta_1 * mean - now.weight, (moved, velocity)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "warmup_steps": self.warmup_steps}


def _means(gradient: jax.Array, slots: Slots, beta_1: Any, beta_2: Any) -> tuple[jax.Array, jax.Array]:
    """The new running means of the gradient and of its square."""
    momentum, velocity = slots
    momentum = momentum + (gradient - momentum) * (1 - beta_1)
    return momentum, velocity + (jnp.square(gradient) - velocity) * (1 - beta_2)
