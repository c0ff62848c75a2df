"""Metrics of every kind train, test and log as Keras' do."""

from functools import partial

import keras
import numpy as np
import pytest

import penstock as ps


def compiled(namespace, metrics):
    classes = 3
    model = namespace.Sequential([namespace.Input((4,)), namespace.layers.Dense(classes, activation="softmax")])
    model.compile(namespace.optimizers.SGD(0.1), "categorical_crossentropy", metrics=metrics(namespace.metrics))
    return model


def some(m):
    """Metrics with variables of every kind, among them those whose shapes the first batch tells."""
    counts = [m.AUC(name="auc", num_thresholds=11), m.Precision(name="p"), m.Recall(name="r", thresholds=0.3)]
    lazy = [m.AUC(curve="PR", multi_label=True, name="pr"), m.F1Score(average="macro", name="f"), m.R2Score(name="r2")]
    return [*counts, *lazy, m.OneHotMeanIoU(num_classes=3, name="iou"), m.TopKCategoricalAccuracy(k=2, name="top")]


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64:UserWarning")
def test_logs_equal_keras(line):
    x, _ = line
    y = np.eye(3, dtype="float32")[np.arange(len(x)) % 3]
    ours, theirs = compiled(ps, some), compiled(keras, some)
    theirs.set_weights(ours.get_weights())
    mine = ours.fit(x, y, epochs=2, shuffle=False, verbose=0).history
    known = theirs.fit(x, y, epochs=2, shuffle=False, verbose=0).history
    assert sorted(mine) == sorted(known)
    for name, values in mine.items():
        np.testing.assert_allclose(values, known[name], rtol=1e-4, err_msg=name)


def test_a_metric_may_give_a_value_for_each_class(line):
    x, _ = line
    y = np.eye(3, dtype="float32")[np.arange(len(x)) % 3]
    model = compiled(ps, lambda m: [m.F1Score(name="f")])
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    assert np.shape(logs["f"]) == (3,)


def CamelCase(y_true, y_pred):  # noqa: N802 # what users write is what is named
    return abs(y_true - y_pred)


class Distance:
    def __call__(self, y_true, y_pred):
        return abs(y_true - y_pred)


class Named(Distance):
    name = "own"


def test_functions_are_named_as_in_keras(line):
    functions = [lambda y_true, y_pred: y_pred, CamelCase, Distance(), Named(), partial(CamelCase)]
    names = []
    for namespace in (ps, keras):
        model = namespace.Sequential([namespace.Input((4,)), namespace.layers.Dense(1)])
        model.compile("sgd", "mse", metrics=functions)
        names.append(set(model.evaluate(*line, verbose=0, return_dict=True)))
    assert names[0] == names[1] == {"loss", "lambda", "camel_case", "distance", "own", "partial"}
