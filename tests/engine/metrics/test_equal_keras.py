"""Every metric, over several batches with every kind of weights, gives Keras' numbers."""

import inspect
from typing import Any

import jax
import keras
import numpy as np
import pytest

from penstock import metrics

# Untyped: what Keras says of its own types is too loose to check.
KERAS: Any = keras.metrics

RNG = np.random.default_rng(1)
C, T = 3, 4
SIZES = (6, 6, 1)


def batches(draw):
    return [draw(n) for n in SIZES]


def simplex(*shape):
    values = RNG.uniform(0.01, 1, shape).astype("float32")
    return values / values.sum(-1, keepdims=True)


def normal(n):
    return RNG.normal(size=(n, C)), RNG.normal(size=(n, C)).astype("float32")


def bits(n):
    return RNG.integers(0, 2, (n, 1)), RNG.uniform(size=(n, 1)).astype("float32")


def flat_bits(n):
    return RNG.integers(0, 2, n).astype(bool), RNG.uniform(size=(n, 1)).astype("float32")


def one_hot(n):
    return np.eye(C)[RNG.integers(0, C, n)], simplex(n, C)


def one_hot_in_time(n):
    return np.eye(C)[RNG.integers(0, C, (n, T))], simplex(n, T, C)


def labels(n):
    return RNG.integers(0, C, n), simplex(n, C)


def labels_column(n):
    return RNG.integers(0, C, (n, 1)).astype("float32"), simplex(n, C)


def labels_in_time(n):
    return RNG.integers(0, C, (n, T)), simplex(n, T, C)


CASES = [
    ("MeanSquaredError", {}, normal),
    ("MeanAbsoluteError", {}, normal),
    ("Accuracy", {}, lambda n: (RNG.integers(0, 2, (n, 1)), RNG.integers(0, 2, (n, 1)))),
    ("BinaryAccuracy", {}, bits),
    ("BinaryAccuracy", {"threshold": 0.2}, flat_bits),
    ("CategoricalAccuracy", {}, one_hot),
    ("CategoricalAccuracy", {}, one_hot_in_time),
    ("SparseCategoricalAccuracy", {}, labels),
    ("SparseCategoricalAccuracy", {}, labels_column),
    ("SparseCategoricalAccuracy", {}, labels_in_time),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, bits),
    ("BinaryCrossentropy", {"from_logits": True}, bits),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, one_hot),
    ("CategoricalCrossentropy", {"from_logits": True}, one_hot_in_time),
    ("SparseCategoricalCrossentropy", {}, labels),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, labels_in_time),
]
IDS = [f"{name} {options} {draw.__name__}" for name, options, draw in CASES]
WEIGHTS = {
    "none": lambda n: None,
    "per sample": lambda n: RNG.uniform(size=n),
    "column": lambda n: RNG.uniform(size=(n, 1)),
    "zero": np.zeros,
}


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(("name", "options", "draw"), CASES, ids=IDS)
def test_value_after_every_batch_and_after_a_reset(name, options, draw, weights):
    ours, theirs = getattr(metrics, name)(**options), getattr(KERAS, name)(**options)
    for _ in range(2):
        for y, p in batches(draw):
            w = WEIGHTS[weights](len(y))
            np.testing.assert_allclose(ours(y, p, w), theirs(y, p, w), rtol=2e-6, atol=1e-7)
        ours.reset_state()
        theirs.reset_state()
        assert not any(float(v) for v in ours.variables)


@pytest.mark.parametrize(("name", "options", "draw"), CASES, ids=IDS)
def test_the_compiled_update_equals_the_plain_one(name, options, draw):
    metric = getattr(metrics, name)(**options)
    update, values = jax.jit(metric.stateless_update_state), metric.stateless_reset_state()
    for y, p in batches(draw)[:2]:
        metric.update_state(y, p)
        values = update(values, y, p)
    np.testing.assert_allclose(values, [v.value for v in metric.variables], rtol=1e-6)
    np.testing.assert_allclose(metric.stateless_result(values), metric.result(), rtol=1e-6)


@pytest.mark.parametrize("name", ["Mean", "Sum"])
@pytest.mark.parametrize(
    ("shape", "weights"),
    [
        (shape, weights)
        for shape in [(), (5,), (5, T), (5, T, 2)]
        for weights in [None, (), (5,), (5, T)]
        if weights is None or len(weights) <= len(shape)
    ],
    ids=str,
)
def test_mean_and_sum_of_any_values(name, shape, weights):
    ours, theirs = getattr(metrics, name)(), getattr(KERAS, name)()
    for _ in range(3):
        values, w = RNG.normal(size=shape), None if weights is None else RNG.uniform(size=weights)
        np.testing.assert_allclose(ours(values, w), theirs(values, w), rtol=2e-6, atol=1e-6)


def test_a_function_is_averaged_as_keras_does():
    def squares(y_true, y_pred, power=2):
        return (y_true - y_pred) ** power

    ours = metrics.MeanMetricWrapper(squares, name="squares", power=3)
    theirs = KERAS.MeanMetricWrapper(squares, name="squares", power=3)
    for y, p in batches(normal):
        w = RNG.uniform(size=len(y))
        np.testing.assert_allclose(ours(y, p, w), theirs(y, p, w), rtol=2e-6)


@pytest.mark.parametrize(("name", "options"), [case[:2] for case in CASES], ids=IDS)
def test_config(name, options):
    ours = metrics.serialize(getattr(metrics, name)(**options, name="mine"))
    assert ours == KERAS.serialize(getattr(KERAS, name)(**options, name="mine"))
    assert metrics.serialize(metrics.deserialize(ours)) == ours


@pytest.mark.parametrize("name", sorted({case[0] for case in CASES} | {"Mean", "Sum"}))
def test_signature_names_and_variables(name):
    ours, theirs = getattr(metrics, name), getattr(KERAS, name)
    mine, known = inspect.signature(ours).parameters, inspect.signature(theirs).parameters
    assert [(p.name, p.default) for p in mine.values()] == [(p.name, p.default) for p in known.values()]
    assert [v.path for v in ours().variables] == [v.path for v in theirs().variables]
    assert ours().direction == theirs().__dict__.get("_direction")


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("binary_accuracy", bits),
        ("binary_accuracy", flat_bits),
        ("categorical_accuracy", one_hot_in_time),
        ("sparse_categorical_accuracy", labels_column),
        ("sparse_categorical_accuracy", labels_in_time),
        ("mean_squared_error", normal),
        ("sparse_categorical_crossentropy", labels),
    ],
)
def test_function(name, draw):
    y, p = draw(6)
    np.testing.assert_allclose(getattr(metrics, name)(y, p), getattr(KERAS, name)(y, p), rtol=1e-6)
