"""Sequential models: with and without a known input, changed and nested."""

import jax
import keras
import numpy as np
import pytest

import penstock as ps
from penstock.engine.models.build import build_model

X = np.random.default_rng(0).normal(size=(5, 8)).astype("float32")


def layers(library):
    kinds = library.layers
    return [kinds.Dense(4, activation="relu"), kinds.BatchNormalization(), kinds.Dropout(0.5), kinds.Dense(2)]


def with_input(library):
    return library.Sequential([library.Input((8,)), *layers(library)])


def of_first_batch(library):
    model = library.Sequential(layers(library))
    model(X)
    return model


def built_by_hand(library):
    model = library.Sequential(layers(library))
    model.build((None, 8))
    return model


def added_one_by_one(library):
    model = library.Sequential()
    model.add(library.layers.InputLayer(shape=(8,)))
    for layer in layers(library):
        model.add(layer)
    return model


def popped(library):
    model = library.Sequential([library.Input((8,)), *layers(library), library.layers.Dense(7)])
    model.pop()
    return model


def extended_after_the_first_batch(library):
    first, *rest = layers(library)
    model = library.Sequential([first])
    model(X)
    for layer in rest:
        model.add(layer)
    return model


def nested(library):
    first, *rest = layers(library)
    return library.Sequential([library.Sequential([library.Input((8,)), first]), *rest])


WAYS = [with_input, of_first_batch, built_by_hand, added_one_by_one, popped, extended_after_the_first_batch, nested]


@pytest.mark.parametrize("make", WAYS, ids=lambda make: make.__name__)
def test_every_way_to_make_a_model_equals_keras(make):
    ours, theirs = make(ps), make(keras)
    weights = [np.random.default_rng(1).uniform(0.5, 1.5, w.shape) for w in theirs.get_weights()]
    ours.set_weights(weights), theirs.set_weights(weights)
    np.testing.assert_allclose(ours(X), theirs(X), rtol=1e-6, atol=1e-6)
    assert [(v.name, v.shape) for v in ours.variables] == [(v.name, tuple(v.shape)) for v in theirs.variables]
    assert [type(layer).__name__ for layer in ours.layers] == [type(layer).__name__ for layer in theirs.layers]
    assert ours.count_params() == theirs.count_params()
    assert ours.output_shape == (None, 2) and ours.input_shape == (None, 8)


@pytest.mark.parametrize("key", [{"input_shape": (8,)}, {"input_dim": 8}], ids=str)
def test_the_first_layer_may_know_the_shape_of_the_input(key):
    model = ps.Sequential([ps.layers.Dense(4, **key), ps.layers.Dense(2)])
    assert model.built and [w.shape for w in model.weights] == [(8, 4), (4,), (4, 2), (2,)]


def test_building_for_a_batch_computes_nothing_and_gives_the_specs_of_the_outputs():
    model = ps.Sequential(layers(ps))
    before = np.zeros(4)
    spec = build_model(model, jax.ShapeDtypeStruct((32, 8), "float32"), training=True)
    assert (spec.shape, spec.dtype) == ((32, 2), "float32")
    np.testing.assert_array_equal(model.get_layer(index=1).moving_mean, before)
    assert model.input_shape == (None, 8)


def test_weights_stay_when_layers_come_and_go():
    model = with_input(ps)
    kernel = model.layers[0].kernel
    last = model.pop()
    model.pop()
    assert model.output_shape == (None, 4) and last not in model.layers
    model.add(last)
    assert model.layers[0].kernel is kernel and model(X).shape == (5, 2)
    assert len(kernel.numpy()) == 8 and len(model.layers[0]._nodes) == 1


def test_popping_all_layers_leaves_an_unbuilt_model_with_its_input():
    model = ps.Sequential([ps.Input((8,)), ps.layers.Dense(1)])
    model.pop()
    assert not model.built and model.layers == []
    model.add(ps.layers.Dense(3))
    assert model.output_shape == (None, 3)


def test_inputs_that_are_trees_go_through_the_layers_in_turn():
    class Join(ps.layers.Layer):
        def call(self, inputs):
            return inputs["a"] + inputs["b"]

    model = ps.Sequential([Join(), ps.layers.Dense(2)])
    x = {"a": X, "b": X}
    assert build_model(model, jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), x)).shape == (5, 2)
    assert model(x).shape == (5, 2) and model.output_names == ["output_1"]


def test_an_input_is_fitted_to_what_the_model_takes():
    model = ps.Sequential([ps.Input((1,), name="width"), ps.layers.Dense(1, kernel_initializer="ones")])
    column = np.array([[1], [2]], "float32")
    for given in (column, column[:, 0], column[..., None], column.astype(int)):
        np.testing.assert_array_equal(model(given), column)


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: (x,), lambda x: {"width": x}], ids=["list", "tuple", "dict"])
def test_a_single_input_in_a_container_is_taken_with_a_warning(wrap):
    model = ps.Sequential([ps.Input((1,), name="width"), ps.layers.Dense(1, kernel_initializer="ones")])
    column = np.array([[1], [2]], "float32")
    with pytest.warns(UserWarning, match="the model has one input, so x is an array, but it came in a"):
        np.testing.assert_array_equal(model(wrap(column)), column)


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: (x,)], ids=["list", "tuple"])
def test_one_array_in_a_list_builds_a_model_that_was_not_told_its_input(wrap):
    model = ps.Sequential([ps.layers.Dense(1, kernel_initializer="ones")])
    with pytest.warns(UserWarning, match="the model has one input, so x is an array, but it came in a"):
        assert model(wrap(X)).shape == (5, 1)


def test_a_layer_of_one_input_refuses_several():
    with pytest.raises(ValueError, match="takes one input"):
        ps.Sequential([ps.layers.Dense(1)])([X, X])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.ones((2, 3)), r"'x' has shape \(None, 2\), but was given an array of shape \(2, 3\)"),
        ({"y": np.ones((2, 2))}, "one input, 'x', but was given 'y'"),
        ([np.ones((2, 2))] * 2, "one input, 'x', but was given 2"),
    ],
)
def test_an_input_that_does_not_fit_is_named(given, message):
    model = ps.Sequential([ps.Input((2,), name="x"), ps.layers.Dense(1)])
    with pytest.raises(ValueError, match=message):
        model(given)


def test_a_batch_that_does_not_fit_leaves_the_model_as_it_was():
    model = ps.Sequential([ps.layers.Dense(2)])
    with pytest.raises(ValueError, match="two or more axes"):
        model(np.ones(3))
    assert model(X).shape == (5, 2)
    with pytest.raises(ValueError, match="axis 5"):
        model.add(ps.layers.BatchNormalization(axis=5))
    assert len(model.layers) == 1 and model(inputs=X).shape == (5, 2)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda model: model.add("dense"), "made of layers"),
        (lambda model: model.add(ps.Input((8,))), "can only come first"),
        (lambda model: model.add(ps.layers.Dense(1, name="first")), "already has a layer named 'first'"),
        (lambda model: model.build((None, 9)), "cannot be built for"),
        (lambda model: ps.Sequential().pop(), "no layer left"),
        (lambda model: ps.Sequential().build((None, 2)), "no layers to build"),
        (lambda model: model.get_layer("none"), "no layer 'none'; it has first"),
        (lambda model: model.get_layer(index=5), "none at index 5"),
        (lambda model: model.get_layer(), "either a name or an index"),
    ],
)
def test_what_cannot_be_is_refused(act, message):
    model = ps.Sequential([ps.Input((8,)), ps.layers.Dense(1, name="first")])
    with pytest.raises(ValueError, match=message):
        act(model)
