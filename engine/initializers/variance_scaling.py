"""Initializers whose spread follows from how many units a weight connects."""

import math
from collections.abc import Sequence
from typing import Any

import jax

from ..random import SeedGenerator
from .random import RandomInitializer

# The standard deviation of a standard normal distribution that is cut off at ±2.
_TRUNCATED_STDDEV = 0.87962566103423978

Axes = Sequence[int] | None

_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


class VarianceScaling(RandomInitializer):
    """Values with variance `scale / n`, where n is the fan that `mode` names.

    `mode` is "fan_in" (units that feed one output), "fan_out" or "fan_avg"; `distribution` is "truncated_normal"
    (also "normal"), "untruncated_normal" or "uniform". `input_axes` and `output_axes` say which axes of the weight
    are inputs and outputs (both or neither); by default those are the last two, and the axes before them a window that
    counts for both.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | SeedGenerator | None = None,
        input_axes: Axes = None,
        output_axes: Axes = None,
    ) -> None:
        super().__init__(seed)
        if scale <= 0:
            raise ValueError(f"scale must be positive, but is {scale}")
        self.scale = scale
        self.mode = _one_of("mode", mode, _MODES)
        name = "truncated_normal" if distribution.lower() == "normal" else distribution.lower()
        self.distribution = _one_of("distribution", name, _DISTRIBUTIONS)
        self.input_axes = input_axes
        self.output_axes = output_axes

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> jax.Array:
        fan_in, fan_out = fans(shape, self.input_axes, self.output_axes)
        units = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, units)
        if self.distribution == "truncated_normal":
            return self.truncated_normal(shape, math.sqrt(variance) / _TRUNCATED_STDDEV, dtype)
        if self.distribution == "untruncated_normal":
            return self.normal(shape, math.sqrt(variance), dtype)
        limit = math.sqrt(3 * variance)
        return self.uniform(shape, -limit, limit, dtype)

    def get_config(self) -> dict[str, Any]:
        mine = {"scale": self.scale, "mode": self.mode, "distribution": self.distribution}
        return {**super().get_config(), **mine, "input_axes": self.input_axes, "output_axes": self.output_axes}


class _Preset(VarianceScaling):
    """Variance scaling with everything but the seed settled."""

    settings: tuple[float, str, str]

    def __init__(
        self, seed: int | SeedGenerator | None = None, input_axes: Axes = None, output_axes: Axes = None
    ) -> None:
        super().__init__(*self.settings, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {key: config[key] for key in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_Preset):
    """Uniform within ±√(6 / (fan_in + fan_out)), after Glorot and Bengio, 2010; also called Xavier uniform."""

    settings = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Preset):
    """Truncated normal with σ = √(2 / (fan_in + fan_out)), after Glorot and Bengio, 2010; also called Xavier normal."""

    settings = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Preset):
    """Uniform within ±√(6 / fan_in), for layers followed by a ReLU; after He et al., 2015."""

    settings = (2.0, "fan_in", "uniform")


class HeNormal(_Preset):
    """Truncated normal with σ = √(2 / fan_in), for layers followed by a ReLU; after He et al., 2015."""

    settings = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Preset):
    """Uniform within ±√(3 / fan_in); after LeCun et al., 1998."""

    settings = (1.0, "fan_in", "uniform")


class LecunNormal(_Preset):
    """Truncated normal with σ = √(1 / fan_in); after LeCun et al., 1998, as SELU wants it."""

    settings = (1.0, "fan_in", "truncated_normal")


def fans(shape: tuple[int, ...], input_axes: Axes = None, output_axes: Axes = None) -> tuple[int, int]:
    """How many units feed one output of a weight, and how many one input feeds: `(fan_in, fan_out)`."""
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[axis] for axis in input_axes), math.prod(shape[axis] for axis in output_axes)
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


def _one_of(argument: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{argument} must be one of {', '.join(allowed)}, but is {value!r}")
    return value
