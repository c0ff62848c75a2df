"""Settings that every part of the engine reads: the default float type and the fuzz factor."""

from dataclasses import dataclass

_FLOATS = ("float16", "bfloat16", "float32", "float64")


@dataclass
class _Settings:
    floatx: str = "float32"
    epsilon: float = 1e-7


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
