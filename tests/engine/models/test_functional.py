"""Functional models: their parts, names and copies."""

import copy
import pickle

import keras
import numpy as np
import pytest

import penstock as ps
from penstock.engine.names import forget_names

X = np.random.default_rng(0).normal(size=(5, 4, 2)).astype("float32")


def classifier(library, **kwargs):
    kinds = library.layers
    inputs = library.Input((4, 2), name="x")
    shared = kinds.Dense(8, activation="tanh", name="shared")
    hidden = kinds.BatchNormalization()(kinds.Flatten()(inputs))
    hidden = shared(shared(hidden))
    outputs = kinds.Dense(3, activation="softmax", name="scores")(hidden)
    return library.Model(inputs, outputs, **kwargs)


@pytest.fixture(scope="module")
def pair():
    ours, theirs = classifier(ps, name="classifier"), classifier(keras, name="classifier")
    weights = [np.random.default_rng(1).uniform(0.5, 1.5, w.shape) for w in theirs.get_weights()]
    ours.set_weights(weights), theirs.set_weights(weights)
    return ours, theirs


def test_outputs_weights_and_names_equal_those_of_keras(pair):
    ours, theirs = pair
    np.testing.assert_allclose(ours(X), theirs(X), rtol=1e-6, atol=1e-6)
    assert [(v.name, v.shape) for v in ours.variables] == [(v.name, tuple(v.shape)) for v in theirs.variables]
    assert [v.name for v in ours.trainable_variables] == [v.name for v in theirs.trainable_variables]
    assert (ours.name, ours.output_names) == (theirs.name, theirs.output_names)
    assert (ours.input_shape, ours.output_shape) == (theirs.input_shape, theirs.output_shape)
    assert ours.input_names == ["x"]


def test_layers_are_found_by_name_and_index(pair):
    model, _ = pair
    assert model.get_layer("scores") is model.layers[-1] is model.get_layer(index=-1)
    assert model.layers[0].name == "x"


def test_a_part_of_a_model_shares_its_layers(pair):
    model, _ = pair
    features = ps.Model(inputs=model.input, outputs=model.get_layer("shared").output)
    assert features.get_layer("shared") is model.get_layer("shared")
    assert features(X).shape == (5, 8) and len(features.weights) == 6


def test_models_nest_as_layers(pair):
    model, theirs = pair
    nested = [
        library.Model(inputs, library.layers.ReLU()(inner(inputs)))
        for library, inner, inputs in ((ps, model, ps.Input((4, 2))), (keras, theirs, keras.Input((4, 2))))
    ]
    np.testing.assert_allclose(nested[0](X), nested[1](X), rtol=1e-6, atol=1e-6)
    assert [w.name for w in nested[0].weights] == [w.name for w in nested[1].weights]


def test_a_flag_given_while_drawing_stays():
    inputs = ps.Input((50,))
    model = ps.Model(inputs, ps.layers.Dropout(0.5)(inputs, training=True))
    assert np.any(np.asarray(model(np.ones((2, 50)), training=False)) == 0)


def test_the_training_flag_reaches_the_layers():
    inputs = ps.Input((50,))
    model = ps.Model(inputs, ps.layers.Dropout(0.5)(inputs))
    x = np.ones((2, 50), "float32")
    assert np.any(np.asarray(model(x, training=True)) == 0)
    assert np.any(np.asarray(model.call(x, training=True)) == 0)
    np.testing.assert_array_equal(model(x), x)


def test_a_subclass_that_hands_on_inputs_and_outputs_is_functional():
    class Classifier(ps.Model):
        def __init__(self, units):
            inputs = ps.Input((3,), name="x")
            super().__init__(inputs=inputs, outputs=ps.layers.Dense(units, name="y")(inputs))
            self.units = units

        def shout(self):
            return "!" * self.units

    model = Classifier(2)
    assert isinstance(model, Classifier) and model.shout() == "!!" and model.name == "classifier"
    assert model.built and model.output_names == ["y"] and model(np.ones((1, 3))).shape == (1, 2)
    assert [layer.name for layer in model.layers] == ["x", "y"]


def test_a_functional_model_is_named_as_in_keras():
    keras.backend.clear_session()
    forget_names()
    ours, theirs = ([classifier(library).name for _ in range(2)] for library in (ps, keras))
    assert ours == theirs == ["functional", "functional_1"]


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["copy", "pickle"]
)
def test_a_copy_is_a_model_of_its_own(pair, copied):
    model, _ = pair
    twin = copied(model)
    np.testing.assert_array_equal(twin(X), model(X))
    twin.get_layer("scores").bias.assign([9, 0, 0])
    assert np.any(np.asarray(twin(X)) != np.asarray(model(X)))


def test_an_input_is_cast_to_its_declared_type():
    inputs = ps.Input((2,), dtype="int32")
    assert inputs.dtype == "int32"

    class Type(ps.layers.Layer):
        def call(self, given):
            return given

    assert ps.Model(inputs, Type()(inputs))(np.ones((1, 2))).dtype == "int32"


def test_one_input_and_output_may_come_in_lists():
    x = ps.Input((2,))
    assert ps.Model([x], [ps.layers.Dense(1)(x)])(np.ones((3, 2))).shape == (3, 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: ps.Model(x), "inputs and outputs go together"),
        (lambda x: ps.Model(x, np.ones(2)), "outputs of a model are symbolic tensors"),
        (lambda x: ps.Model([], x), "inputs of a model are symbolic tensors"),
    ],
)
def test_bad_ends_of_a_graph_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make(ps.Input((2,)))


@pytest.mark.parametrize(
    "act",
    [lambda model: model.get_config(), lambda model: model.save("m.keras"), lambda model: model.summary(positions=[1])],
)
def test_what_is_not_built_yet_says_so(act, pair):
    with pytest.raises(NotImplementedError):
        act(pair[0])
