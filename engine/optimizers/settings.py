"""The arguments that every optimizer takes, and what is refused of them."""

import warnings
from typing import Any, TypedDict

import numpy as np

from .. import config


class Settings(TypedDict, total=False):
    """Keyword arguments that every optimizer takes.

    `weight_decay` shrinks weights by that share of the learning rate per step; `clipnorm` bounds the norm of each
    gradient, `global_clipnorm` that of all together, `clipvalue` each element (at most one of the three). The others
    are not built yet.
    """

    weight_decay: float | None
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None


NOT_BUILT = {
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}
_BUILT = ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "name")


def checked_settings(given: dict[str, Any]) -> dict[str, Any]:
    """The settings, if every one is known and built."""
    settings = dict(given)
    if settings.pop("decay", None) is not None:
        warnings.warn("decay has no effect; lower learning_rate from a callback instead", stacklevel=4)
    if "lr" in settings:
        raise ValueError("lr is not an argument; the learning rate is called learning_rate")
    unknown = [name for name in settings if name not in _BUILT and name not in NOT_BUILT]
    if unknown:
        raise ValueError(f"optimizers take no argument {', '.join(unknown)}")
    for name, default in NOT_BUILT.items():
        if settings.get(name, default) != default:
            raise NotImplementedError(f"{name}={settings[name]!r} is not built yet")
    return settings


def checked_rate(learning_rate: Any) -> np.ndarray:
    """The learning rate as an array of the default float type."""
    if callable(learning_rate):
        raise NotImplementedError("learning rate schedules are not built yet; pass a float as learning_rate")
    if not isinstance(learning_rate, (float, np.floating)):
        raise ValueError(f"learning_rate must be a float, but is {learning_rate!r}")
    return np.asarray(learning_rate, config.floatx())
