"""Settings that every part of the engine reads: the default float type, the fuzz factor, and caps for trial runs.

The caps are read from `KERAS_MAX_EPOCHS` and `KERAS_MAX_STEPS_PER_EPOCH` at first, as in Keras.
"""

import os
import warnings
from dataclasses import dataclass, field

_FLOATS = ("float16", "bfloat16", "float32", "float64")


def _from_environment(name: str) -> int | None:
    text = os.environ.get(name)
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"the environment variable {name} must be a positive whole number, but is {text!r}")
    return int(text)


@dataclass
class _Settings:
    floatx: str = "float32"
    epsilon: float = 1e-7
    max_epochs: int | None = field(default_factory=lambda: _from_environment("KERAS_MAX_EPOCHS"))
    max_steps_per_epoch: int | None = field(default_factory=lambda: _from_environment("KERAS_MAX_STEPS_PER_EPOCH"))


_settings = _Settings()


def floatx() -> str:
    """The default float type of weights and inputs, e.g. `"float32"`."""
    return _settings.floatx


def set_floatx(value: str) -> None:
    """Set the default float type: one of float16, bfloat16, float32 and float64."""
    if value not in _FLOATS:
        raise ValueError(f"floatx must be one of {', '.join(_FLOATS)}, but is {value!r}")
    _settings.floatx = value


def epsilon() -> float:
    """The small number that keeps divisions and logarithms finite (1e-7)."""
    return _settings.epsilon


def set_epsilon(value: float) -> None:
    """Set the small number that keeps divisions and logarithms finite."""
    if value <= 0:
        raise ValueError(f"epsilon must be positive, but is {value}")
    _settings.epsilon = float(value)


def image_data_format() -> str:
    """The order of axes in images: always `"channels_last"`."""
    return "channels_last"


def max_epochs() -> int | None:
    """The most epochs that any `fit` goes to, for trial runs; None where there is no cap."""
    return _settings.max_epochs


def set_max_epochs(max_epochs: int | None) -> None:
    """Cap the epochs of every `fit`, so that a script can be tried out quickly; None lifts the cap."""
    _settings.max_epochs = _checked_cap("max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """The most steps that any epoch takes, for trial runs; None where there is no cap."""
    return _settings.max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Cap the steps of every epoch of `fit`, `evaluate` and `predict`; None lifts the cap."""
    _settings.max_steps_per_epoch = _checked_cap("max_steps_per_epoch", max_steps_per_epoch)


def _checked_cap(name: str, value: int | None) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise ValueError(f"{name} must be a positive whole number, or None for no cap, but is {value!r}")
    return value


def capped_epochs(epochs: int) -> int:
    """As many epochs as the cap allows; a warning says where it bites."""
    cap = _settings.max_epochs
    if cap is None or epochs <= cap:
        return epochs
    warnings.warn(f"Limiting epochs to {cap}, as config.set_max_epochs says", stacklevel=4)
    return cap


def capped_steps(steps: int | None, length: int | None) -> int | None:
    """As many of `steps` (None or -1: all of the `length`) as the cap allows; a warning says where it bites."""
    cap = _settings.max_steps_per_epoch
    asked = length if steps in (None, -1) else steps
    if cap is None or (asked is not None and asked <= cap):
        return steps
    warnings.warn(f"Limiting steps_per_epoch to {cap}, as config.set_max_steps_per_epoch says", stacklevel=5)
    return cap
