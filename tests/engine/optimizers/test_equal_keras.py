"""Every optimizer, with every option, moves weights and its own variables as Keras does."""

import inspect
from typing import Any

import jax
import keras
import numpy as np
import pytest

from penstock import Variable, optimizers

# Untyped: what Keras says of its own types is too loose to check.
KERAS: Any = keras.optimizers

RNG = np.random.default_rng(2)
SHAPES = {"kernel": (3, 4), "bias": (5,)}
STEPS = 5
WEIGHTS = {name: RNG.normal(size=shape).astype("float32") for name, shape in SHAPES.items()}
GRADIENTS = [[RNG.normal(size=shape).astype("float32") for shape in SHAPES.values()] for _ in range(STEPS)]

RULES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("RMSprop", {}),
    ("RMSprop", {"rho": 0.8, "momentum": 0.9}),
    ("RMSprop", {"rho": 0.8, "centered": True}),
    ("RMSprop", {"rho": 0.8, "momentum": 0.9, "centered": True, "epsilon": 1e-5}),
    ("Adam", {}),
    ("Adam", {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-4}),
    ("Adam", {"beta_1": 0.8, "amsgrad": True}),
]
COMMON = [
    {"weight_decay": 0.04},
    {"clipnorm": 0.5},
    {"clipvalue": 0.3},
    {"global_clipnorm": 0.7},
    {"weight_decay": 0.1, "clipnorm": 3.0},
]
CASES = [*RULES, *((name, common) for name in ("SGD", "RMSprop", "Adam") for common in COMMON)]


def pair(name, options):
    """Penstock's and Keras' optimizer and weights, alike."""
    theirs = getattr(KERAS, name)(**options, name="opt")
    with keras.name_scope("layer"):
        known = [keras.Variable(w, name=name) for name, w in WEIGHTS.items()]
    ours = getattr(optimizers, name)(**options, name="opt")
    mine = [Variable(w, name=name) for name, w in WEIGHTS.items()]
    for variable in mine:
        variable.path = f"layer/{variable.name}"
    return ours, mine, theirs, known


def values_of(variables):
    return [v.value for v in variables]


def trained(optimizer, weights):
    """Weights and own values after all steps of the compiled pure update, the last two at another learning rate."""
    optimizer.build(weights)
    step = jax.jit(optimizer.stateless_apply)
    trainable, own = values_of(weights), values_of(optimizer.variables)
    for number, gradients in enumerate(GRADIENTS):
        if number == STEPS - 2:
            own[1] = np.float32(0.3)
        trainable, own = step(own, gradients, trainable)
    return trainable, own


def assert_close(ours, theirs):
    for mine, known in zip(ours, theirs, strict=True):
        assert mine.dtype == known.dtype
        np.testing.assert_allclose(mine, known, rtol=2e-6, atol=2e-6 * max(1e-3, float(np.max(np.abs(known)))))


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_five_steps(name, options):
    ours, mine, theirs, known = pair(name, {"learning_rate": 0.02, **options})
    weights, own = trained(ours, mine)
    known_weights, known_own = trained(theirs, known)
    assert_close(weights, known_weights)
    assert_close(own, known_own)


@pytest.mark.parametrize(("name", "options"), RULES, ids=str)
def test_variables_have_keras_order_names_and_types(name, options):
    ours, mine, theirs, known = pair(name, options)
    ours.build(mine)
    theirs.build(known)
    assert [(v.path, v.shape, v.dtype) for v in ours.variables] == [
        (v.path, v.shape, v.dtype) for v in theirs.variables
    ]
    for v, w in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_array_equal(v.value, w.value)


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_config(name, options):
    ours, _, theirs, _ = pair(name, options)
    config = optimizers.serialize(ours)
    assert config == KERAS.serialize(theirs)
    assert optimizers.serialize(optimizers.deserialize(config)) == config


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam"])
def test_the_defaults_are_keras(name):
    ours = inspect.signature(getattr(optimizers, name)).parameters
    theirs = inspect.signature(getattr(KERAS, name)).parameters
    own = [p for p in ours.values() if p.kind is not p.VAR_KEYWORD]
    assert [(p.name, p.default) for p in own] == [(p.name, p.default) for p in theirs.values()][: len(own)]
