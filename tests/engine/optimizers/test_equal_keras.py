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

SCHEDULE = ("CosineDecay", (0.1, 4))
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
    ("AdamW", {}),
    ("AdamW", {"weight_decay": 0.3, "amsgrad": True}),
    ("Adagrad", {}),
    ("Adagrad", {"initial_accumulator_value": 0.5, "epsilon": 1e-3}),
    ("Adadelta", {}),
    ("Adadelta", {"rho": 0.7, "epsilon": 1e-3}),
    ("Adamax", {}),
    ("Adamax", {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3}),
    ("Nadam", {}),
    ("Nadam", {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3}),
    ("Ftrl", {}),
    ("Ftrl", {"learning_rate_power": -0.7, "l1_regularization_strength": 0.1, "beta": 0.5}),
    ("Ftrl", {"l2_regularization_strength": 0.2, "l2_shrinkage_regularization_strength": 0.1}),
    ("Lion", {}),
    ("Lion", {"beta_1": 0.7, "beta_2": 0.8}),
    ("Lamb", {}),
    ("Lamb", {"beta_1": 0.7, "beta_2": 0.8, "epsilon": 1e-3}),
    ("Adafactor", {}),
    ("Adafactor", {"beta_2_decay": -0.5, "clip_threshold": 0.5, "relative_step": False}),
    ("Muon", {}),
    ("Muon", {"nesterov": False, "rms_rate": None, "ns_steps": 3, "adam_lr_ratio": 0.5, "adam_weight_decay": None}),
    ("Muon", {"exclude_layers": ["layer/k"], "weight_decay": None}),
    ("ScheduleFreeAdamW", {}),
    ("ScheduleFreeAdamW", {"beta_1": 0.8, "beta_2": 0.9, "warmup_steps": 3}),
]
NAMES = sorted({name for name, _ in RULES})
DECAYS = ("SGD", "Adam", "Ftrl", "Lamb", "Adafactor", "Muon", "ScheduleFreeAdamW")
CASES = [
    *RULES,
    *((name, {"weight_decay": 0.04}) for name in DECAYS),
    *((name, {"clipnorm": 0.5}) for name in NAMES),
    *((name, {"clipvalue": 0.3}) for name in ("SGD", "RMSprop", "Adam", "Nadam", "Lamb")),
    *((name, {"global_clipnorm": 0.7}) for name in ("SGD", "RMSprop", "Adam", "Ftrl", "Muon")),
    *((name, {"learning_rate": SCHEDULE}) for name in ("SGD", "Adam", "Adafactor", "Nadam")),
    *((name, {"use_ema": True, "ema_momentum": 0.6}) for name in ("SGD", "Adam")),
    *((name, {"use_ema": True, "ema_overwrite_frequency": 2}) for name in ("SGD", "RMSprop")),
    *((name, {"gradient_accumulation_steps": 2}) for name in NAMES),
    ("Adam", {"gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 2, "clipnorm": 0.5}),
    ("SGD", {"gradient_accumulation_steps": 2, "learning_rate": SCHEDULE, "weight_decay": 0.1}),
    ("SGD", {"loss_scale_factor": 8.0}),
    ("RMSprop", {"weight_decay": 0.1, "clipnorm": 3.0, "loss_scale_factor": 2.0}),
]


def made(namespace, name, options):
    rate = options.get("learning_rate")
    if isinstance(rate, tuple):
        kind, args = rate
        options = {**options, "learning_rate": getattr(namespace.schedules, kind)(*args)}
    return getattr(namespace, name)(**options, name="opt")


def pair(name, options):
    """Penstock's and Keras' optimizer and weights, alike."""
    theirs = made(KERAS, name, options)
    with keras.name_scope("layer"):
        known = [keras.Variable(w, name=name) for name, w in WEIGHTS.items()]
    ours = made(optimizers, name, options)
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
        if number == STEPS - 2 and [v.name for v in optimizer.variables[1:2]] == ["learning_rate"]:
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
    # Where Keras forgot the optimizer's name, or the weight's path, it is not missed.
    path = (lambda v: "") if name in ("Adafactor", "Nadam") else (lambda v: v.path)
    assert [(path(v), v.shape, v.dtype) for v in ours.variables] == [
        (path(v), v.shape, v.dtype) for v in theirs.variables
    ]
    for v, w in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_array_equal(v.value, w.value)


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_config(name, options):
    ours, _, theirs, _ = pair(name, options)
    config = optimizers.serialize(ours)
    assert config == KERAS.serialize(theirs)
    assert optimizers.serialize(optimizers.deserialize(config)) == config


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_are_keras(name):
    ours = inspect.signature(getattr(optimizers, name)).parameters
    theirs = inspect.signature(getattr(KERAS, name)).parameters
    for p in ours.values():
        assert p.kind is p.VAR_KEYWORD or p.default == theirs[p.name].default
    positional = [p.name for p in ours.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == list(theirs)[: len(positional)]
