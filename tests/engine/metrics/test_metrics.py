"""Metrics as users write them, look them up and hold them."""

from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from penstock import Variable, metrics
from penstock.engine.metrics import accuracy_for, crossentropy_for

# Untyped: what Keras says of its own types is too loose to check.
KERAS: Any = keras.metrics


class CategoricalTruePositives(metrics.Metric):
    """As the guides write one, with jnp for tf."""

    def __init__(self, name="categorical_true_positives", **kwargs):
        super().__init__(name=name, **kwargs)
        self.true_positives = self.add_weight(name="ctp", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = jnp.reshape(jnp.argmax(y_pred, axis=1), (-1, 1))
        values = jnp.asarray(y_true, "int32") == jnp.asarray(y_pred, "int32")
        values = jnp.asarray(values, "float32")
        if sample_weight is not None:
            values = jnp.multiply(values, jnp.asarray(sample_weight, "float32"))
        self.true_positives.assign_add(jnp.sum(values))

    def result(self):
        return self.true_positives

    def reset_states(self):
        # The state of the metric will be reset at the start of each epoch.
        self.true_positives.assign(0.0)


Y, P = np.array([[0], [1], [1]]), np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])


def test_a_users_metric_counts_weighs_and_resets():
    metric = CategoricalTruePositives()
    assert float(metric(Y, P)) == 2
    assert float(metric(Y, P, sample_weight=np.array([[0.5], [1.0], [1.0]]))) == 3.5
    metric.reset_state()
    assert float(metric.result()) == 0


def test_a_users_metric_runs_compiled():
    metric = CategoricalTruePositives()
    update = jax.jit(metric.stateless_update_state)
    values = update(update(metric.stateless_reset_state(), Y, P), Y, P)
    assert metric.stateless_result(values) == 4
    assert float(metric.result()) == 0


def test_the_reset_that_a_user_wrote_is_called_by_either_name():
    class From(metrics.Metric):
        def __init__(self):
            super().__init__()
            self.total = self.add_weight(initializer="ones")

    class ByNewName(From):
        def reset_state(self):
            super().reset_state()
            self.total.assign_add(5.0)

    class ByOldName(From):
        def reset_states(self):
            super().reset_states()
            self.total.assign_add(7.0)

    for metric, expected in [(From(), 0), (ByNewName(), 5), (ByOldName(), 7)]:
        metric.reset_state()
        assert float(metric.total) == expected
        metric.reset_states()
        assert float(metric.total) == expected


def test_a_forgotten_super_init_loses_nothing():
    class Careless(metrics.Metric):
        def __init__(self):
            self.total = self.add_weight()

        def update_state(self, values):
            self.total.assign_add(jnp.sum(values))

        def result(self):
            return {"total": self.total, "half": self.total / 2}

    metric = Careless()
    assert metric.name == "careless"
    assert {k: float(v) for k, v in metric(np.ones(4)).items()} == {"total": 4, "half": 2}
    assert [v.path for v in metric.variables] == ["careless/variable"]


def test_metrics_inside_a_metric_bring_their_variables():
    class Both(metrics.Metric):
        def __init__(self):
            super().__init__()
            self.mean = metrics.Mean()
            self.count = Variable(0, trainable=False, name="count")

        def update_state(self, values):
            self.mean.update_state(values)
            self.count.assign_add(1)

        def result(self):
            return self.mean.result()

    metric = Both()
    assert [v.name for v in metric.variables] == ["count", "total", "count"]
    values = metric.stateless_update_state([v.value for v in metric.variables], np.array([2.0, 4.0]))
    assert [float(v) for v in values] == [1, 6, 2]
    assert not any(float(v) for v in metric.variables)


def test_names_are_not_numbered_by_the_process():
    assert [metrics.Mean().name, metrics.Mean().name] == ["mean", "mean"]


def test_what_is_not_written_says_so():
    with pytest.raises(NotImplementedError, match="Metric has no `update_state`"):
        metrics.Metric().update_state()
    with pytest.raises(NotImplementedError, match="Metric has no `result`"):
        metrics.Metric().result()


def test_the_type_of_the_variables_is_as_asked():
    metric = metrics.Mean(dtype="float16")
    metric.update_state(np.ones(3))
    assert {v.dtype for v in metric.variables} == {"float16"}
    assert metric.result().dtype == "float16"


@pytest.mark.parametrize("metric", [metrics.MeanSquaredError, metrics.BinaryAccuracy, metrics.CategoricalAccuracy])
def test_shapes_never_broadcast(metric):
    with pytest.raises(ValueError, match="the same shape"):
        metric().update_state(np.zeros((4, 2)), np.zeros((4, 1)))


def test_one_weight_per_sample_counts_for_all_its_time_steps():
    mean = metrics.Mean()
    assert float(mean([[1.0, 3.0], [5.0, 7.0]], sample_weight=[1, 3])) == 5


def test_a_scalar_value_takes_the_weights_of_its_samples():
    metric = metrics.MeanMetricWrapper(lambda y, p: jnp.mean(p))
    assert float(metric(np.zeros(2), np.full(2, 3.0), sample_weight=[0.5, 1.0])) == 3
    assert float(metric.count) == 1.5


@pytest.mark.parametrize(
    "name", ["mse", "MSE", "mae", "bce", "mean_squared_error", "binary_accuracy", "Mean", "accuracy"]
)
def test_every_spelling_finds_the_class_that_keras_finds(name):
    assert type(metrics.get(name)).__name__ == type(KERAS.get(name)).__name__


def test_metrics_functions_and_none_stay_what_they_are():
    metric = metrics.Mean()
    assert metrics.get(metric) is metric
    assert metrics.get(max) is max
    assert metrics.get(None) is None
    assert isinstance(metrics.get(metrics.Mean), metrics.Mean)


def test_configs_find_functions_by_name():
    config = metrics.serialize(metrics.MeanMetricWrapper(metrics.mean_squared_error, name="mine"))
    assert config == KERAS.serialize(KERAS.MeanMetricWrapper(KERAS.mean_squared_error, "mine"))
    assert metrics.deserialize(config).fn is metrics.mean_squared_error


def test_a_users_metric_comes_back_from_its_config():
    config = metrics.serialize(CategoricalTruePositives(name="mine"))
    again = metrics.deserialize(config, {"CategoricalTruePositives": CategoricalTruePositives})
    assert again.name == "mine"


@pytest.mark.parametrize("identifier", [3, "meansquared"])
def test_unknown_metrics_are_refused(identifier):
    with pytest.raises(ValueError, match="metric"):
        metrics.get(identifier)


@pytest.mark.parametrize(
    ("true", "pred", "kind"),
    [
        ((8, 1), (8, 1), "Binary"),
        ((8, 2), (8, 1), "Binary"),
        ((8,), (8, 3), "SparseCategorical"),
        ((None, 1), (None, 3), "SparseCategorical"),
        ((8, 5), (8, 5, 3), "SparseCategorical"),
        ((8, 3), (8, 3), "Categorical"),
    ],
)
def test_accuracy_stands_for_what_the_shapes_say(true, pred, kind):
    assert accuracy_for(true, pred).__name__ == f"{kind}Accuracy"
    assert crossentropy_for(true, pred).__name__ == f"{kind}Crossentropy"
