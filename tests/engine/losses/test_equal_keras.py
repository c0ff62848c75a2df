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
KERAS_BACKEND: Any = keras.src.backend

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
POSITIVE = RNG.uniform(0.1, 3, (N, C))
UNIT = P / np.linalg.norm(P, axis=-1, keepdims=True)
SEQUENCES = np.array([[1, 2, 2, 0], [2, 1, 0, 0], [1, 1, 1, 1], [2, 0, 0, 0], [0, 0, 0, 0], [1, 2, 1, 0]])
STEPS = RNG.normal(size=(N, 9, 3)).astype("float32")
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
    ("MeanAbsolutePercentageError", {}, np.where(BITS, Y, 0), P),
    ("MeanSquaredLogarithmicError", {}, POSITIVE, P),
    ("CosineSimilarity", {}, np.where(LABELS[:, None], Y, 0), P),
    ("Huber", {}, Y, P),
    ("Huber", {"delta": 0.3}, Y, P),
    ("LogCosh", {}, Y, 30 * P),
    ("Hinge", {}, BITS, P),
    ("Hinge", {}, 2 * BITS - 1, P),
    ("Hinge", {}, Y, P),
    ("SquaredHinge", {}, BITS, P),
    ("CategoricalHinge", {}, one_hot(N), P),
    ("KLDivergence", {}, probabilities(N, C), Q),
    ("Poisson", {}, POSITIVE, Q),
    ("BinaryFocalCrossentropy", {}, BITS, Q),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.4, "gamma": 1.5}, BITS, Q),
    ("BinaryFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, BITS, P),
    ("CategoricalFocalCrossentropy", {}, one_hot(N), 3 * Q),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.2, "gamma": 3.0}, one_hot(N), P),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, LABELS, Q),
    ("Dice", {"axis": -1}, BITS, Q),
    ("Tversky", {"axis": [1], "alpha": 0.3, "beta": 0.6}, BITS, Q),
    ("Circle", {"gamma": 4.0}, LABELS, UNIT),
    ("Circle", {"margin": 0.2, "remove_diagonal": False}, LABELS, UNIT),
    ("CTC", {}, SEQUENCES, STEPS),
]
OVER_ALL = [("CosineSimilarity", {"axis": 0}, Y, P), ("Dice", {}, BITS, Q), ("Tversky", {"alpha": 0.3}, BITS, Q)]
IDS = [f"{name} {options}" for name, options, *_ in CASES]


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("name", "options", "y", "p"), CASES, ids=IDS)
def test_value(name, options, y, p, reduction, weights):
    ours = getattr(losses, name)(**options, reduction=reduction)(y, p, WEIGHTS[weights])
    theirs = getattr(KERAS, name)(**options, reduction=reduction)(y, p, WEIGHTS[weights])
    # Keras makes unreduced values a column where the weights are one.
    np.testing.assert_allclose(ours, np.reshape(theirs, ours.shape), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("name", "options", "y", "p"), OVER_ALL)
def test_value_over_the_whole_batch(name, options, y, p):
    ours, theirs = (getattr(namespace, name)(**options)(y, p) for namespace in (losses, KERAS))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


MASKS = [RNG.integers(0, 2, N).astype(bool), RNG.integers(0, 2, (N, T)).astype(bool), np.zeros(N, bool)]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weights", [None, RNG.uniform(size=(N, T))], ids=["none", "per step"])
@pytest.mark.parametrize("mask", MASKS, ids=["samples", "steps", "nothing"])
@pytest.mark.parametrize(
    ("name", "options", "y"),
    [
        ("CategoricalCrossentropy", {}, one_hot(N, T)),
        ("SparseCategoricalCrossentropy", {"ignore_class": 1}, RNG.integers(0, C, (N, T))),
    ],
)
def test_value_under_a_mask(name, options, y, weights, mask, reduction):
    p = jax.numpy.asarray(probabilities(N, T, C))
    masked = KERAS_BACKEND.convert_to_tensor(p)
    # Keras wants the shape of the values, and keeps the mask on the tensor.
    whole = np.broadcast_to(mask.reshape(mask.shape + (1,) * (2 - mask.ndim)), (N, T))
    KERAS_BACKEND.set_keras_mask(masked, jax.numpy.asarray(whole))
    ours = getattr(losses, name)(**options, reduction=reduction)(y, p, weights, mask=mask)
    theirs = getattr(KERAS, name)(**options, reduction=reduction)(y, masked, weights)
    np.testing.assert_allclose(ours, np.nan_to_num(theirs), rtol=1e-6)


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


FUNCTIONS = {name: getattr(KERAS, name)().fn.__name__ for name, *_ in CASES}


@pytest.mark.parametrize(("name", "options", "y", "p"), CASES, ids=IDS)
def test_function(name, options, y, p):
    function = FUNCTIONS[name]
    ours = getattr(losses, function)(y, p, **options)
    theirs = getattr(KERAS, function)(y, p, **options)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


# Arguments that Keras' constructors take and its configs forget.
FORGOTTEN = {"SparseCategoricalCrossentropy": {"axis": -1}, "Huber": {"delta": 1.0}, "CosineSimilarity": {"axis": -1}}


@pytest.mark.parametrize(("name", "options"), [case[:2] for case in CASES], ids=IDS)
def test_config(name, options):
    ours = losses.serialize(getattr(losses, name)(**options, reduction="sum", name="mine"))
    theirs = KERAS.serialize(getattr(KERAS, name)(**options, reduction="sum", name="mine"))
    forgotten = FORGOTTEN.get(name, {})
    assert ours == {
        **theirs,
        "config": {**forgotten, **{k: v for k, v in options.items() if k in forgotten}, **theirs["config"]},
    }
    assert losses.serialize(losses.deserialize(ours)) == ours
    if name != "CategoricalGeneralizedCrossEntropy":  # which Keras cannot look up by its name
        assert KERAS.deserialize(ours).get_config() == theirs["config"]


@pytest.mark.parametrize("name", sorted({case[0] for case in CASES}))
def test_signature(name):
    ours, theirs = inspect.signature(getattr(losses, name)), inspect.signature(getattr(KERAS, name))
    assert list(ours.parameters) == list(theirs.parameters)
    assert [p.default for p in ours.parameters.values()] == [p.default for p in theirs.parameters.values()]
