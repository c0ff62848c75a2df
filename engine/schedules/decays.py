"""Learning rates that fall step by step: exponentially, by a polynomial, or as one over time."""

from typing import Any

import jax
import jax.numpy as jnp

from .schedule import LearningRateSchedule, as_float, checked_steps


class _Decay(LearningRateSchedule):
    """Base of schedules that know how many times `decay_steps` went by."""

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool, name: str
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = checked_steps("decay_steps", decay_steps)
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def _decays(self, step: Any) -> jax.Array:
        decays = as_float(step) / self.decay_steps
        return jnp.floor(decays) if self.staircase else decays

    def get_config(self) -> dict[str, Any]:
        names = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")
        return {name: vars(self)[name] for name in names}


class ExponentialDecay(_Decay):
    """`initial · rate^(step / decay_steps)`; with `staircase` the exponent is rounded down."""

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)

    def __call__(self, step: Any) -> jax.Array:
        return self.initial_learning_rate * jnp.power(as_float(self.decay_rate), self._decays(step))


class InverseTimeDecay(_Decay):
    """`initial / (1 + rate · step / decay_steps)`; with `staircase` the quotient is rounded down."""

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)

    def __call__(self, step: Any) -> jax.Array:
        return self.initial_learning_rate / (1.0 + self.decay_rate * self._decays(step))


class PolynomialDecay(LearningRateSchedule):
    """From the initial to the end rate within `decay_steps`: `(initial - end) · (1 - step / decay_steps)^power + end`.

    Afterwards it stays there; with `cycle` the steps are taken of the next multiple of `decay_steps` instead.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = checked_steps("decay_steps", decay_steps)
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> jax.Array:
        done = as_float(step)
        if self.cycle:
            share = done / (self.decay_steps * jnp.maximum(jnp.ceil(done / self.decay_steps), 1.0))
        else:
            share = jnp.minimum(done, self.decay_steps) / self.decay_steps
        span = self.initial_learning_rate - self.end_learning_rate
        return span * jnp.power(1.0 - share, self.power) + self.end_learning_rate

    def get_config(self) -> dict[str, Any]:
        names = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle", "name")
        return {name: vars(self)[name] for name in names}


class PiecewiseConstantDecay(LearningRateSchedule):
    """`values[i]` up to and including the step `boundaries[i]`, and the last value from there on."""

    def __init__(self, boundaries: list[float], values: list[float], name: str = "PiecewiseConstant") -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                f"values must have one element more than boundaries, but there are {len(values)} and {len(boundaries)}"
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> jax.Array:
        passed = jnp.sum(as_float(step) > as_float(self.boundaries))
        return as_float(self.values)[passed]

    def get_config(self) -> dict[str, Any]:
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}
