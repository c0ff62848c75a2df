"""The base of every schedule: a function of the step that has a config."""

from typing import Any, Self

import jax
import jax.numpy as jnp

from .. import config


class LearningRateSchedule:
    """Gives the learning rate of a step; the first step is 0.

    Subclasses write `__call__(step)`, in functions of `jax.numpy` since `step` is traced, and `get_config` if they are
    to be saved.

    ```python
    class Halves(ps.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.1 * 0.5 ** (step // 1000)
    ```
    """

    def __call__(self, step: Any) -> jax.Array:
        raise NotImplementedError(f"{type(self).__name__} has no `__call__(step)` method")

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError(f"{type(self).__name__} has no `get_config` method, so it cannot be saved")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)


def as_float(value: Any) -> jax.Array:
    """An array of the default float type, in which rates are computed."""
    return jnp.asarray(value, config.floatx())


def checked_steps(argument: str, steps: float) -> float:
    """`steps`, if there are any."""
    if steps <= 0:
        raise ValueError(f"{argument} must be positive, but is {steps}")
    return steps
