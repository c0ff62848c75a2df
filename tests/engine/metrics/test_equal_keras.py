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


def counts(n):
    return RNG.integers(0, 2, (n, C)), RNG.uniform(size=(n, C)).astype("float32")


def coarse(n):
    """Predictions that often equal a threshold."""
    return RNG.integers(0, 2, (n, 1)), (RNG.integers(0, 11, (n, 1)) / 10).astype("float32")


def logits(n):
    return RNG.integers(0, 2, n), RNG.normal(size=n).astype("float32")


def class_numbers(n):
    return RNG.integers(-1, C + 1, n), RNG.integers(0, C, n)


def numbers_in_time(n):
    return RNG.integers(0, C + 1, (n, T)), RNG.integers(0, C, (n, T))


def positive(n):
    return RNG.uniform(0.1, 3, (n, C)), RNG.uniform(0.1, 3, (n, C)).astype("float32")


def ranked(n):
    return RNG.integers(0, C, n), np.array([RNG.permutation(C) for _ in range(n)])


CURVES = [
    {"curve": curve, "summation_method": method, "num_thresholds": 11}
    for curve in ("ROC", "PR", "PRGAIN")
    for method in ("interpolation", "minoring", "majoring")
]
CASES = [
    ("RootMeanSquaredError", {}, normal),
    ("MeanAbsolutePercentageError", {}, normal),
    ("MeanSquaredLogarithmicError", {}, positive),
    ("LogCoshError", {}, normal),
    ("CosineSimilarity", {}, normal),
    ("R2Score", {}, normal),
    ("R2Score", {"class_aggregation": None}, normal),
    ("R2Score", {"class_aggregation": "variance_weighted_average", "num_regressors": 2}, normal),
    ("PearsonCorrelation", {}, normal),
    ("ConcordanceCorrelation", {}, normal),
    ("Hinge", {}, counts),
    ("SquaredHinge", {}, counts),
    ("CategoricalHinge", {}, one_hot),
    ("KLDivergence", {}, one_hot),
    ("Poisson", {}, positive),
    ("TopKCategoricalAccuracy", {"k": 2}, one_hot),
    ("TopKCategoricalAccuracy", {"k": 1}, one_hot_in_time),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, labels),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, ranked),
    *((name, {}, bits) for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")),
    *((name, {"thresholds": [0.7, 0.2]}, flat_bits) for name in ("TruePositives", "FalseNegatives")),
    *((name, {}, bits) for name in ("Precision", "Recall")),
    *((name, {"thresholds": 0.3}, coarse) for name in ("Precision", "Recall")),
    *((name, {"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]}, coarse) for name in ("Precision", "Recall")),
    *((name, {"top_k": 2}, one_hot) for name in ("Precision", "Recall")),
    *((name, {"class_id": 1}, counts) for name in ("Precision", "Recall")),
    *((name, {"class_id": 1, "top_k": 1, "thresholds": 0.4}, one_hot) for name in ("Precision", "Recall")),
    ("SensitivityAtSpecificity", {"specificity": 0.5}, bits),
    ("SpecificityAtSensitivity", {"sensitivity": 0.4, "num_thresholds": 7}, bits),
    ("PrecisionAtRecall", {"recall": 0.6, "class_id": 2}, counts),
    ("RecallAtPrecision", {"precision": 0.5, "num_thresholds": 1}, coarse),
    ("AUC", {}, bits),
    *(("AUC", options, coarse) for options in CURVES),
    ("AUC", {"thresholds": [0.1, 0.7, 0.4]}, flat_bits),
    ("AUC", {"from_logits": True, "num_thresholds": 3}, logits),
    ("AUC", {"multi_label": True, "num_thresholds": 21}, counts),
    ("AUC", {"multi_label": True, "label_weights": [0.2, 1.0, 0.5], "curve": "PR"}, counts),
    ("AUC", {"label_weights": [0.2, 1.0, 0.5]}, counts),
    ("AUC", {"multi_label": True, "num_labels": C, "thresholds": [0.3, 0.9]}, counts),
    *(("F1Score", {"average": average}, one_hot) for average in (None, "micro", "macro", "weighted")),
    ("FBetaScore", {"beta": 2.0, "threshold": 0.3, "average": "weighted"}, counts),
    ("FBetaScore", {"beta": 0.5}, counts),
    ("IoU", {"num_classes": C, "target_class_ids": [0, 2]}, class_numbers),
    ("IoU", {"num_classes": C, "target_class_ids": [0, 2], "dtype": "float32"}, class_numbers),
    ("IoU", {"num_classes": C, "target_class_ids": [1], "ignore_class": 0}, class_numbers),
    ("BinaryIoU", {"threshold": 0.3, "dtype": "float32"}, logits),
    ("MeanIoU", {"num_classes": C + 1, "dtype": "float32"}, class_numbers),
    ("OneHotIoU", {"num_classes": C, "target_class_ids": [0, 1], "dtype": "float32"}, one_hot),
    ("OneHotMeanIoU", {"num_classes": C, "dtype": "float32"}, one_hot),
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


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64:UserWarning")
@pytest.mark.filterwarnings("ignore:You are passing weight as `float`:UserWarning")
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(("name", "options", "draw"), CASES, ids=IDS)
def test_value_after_every_batch_and_after_a_reset(name, options, draw, weights):
    ours, theirs = getattr(metrics, name)(**options), getattr(KERAS, name)(**options)
    for several in (batches(draw), batches(draw)[:1]):
        for y, p in several:
            w = WEIGHTS[weights](len(y))
            # Some of Keras' metrics take no column for one weight per sample.
            known = np.asarray(theirs(y, p, None if w is None else w.reshape(-1)))
            mine = np.asarray(ours(y, p, w))
            # Where nothing has any weight, Keras' mean of nothing is not a number; here every figure is one.
            assert np.isfinite(mine).all()
            np.testing.assert_allclose(mine, np.where(np.isnan(known), mine, known), rtol=2e-6, atol=1e-6)
        ours.reset_state()
        theirs.reset_state()
        assert not any(np.any(v) for v in ours.variables)


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64:UserWarning")
@pytest.mark.parametrize(
    ("name", "options", "draw"),
    [
        ("IoU", {"num_classes": C, "target_class_ids": [0, 2]}, numbers_in_time),
        ("MeanIoU", {"num_classes": C, "ignore_class": 2}, numbers_in_time),
        ("OneHotMeanIoU", {"num_classes": C}, one_hot_in_time),
        ("OneHotIoU", {"num_classes": T, "target_class_ids": [3], "axis": 1, "dtype": "float32"}, one_hot_in_time),
    ],
)
def test_overlap_of_samples_with_more_axes(name, options, draw):
    ours, theirs = getattr(metrics, name)(**options), getattr(KERAS, name)(**options | {"axis": -1})
    for y, p in batches(draw):
        other = (np.moveaxis(a, options.get("axis", -1), -1) for a in (y, p))
        np.testing.assert_allclose(ours(y, p), theirs(*other if "OneHot" in name else (y, p)), rtol=2e-6)


@pytest.mark.parametrize(("name", "options", "draw"), CASES, ids=IDS)
def test_the_compiled_update_equals_the_plain_one(name, options, draw):
    metric = getattr(metrics, name)(**options)
    metric.update_state(*draw(2))
    metric.reset_state()
    update, values = jax.jit(metric.stateless_update_state), metric.stateless_reset_state()
    for y, p in batches(draw)[:2]:
        metric.update_state(y, p)
        values = update(values, y, p)
    for value, variable in zip(values, metric.variables, strict=True):
        np.testing.assert_allclose(value, variable, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(metric.stateless_result(values), metric.result(), rtol=1e-5)


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
    theirs = KERAS.serialize(getattr(KERAS, name)(**options, name="mine"))
    # Keras forgets an argument of one, and writes a tensor into the config of another.
    forgotten = {"axis": -1} if name == "CosineSimilarity" else {}
    weights = {"label_weights": options["label_weights"]} if "label_weights" in options else {}
    assert ours == {**theirs, "config": {**forgotten, **theirs["config"], **weights}}
    assert metrics.serialize(metrics.deserialize(ours)) == ours


FIRST_OPTIONS: dict[str, Any] = {name: options for name, options, _ in reversed(CASES)} | {"Mean": {}, "Sum": {}}


@pytest.mark.parametrize("name", sorted(FIRST_OPTIONS))
def test_signature_names_and_variables(name):
    ours, theirs = getattr(metrics, name), getattr(KERAS, name)
    mine, known = inspect.signature(ours).parameters, inspect.signature(theirs).parameters
    assert [(p.name, p.default) for p in mine.values()] == [(p.name, p.default) for p in known.values()]
    options = {"name": "mine", **FIRST_OPTIONS[name]}
    assert [v.path for v in ours(**options).variables] == [v.path for v in theirs(**options).variables]
    # Keras does not say which way these get better.
    assert name in ("KLDivergence", "Poisson") or ours(**options).direction == theirs(**options).__dict__.get(
        "_direction"
    )
