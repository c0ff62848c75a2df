"""Losses and metrics that layers and models add, as the guide on training writes them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import penstock as ps

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 4)).astype("float32")
Y = RNG.integers(0, 3, 20)


class ActivityRegularization(ps.layers.Layer):
    def call(self, inputs):
        self.add_loss(jnp.sum(inputs) * 0.1)
        return inputs


class MetricLogging(ps.layers.Layer):
    def call(self, inputs):
        self.add_metric(ps.backend.std(inputs), name="std_of_activation", aggregation="mean")
        return inputs


class LogisticEndpoint(ps.layers.Layer):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.loss_fn = ps.losses.BinaryCrossentropy(from_logits=True)
        self.accuracy_fn = ps.metrics.BinaryAccuracy()

    def call(self, targets, logits, sample_weights=None):
        loss = self.loss_fn(targets, logits, sample_weights)
        self.add_loss(loss)
        acc = self.accuracy_fn(targets, logits, sample_weights)
        self.add_metric(acc, name="accuracy")
        return jax.nn.softmax(logits)


def drawn(*between):
    """A classifier with these layers after its first, and what its first layer gives."""
    inputs = ps.Input((4,))
    hidden = first = ps.layers.Dense(5, activation="relu", kernel_initializer=ps.initializers.GlorotUniform(1))(inputs)
    for layer in between:
        hidden = layer(hidden)
    outputs = ps.layers.Dense(3, kernel_initializer=ps.initializers.GlorotUniform(2))(hidden)
    return ps.Model(inputs, outputs), first


def compiled(model, loss=True):
    given = ps.losses.SparseCategoricalCrossentropy(from_logits=True) if loss else None
    model.compile(ps.optimizers.SGD(0.0), given)
    return model


def activations(model):
    return np.maximum(X @ model.layers[1].kernel.numpy() + model.layers[1].bias.numpy(), 0)


def test_a_loss_added_in_a_layer_is_trained():
    plain, (model, _) = compiled(drawn()[0]), drawn(ActivityRegularization())
    history = compiled(model).fit(X, Y, batch_size=20, verbose=0).history
    expected = plain.evaluate(X, Y, batch_size=20, verbose=0) + 0.1 * activations(model).sum()
    np.testing.assert_allclose(history["loss"], [expected], rtol=1e-5)


def test_a_metric_added_in_a_layer_is_shown_as_the_mean_over_batches():
    model = compiled(drawn(MetricLogging())[0])
    assert model.metrics_names == ["loss", "std_of_activation"]
    history = model.fit(X, Y, batch_size=10, shuffle=False, verbose=0).history
    expected = np.mean([activations(model)[rows].std() for rows in (slice(10), slice(10, 20))])
    np.testing.assert_allclose(history["std_of_activation"], [expected], rtol=1e-5)
    logs = model.evaluate(X, Y, batch_size=10, verbose=0, return_dict=True)
    np.testing.assert_allclose(logs["std_of_activation"], expected, rtol=1e-5)
    assert model.predict(X, verbose=0).shape == (20, 3)


def test_symbolic_losses_and_metrics_count_as_those_of_layers():
    model, first = drawn()
    model.add_loss(ps.ops.sum(first) * 0.1)
    model.add_metric(ps.backend.std(first), name="std_of_activation", aggregation="mean")
    history = compiled(model).fit(X, Y, batch_size=20, verbose=0).history
    plain = compiled(drawn()[0]).evaluate(X, Y, batch_size=20, verbose=0)
    np.testing.assert_allclose(history["loss"], [plain + 0.1 * activations(model).sum()], rtol=1e-5)
    np.testing.assert_allclose(history["std_of_activation"], [activations(model).std()], rtol=1e-5)
    assert model(X).shape == (20, 3)


def test_a_model_with_an_added_loss_needs_no_other():
    model, first = drawn()
    model.add_loss(ps.ops.mean(first))
    history = compiled(model, loss=False).fit(X, batch_size=20, verbose=0).history
    np.testing.assert_allclose(history["loss"], [activations(model).mean()], rtol=1e-5)


def test_a_sequential_model_keeps_what_was_added_when_it_grows():
    model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(5)])
    model.add_loss(ps.ops.sum(model.layers[0].output))
    model.add_metric(ps.ops.mean(model.layers[0].output), name="mean")
    model.add(ps.layers.Dense(3))
    model(X)
    np.testing.assert_allclose(model.losses, [np.sum(X @ model.layers[0].kernel.numpy())], rtol=1e-4)
    assert [metric.name for metric in model.layer_metrics] == ["mean"] and model.output_shape == (None, 3)


def test_an_endpoint_takes_targets_and_needs_no_loss():
    inputs, targets = ps.Input((3,), name="inputs"), ps.Input((10,), name="targets")
    logits = ps.layers.Dense(10)(inputs)
    predictions = LogisticEndpoint(name="predictions")(logits, targets)
    model = ps.Model(inputs=[inputs, targets], outputs=predictions)
    model.compile(optimizer="adam")
    data = {"inputs": RNG.random((3, 3)), "targets": RNG.random((3, 10))}
    history = model.fit(data, verbose=0).history
    assert list(history) == ["loss", "binary_accuracy"]
    outputs = model.predict(data, verbose=0)
    np.testing.assert_allclose(outputs.sum(axis=1), np.ones(3), rtol=1e-5)


def test_what_a_metric_made_in_call_gives_is_that_metrics():
    class Late(ps.layers.Layer):
        def __init__(self):
            super().__init__()
            self.held = {}

        def call(self, inputs):
            mean = self.held.setdefault("mean", [ps.metrics.Mean(name="mine")])[0]
            self.add_metric(mean(inputs), name="other")
            return inputs

    layer = Late()
    layer(X)
    assert [metric.name for metric in layer.layer_metrics] == ["mine"]
    np.testing.assert_allclose(layer.layer_metrics[0].result(), X.mean(), rtol=1e-5)


def test_losses_of_an_eager_call_can_be_read():
    layer = ActivityRegularization()
    layer(X)
    np.testing.assert_allclose(layer.losses, [0.1 * X.sum()], rtol=1e-4)
    layer(2 * X)
    np.testing.assert_allclose(layer.losses, [0.2 * X.sum()], rtol=1e-4)


def test_functions_are_asked_once_in_each_call():
    class Shrunk(ps.layers.Layer):
        def build(self, input_shape):
            self.factor = self.add_weight((), "ones")
            self.add_loss(lambda: self.factor**2)

        def call(self, inputs):
            return inputs * self.factor

    shared = Shrunk()
    inputs = ps.Input((4,))
    model = ps.Model(inputs, shared(shared(inputs)))
    model(X)
    np.testing.assert_allclose(model.losses, [1])
    shared.factor.assign(3)
    model(X)
    np.testing.assert_allclose(model.losses, [9])


def test_metrics_of_layers_in_a_traced_call_are_left_as_they_are():
    layer = MetricLogging()
    layer(ps.Input((4,)))
    jax.jit(lambda x: layer.stateless_call([], [], x))(X)
    assert float(layer.layer_metrics[0].result()) == 0


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda model, first: model.add_loss(jnp.ones(())), ValueError, "outside of `call`"),
        (lambda model, first: model.add_metric(1.0, name="a"), ValueError, "called from inside `call`"),
        (lambda model, first: model.add_metric(first, name="a", aggregation="sum"), ValueError, "aggregation"),
        (lambda model, first: model.add_metric(first), ValueError, "needs a name"),
        (lambda model, first: model.add_loss(ps.Input((2,))), ValueError, "not among the inputs"),
        (lambda model, first: compiled(model).add_loss(first), RuntimeError, "before compile"),
    ],
)
def test_what_cannot_be_added_is_named(act, error, message):
    model, first = drawn()
    with pytest.raises(error, match=message):
        act(model, first)
    assert model(X).shape == (20, 3)


def test_a_metric_that_only_some_calls_add_is_refused():
    class Sometimes(ps.layers.Layer):
        def call(self, inputs, training=False):
            if training:
                self.add_metric(jnp.mean(inputs), name="mean")
            return inputs

    layer = Sometimes()
    layer(ps.Input((4,)))
    with pytest.raises(RuntimeError, match="'mean' of sometimes.* add it in every call"):
        layer.stateless_call([], [], X, training=True)


class Sometimes(ps.layers.Layer):
    """Adds a metric in training, and another one out of it."""

    def call(self, inputs, training=False):
        self.add_metric(jnp.float32(7), name="training" if training else "testing")
        return inputs


@pytest.mark.parametrize("evaluates_first", [False, True])
def test_a_metric_may_be_added_in_training_alone(evaluates_first):
    model = compiled(ps.Sequential([ps.Input((4,)), Sometimes(), ps.layers.Dense(3)]))
    if evaluates_first:
        assert model.evaluate(X, Y, verbose=0, return_dict=True)["testing"] == 7
    logs = model.fit(X, Y, validation_data=(X, Y), verbose=0).history
    assert model.metrics_names == ["loss", "testing", "training"]
    assert (logs["training"], logs["val_testing"]) == ([7], [7])
    assert model.train_on_batch(X, Y, return_dict=True)["training"] == 7
    assert model.evaluate(X, Y, verbose=0)[1:] == [7, 0]
