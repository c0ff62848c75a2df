"""Learning rates that follow half a period of a cosine, once or again and again (Loshchilov and Hutter, 2016)."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from .schedule import LearningRateSchedule, as_float, checked_steps


def _half_period(share: jax.Array) -> jax.Array:
    """From 1, where none of the way is done, to 0, where all is."""
    return 0.5 * (1.0 + jnp.cos(math.pi * share))


class CosineDecay(LearningRateSchedule):
    """From the initial rate down to `alpha` of it within `decay_steps`.

    With a `warmup_target` the rate first rises evenly from the initial one to the target, within `warmup_steps`, and
    the cosine begins there.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = checked_steps("decay_steps", decay_steps)
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> jax.Array:
        done = as_float(step)
        if self.warmup_target is None:
            return self._decayed(done, self.initial_learning_rate)
        rise = self.warmup_target - self.initial_learning_rate
        risen = rise * done / max(1, self.warmup_steps) + self.initial_learning_rate
        return jnp.where(done < self.warmup_steps, risen, self._decayed(done - self.warmup_steps, self.warmup_target))

    def _decayed(self, done: jax.Array, start: float) -> jax.Array:
        share = jnp.minimum(done, self.decay_steps) / self.decay_steps
        return start * ((1 - self.alpha) * _half_period(share) + self.alpha)

    def get_config(self) -> dict[str, Any]:
        names = ("initial_learning_rate", "decay_steps", "alpha", "name", "warmup_target", "warmup_steps")
        return {name: vars(self)[name] for name in names}


class CosineDecayRestarts(LearningRateSchedule):
    """Cosine decays one after another, each `t_mul` times as long and starting `m_mul` times as high as the last."""

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = checked_steps("first_decay_steps", first_decay_steps)
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> jax.Array:
        restarts, share = self._position(as_float(step) / self.first_decay_steps)
        height = jnp.power(as_float(self.m_mul), restarts) * _half_period(share)
        return self.initial_learning_rate * ((1 - self.alpha) * height + self.alpha)

    def _position(self, periods: jax.Array) -> tuple[jax.Array, jax.Array]:
        """How many decays are over after so many times the first one's length, and the share done of this one."""
        if self.t_mul == 1.0:
            return jnp.floor(periods), periods - jnp.floor(periods)
        # The lengths are a geometric series: n decays take (tⁿ - 1) / (t - 1).
        t = as_float(self.t_mul)
        restarts = jnp.floor(jnp.log(1.0 - periods * (1.0 - t)) / jnp.log(t))
        before = (1.0 - jnp.power(t, restarts)) / (1.0 - t)
        return restarts, (periods - before) / jnp.power(t, restarts)

    def get_config(self) -> dict[str, Any]:
        names = ("initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha", "name")
        return {name: vars(self)[name] for name in names}
