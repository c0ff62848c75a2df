"""Models written as classes."""

import jax
import keras
import numpy as np
import pytest

import penstock as ps
from penstock.engine.models.build import build_model

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def network_of(library):
    class Network(library.Model):
        def __init__(self):
            super().__init__()
            self.head = library.layers.Dense(2)
            self.blocks = [library.layers.Dense(4, activation="relu") for _ in range(2)]
            self.norms = {"a": library.layers.BatchNormalization()}

        def call(self, inputs, training=False):
            x = inputs
            for block in self.blocks:
                x = block(x)
            return self.head(self.norms["a"](x, training=training))

    return Network


def test_a_subclass_equals_keras():
    ours, theirs = network_of(ps)(), network_of(keras)()
    ours(X), theirs(X)
    weights = [np.random.default_rng(1).uniform(0.5, 1.5, w.shape) for w in theirs.get_weights()]
    ours.set_weights(weights), theirs.set_weights(weights)
    np.testing.assert_allclose(ours(X), theirs(X), rtol=1e-6, atol=1e-6)
    assert [(v.name, v.shape) for v in ours.variables] == [(v.name, tuple(v.shape)) for v in theirs.variables]
    assert ours.name == "network" and ours.output_names == ["output_1"] and ours.input_names == ["input_1"]


@pytest.mark.parametrize(
    "build",
    [
        lambda model: model.build((None, 4)),
        lambda model: build_model(model, jax.ShapeDtypeStruct((5, 4), "float32")),
        lambda model: model(X),
        lambda model: model(ps.Input((4,))),
    ],
    ids=["by hand", "for a batch", "by a call", "in a graph"],
)
def test_every_way_to_build_makes_the_same_weights(build):
    model = network_of(ps)()
    assert not model.built
    build(model)
    assert model.built and [v.shape for v in model.trainable_variables] == [
        *[(4, 2), (2,)],
        *[(4, 4), (4,)] * 2,
        *[(4,), (4,)],
    ]
    assert not any(isinstance(v.value, jax.core.Tracer) for v in model.variables)


def test_building_does_not_move_states():
    model = network_of(ps)()
    build_model(model, jax.ShapeDtypeStruct((5, 4), "float32"), training=True)
    np.testing.assert_array_equal(model.norms["a"].moving_variance, np.ones(4))


def test_a_models_own_build_is_told_that_batches_vary():
    class Own(ps.Model):
        def build(self, input_shape):
            self.told = input_shape
            self.kernel = self.add_weight((input_shape[-1], 1))

        def call(self, inputs):
            return inputs @ self.kernel

    model = Own()
    build_model(model, jax.ShapeDtypeStruct((5, 4), "float32"))
    assert model.told == (None, 4) and model(X).shape == (5, 1)


def test_a_forgotten_super_init_works():
    class Forgetful(ps.Model):
        def __init__(self):
            self.dense = ps.layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs)

    model = Forgetful()
    assert model(X).shape == (5, 1) and len(model.weights) == 2 and model.name.startswith("forgetful")


def test_inputs_may_be_trees():
    class Sum(ps.Model):
        def __init__(self):
            super().__init__()
            self.dense = ps.layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs["a"] + inputs["b"][0])

    model = Sum()
    model.build({"a": (None, 4), "b": [(None, 4)]})
    assert len(model.weights) == 2
    spec = jax.ShapeDtypeStruct((3, 4), "float32")
    assert build_model(model, {"a": spec, "b": [spec]}).shape == (3, 1)


def test_a_model_without_call_says_so():
    with pytest.raises(NotImplementedError, match="neither a `call` method nor inputs and outputs"):
        ps.Model()(X)


def test_the_name_layers_is_reserved():
    class Bad(ps.Model):
        def __init__(self):
            super().__init__()
            self.layers = [ps.layers.Dense(1)]

    with pytest.raises(AttributeError, match="reserved"):
        Bad()


def test_gradients_through_stateless_call_equal_those_of_keras():
    ours, theirs = network_of(ps)(), network_of(keras)()
    ours(X), theirs(X)
    theirs.set_weights(ours.get_weights())

    def gradients(model):
        def loss(trainable, others):
            outputs, _ = model.stateless_call(trainable, others, X, training=True)
            return (outputs**2).sum()

        values = ([v.value for v in group] for group in (model.trainable_variables, model.non_trainable_variables))
        return jax.jit(jax.grad(loss))(*values)

    for ours_one, theirs_one in zip(gradients(ours), gradients(theirs), strict=True):
        np.testing.assert_allclose(ours_one, theirs_one, rtol=1e-4, atol=1e-4)
