"""Models that write their own steps, losses and logs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import penstock as ps


class ByHand(ps.Model):
    """The standard step, written out."""

    def train_step(self, state, data):
        trainable, non_trainable, optimizer, metrics = state
        x, y = data

        def loss_of(trainable):
            y_pred, new = self.stateless_call(trainable, non_trainable, x, training=True)
            loss, _ = self.stateless_compute_loss(trainable, new, metrics, x=x, y=y, y_pred=y_pred)
            return loss, (y_pred, new)

        (loss, (y_pred, non_trainable)), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
        logs, metrics = self.measured(metrics, loss, x, y, y_pred)
        return logs, (trainable, non_trainable, optimizer, metrics)

    def test_step(self, state, data):
        trainable, non_trainable, metrics = state
        x, y = data
        y_pred, non_trainable = self.stateless_call(trainable, non_trainable, x, training=False)
        logs, metrics = self.measured(metrics, self.compute_loss(x, y, y_pred), x, y, y_pred)
        return logs, (trainable, non_trainable, metrics)

    def measured(self, values, loss, x, y, y_pred):
        rest, logs, new = list(values), {}, []
        for metric in self.metrics:
            mine, rest = rest[: len(metric.variables)], rest[len(metric.variables) :]
            told = {"sample_weight": len(x)} if metric.name == "loss" else {}
            given = (loss,) if metric.name == "loss" else (y, y_pred)
            mine = metric.stateless_update_state(mine, *given, **told)
            logs[metric.name] = metric.stateless_result(mine)
            new += mine
        return logs, new


def drawn(kind, **options):
    inputs = ps.Input((4,))
    hidden = ps.layers.Dense(8, activation="relu", kernel_initializer="ones")(inputs)
    model = kind(inputs, ps.layers.Dense(1, kernel_initializer="ones")(hidden))
    model.compile(**{"optimizer": "adam", "loss": "mse", "metrics": ["mae"]} | options)
    return model


class EveryBatch(ps.callbacks.Callback):
    def __init__(self):
        self.logs = []

    def on_train_batch_end(self, batch, logs=None):
        self.logs.append(dict(logs))


@pytest.mark.parametrize("options", [{}, {"steps_per_execution": 3}, {"run_eagerly": True}], ids=str)
def test_a_step_by_hand_trains_like_the_standard_one(line, options):
    model, standard = drawn(ByHand, **options), drawn(ps.Model, **options)
    fitted = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0, "validation_data": line}
    found, expected = model.fit(*line, **fitted).history, standard.fit(*line, **fitted).history
    assert list(found) == list(expected)
    for name, values in expected.items():
        assert found[name] == pytest.approx(values, rel=1e-4)
    assert model.evaluate(*line, verbose=0) == pytest.approx(standard.evaluate(*line, verbose=0), rel=1e-4)
    assert model.train_on_batch(*line) == pytest.approx(standard.train_on_batch(*line), rel=1e-4)


def test_its_logs_are_the_same_however_steps_are_grouped(line, bits):
    grouped, watched, watcher = drawn(ByHand), drawn(ByHand), EveryBatch()
    history = grouped.fit(*line, batch_size=8, shuffle=False, verbose=0).history
    watched.fit(*line, batch_size=8, shuffle=False, verbose=0, callbacks=watcher)
    assert bits(grouped) == bits(watched)
    assert watcher.logs[-1] == {name: values[0] for name, values in history.items()}


def test_logs_come_in_the_order_in_which_the_step_gives_them(line):
    class Unsorted(ps.Model):
        def train_step(self, state, data):
            logs, state = super().train_step(state, data)
            return {"zebra": logs["mae"] + 1, "ape": logs["loss"], "pair": jnp.ones(2)}, state

    history = drawn(Unsorted).fit(*line, verbose=0, validation_data=line).history
    assert list(history) == ["zebra", "ape", "pair", "val_loss", "val_mae"]
    np.testing.assert_array_equal(history["pair"][0], [1, 1])


def test_metrics_of_the_models_own_need_no_compiled_ones(line):
    class Tracked(ps.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.tracker = ps.metrics.Mean(name="loss")

        @property
        def metrics(self):
            return [self.tracker]

        def train_step(self, state, data):
            trainable, non_trainable, optimizer, metrics = state
            assert len(metrics) == 2
            metrics = self.tracker.stateless_update_state(metrics, jnp.mean(data[0]))
            return {"loss": self.tracker.stateless_result(metrics)}, (trainable, non_trainable, optimizer, metrics)

    model = drawn(Tracked, loss=None, metrics=None)
    losses = model.fit(*line, epochs=2, verbose=0, batch_size=50).history["loss"]
    assert losses == pytest.approx([line[0].mean()] * 2, rel=1e-4)


def test_a_model_without_a_call_may_train_its_parts(line):
    class Parts(ps.Model):
        def __init__(self):
            super().__init__()
            self.part = ps.Sequential([ps.Input((4,)), ps.layers.Dense(1)])

        def train_step(self, state, data):
            trainable, *rest, optimizer, metrics = state
            x, y = data

            def loss_of(trainable):
                return jnp.mean((self.part.stateless_call(trainable, [], x)[0] - y) ** 2)

            loss, gradients = jax.value_and_grad(loss_of)(trainable)
            trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
            return {"loss": loss}, (trainable, *rest, optimizer, metrics)

    model = Parts()
    model.compile(ps.optimizers.SGD(0.01))
    losses = model.fit(*line, batch_size=100, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_a_predict_step_may_give_anything_with_rows(line):
    class Named(ps.Model):
        def predict_step(self, state, data):
            outputs, non_trainable = super().predict_step(state, data)
            return {"mine": outputs, "twice": 2 * outputs}, non_trainable

    found = drawn(Named).predict(line[0], batch_size=7, verbose=0)
    np.testing.assert_array_equal(found["twice"], 2 * found["mine"])


def test_compute_loss_and_compute_metrics_may_be_overridden(line):
    class Doubled(ps.Model):
        def compute_loss(self, x, y, y_pred, sample_weight):
            return 2 * super().compute_loss(x, y, y_pred, sample_weight)

        def compute_metrics(self, x, y, y_pred, sample_weight):
            return super().compute_metrics(x, y, y_pred, sample_weight) | {"largest": jnp.max(jnp.abs(y_pred))}

    doubled, plain = drawn(Doubled), drawn(ps.Model)
    loss, mae, largest = doubled.evaluate(*line, batch_size=100, verbose=0)
    expected = plain.evaluate(*line, batch_size=100, verbose=0)
    assert (loss / 2, mae) == pytest.approx(tuple(expected), rel=1e-5)
    assert largest == pytest.approx(np.abs(plain.predict(line[0], verbose=0)).max(), rel=1e-5)
    assert doubled.metrics_names == ["loss", "mae", "largest"]


@pytest.mark.parametrize("kind", ["train_step", "test_step", "predict_step"])
def test_tensorflows_form_is_refused_with_an_example(kind):
    model = type("Old", (ps.Model,), {kind: lambda self, data: {}})
    with pytest.raises(TypeError, match=rf"{kind} must take `state` and `data`(.|\n)*stateless_call"):
        drawn(model)


def test_a_predict_step_needs_no_compile(line):
    class Twice(ps.Model):
        def predict_step(self, state, data):
            outputs, non_trainable = super().predict_step(state, data)
            return 2 * outputs, non_trainable

    inputs = ps.Input((4,))
    model = Twice(inputs, ps.layers.Dense(1)(inputs))
    np.testing.assert_allclose(model.predict(line[0], verbose=0), 2 * model(line[0]), rtol=1e-5)
    np.testing.assert_allclose(model.predict_on_batch(line[0]), 2 * model(line[0]), rtol=1e-5)


@pytest.mark.parametrize(
    ("gives", "words"),
    [
        (lambda state: None, r"train_step must give \(logs, \(trainable, non_trainable, optimizer, metrics\)\)"),
        (lambda state: {"loss": 0.0}, "train_step must give .* but gives {'loss': 0.0}"),
        (lambda state: ({"loss": 0.0}, state[:3]), "train_step must give"),
        (lambda state: ({"loss": None}, state), "logs of a step must be numbers and arrays"),
        (lambda state: (["loss"], state), "dict of logs"),
    ],
    ids=["nothing", "logs alone", "three lists", "no number", "no dict"],
)
def test_what_a_step_must_give_is_told(line, gives, words):
    model = type("Odd", (ps.Model,), {"train_step": lambda self, state, data: gives(state)})
    with pytest.raises(TypeError, match=words):
        drawn(model).fit(*line, verbose=0)


def test_a_step_that_gives_back_another_state_is_told_so(line):
    class Forgets(ps.Model):
        def train_step(self, state, data):
            trainable, non_trainable, optimizer, _ = state
            return {"loss": jnp.zeros(())}, (trainable, non_trainable, optimizer, [])

    with pytest.raises(ValueError, match="4 metrics variables, but gives 0 back"):
        drawn(Forgets).fit(*line, verbose=0)
