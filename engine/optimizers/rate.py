"""The learning rate as it is given: a number, a schedule, or a function."""

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import config

# (step) -> rate
Schedule = Callable[[Any], jax.Array]


def checked_rate(learning_rate: Any) -> np.ndarray:
    """The learning rate as an array of the default float type."""
    if not isinstance(learning_rate, (float, np.floating)):
        raise ValueError(f"learning_rate must be a float, a schedule or a function, but is {learning_rate!r}")
    return np.asarray(learning_rate, config.floatx())


def rate_of(schedule: Callable[..., Any], step: Any) -> jax.Array:
    """What a schedule, or a function of the step or of nothing, gives at `step`."""
    takes_step = bool(inspect.signature(schedule).parameters)
    return jnp.asarray(schedule(step) if takes_step else schedule(), config.floatx())
