"""Every loss, with every reduction and kind of weights, gives Keras' numbers; so do its config and its gradient."""

import inspect
from typing import Any

import jax
import keras
import numpy as np
import pytest

from penstock import losses

# Untyped: what Keras says of its own types is too loose to check.
KERAS: Any = keras.losses

RNG = np.random.default_rng(0)
N, T, C = 6, 4, 3
REDUCTIONS = ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None]
WEIGHTS = {
    "none": None,
    "per sample": RNG.uniform(size=N).astype("float32"),
    "column": RNG.uniform(size=(N, 1)),
    "some zero": np.array([0, 1, 0, 2, 0, 1]),
    "all zero": np.zeros(N),
}


def probabilities(*shape):
    values = RNG.uniform(0.01, 1, shape).astype("float32")
    return values / values.sum(-1, keepdims=True)


def one_hot(*shape):
    return np.eye(C, dtype="float32")[RNG.integers(0, C, shape)]


Y, P, Q = RNG.normal(size=(N, C)), RNG.normal(size=(N, C)).astype("float32"), probabilities(N, C)
BITS, LABELS = RNG.integers(0, 2, (N, C)), RNG.integers(0, C, N)

# name, options, y_true, y_pred
CASES = [
    ("MeanSquaredError", {}, Y, P),
    ("MeanAbsoluteError", {}, Y, P),
    ("BinaryCrossentropy", {}, BITS, Q),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, BITS, Q),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, BITS.astype(bool), 9 * P),
    ("CategoricalCrossentropy", {}, one_hot(N), 3 * Q),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.3}, one_hot(N), P),
    ("SparseCategoricalCrossentropy", {}, LABELS, 2 * Q),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS[:, None], P),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, LABELS, Q),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": -1}, np.array([-1, 0, 1, 2, -1, 1]), P),
]
IDS = [f"{name} {options}" for name, options, *_ in CASES]


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("name", "options", "y", "p"), CASES, ids=IDS)
def test_value(name, options, y, p, reduction, weights):
    ours = getattr(losses, name)(**options, reduction=reduction)(y, p, WEIGHTS[weights])
    theirs = getattr(KERAS, name)(**options, reduction=reduction)(y, p, WEIGHTS[weights])
    # Keras makes unreduced values a column where the weights are one.
    np.testing.assert_allclose(ours, np.reshape(theirs, ours.shape), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("name", "options", "y", "p"), CASES, ids=IDS)
def test_gradient_of_the_compiled_loss(name, options, y, p):
    ours = jax.jit(jax.grad(lambda p: getattr(losses, name)(**options)(y, p, WEIGHTS["per sample"])))(p)
    theirs = jax.jit(jax.grad(lambda p: getattr(KERAS, name)(**options)(y, p, WEIGHTS["per sample"])))(p)
    np.testing.assert_allclose(ours, theirs, rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weights", [None, RNG.uniform(size=(N, T))], ids=["none", "per step"])
@pytest.mark.parametrize(
    ("name", "y"), [("CategoricalCrossentropy", one_hot(N, T)), ("MeanSquaredError", one_hot(N, T))]
)
def test_value_with_a_time_axis(name, y, weights, reduction):
    p = probabilities(N, T, C)
    ours = getattr(losses, name)(reduction=reduction)(y, p, weights)
    np.testing.assert_allclose(ours, getattr(KERAS, name)(reduction=reduction)(y, p, weights), rtol=1e-6)


@pytest.mark.parametrize("axis", [1, 2])
def test_the_axis_of_classes_may_be_any(axis):
    y, p = one_hot(N, T), probabilities(N, T, C)
    moved = losses.CategoricalCrossentropy(axis=axis)(np.moveaxis(y, -1, axis), np.moveaxis(p, -1, axis))
    np.testing.assert_allclose(moved, KERAS.CategoricalCrossentropy()(y, p), rtol=1e-6)
    sparse = losses.SparseCategoricalCrossentropy(axis=axis)(y.argmax(-1), np.moveaxis(p, -1, axis))
    np.testing.assert_allclose(sparse, moved, rtol=1e-6)


@pytest.mark.parametrize(("name", "options", "y", "p"), CASES, ids=IDS)
def test_function(name, options, y, p):
    function = type(KERAS.get(name))().name
    ours = getattr(losses, function)(y, p, **options)
    theirs = getattr(KERAS, function)(y, p, **options)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("name", "options"), [case[:2] for case in CASES], ids=IDS)
def test_config(name, options):
    ours = losses.serialize(getattr(losses, name)(**options, reduction="sum", name="mine"))
    theirs = KERAS.serialize(getattr(KERAS, name)(**options, reduction="sum", name="mine"))
    # Keras' config forgets the axis of the sparse one, though its constructor takes it.
    assert ours == {**theirs, "config": {**({"axis": -1} if "Sparse" in name else {}), **theirs["config"]}}
    assert losses.serialize(losses.deserialize(ours)) == ours
    assert KERAS.deserialize(ours).get_config() == theirs["config"]


@pytest.mark.parametrize("name", sorted({case[0] for case in CASES}))
def test_signature(name):
    ours, theirs = inspect.signature(getattr(losses, name)), inspect.signature(getattr(KERAS, name))
    assert list(ours.parameters) == list(theirs.parameters)
    assert [p.default for p in ours.parameters.values()] == [p.default for p in theirs.parameters.values()]
