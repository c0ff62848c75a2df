"""Every schedule gives Keras' learning rates, and its config can be read by both."""

import inspect
from typing import Any

import jax
import keras
import numpy as np
import pytest

from penstock.optimizers import schedules

# Untyped: what Keras says of its own types is too loose to check.
KERAS: Any = keras.optimizers.schedules

STEPS = [0, 1, 2, 3, 5, 8, 9, 10, 11, 15, 20, 21, 35, 99, 1000]
CASES = [
    ("ExponentialDecay", (0.1, 10, 0.5), {}),
    ("ExponentialDecay", (0.1, 10, 0.5), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 10, 0.5), {}),
    ("InverseTimeDecay", (0.1, 10, 0.5), {"staircase": True}),
    ("PolynomialDecay", (0.1, 10), {}),
    ("PolynomialDecay", (0.1, 10), {"power": 2.0, "end_learning_rate": 0.01}),
    ("PolynomialDecay", (0.1, 10), {"power": 0.5, "cycle": True}),
    ("PiecewiseConstantDecay", ([2, 10], [0.1, 0.05, 0.01]), {}),
    ("PiecewiseConstantDecay", ([5], [1.0, 0.5]), {}),
    ("CosineDecay", (0.1, 10), {}),
    ("CosineDecay", (0.1, 10), {"alpha": 0.2}),
    ("CosineDecay", (0.0, 10), {"warmup_target": 0.1, "warmup_steps": 5, "alpha": 0.1}),
    ("CosineDecayRestarts", (0.1, 10), {}),
    ("CosineDecayRestarts", (0.1, 10), {"t_mul": 1.0, "m_mul": 0.9}),
    ("CosineDecayRestarts", (0.1, 7), {"t_mul": 1.5, "m_mul": 0.8, "alpha": 0.1}),
]
IDS = [f"{name} {options}" for name, _, options in CASES]


@pytest.mark.parametrize(("name", "args", "options"), CASES, ids=IDS)
def test_rate_of_every_step(name, args, options):
    ours, theirs = getattr(schedules, name)(*args, **options), getattr(KERAS, name)(*args, **options)
    known = [theirs(step) for step in STEPS]
    np.testing.assert_allclose([ours(step) for step in STEPS], known, rtol=2e-6, atol=1e-9)
    np.testing.assert_allclose(jax.jit(jax.vmap(ours))(np.array(STEPS)), known, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize(("name", "args", "options"), CASES, ids=IDS)
def test_config(name, args, options):
    config = schedules.serialize(getattr(schedules, name)(*args, **options))
    assert config == KERAS.serialize(getattr(KERAS, name)(*args, **options))
    assert schedules.serialize(schedules.deserialize(config)) == config


@pytest.mark.parametrize("name", sorted({name for name, *_ in CASES}))
def test_the_signatures_are_keras(name):
    ours = inspect.signature(getattr(schedules, name)).parameters.values()
    theirs = inspect.signature(getattr(KERAS, name)).parameters.values()
    assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs]


def test_no_steps_and_values_without_boundaries_are_refused():
    with pytest.raises(ValueError, match="decay_steps must be positive, but is 0"):
        schedules.CosineDecay(0.1, 0)
    with pytest.raises(ValueError, match="one element more than boundaries"):
        schedules.PiecewiseConstantDecay([1], [0.1])
    with pytest.raises(NotImplementedError, match="has no `__call__"):
        schedules.LearningRateSchedule()(0)
