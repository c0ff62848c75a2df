"""Graphs of functional models: the order of their layers, and what symbolic tensors refuse."""

import random

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import penstock as ps
from penstock.engine.graph import Graph


def mix_of(library):
    class Mix(library.layers.Layer):
        """Adds what it is given."""

        def call(self, inputs):
            return sum(inputs) if isinstance(inputs, list) else inputs * 2

        def compute_output_shape(self, input_shape):
            return input_shape[0] if isinstance(input_shape, list) else input_shape

    return Mix


def random_model(library, seed):
    """A graph with forks, joins and shared layers, from up to three inputs to up to three outputs."""
    draw = random.Random(seed)
    mix = mix_of(library)
    inputs = [library.Input((3,), name=f"given_{number}") for number in range(draw.choice((1, 1, 2, 3)))]
    tensors = list(inputs)
    layers = []
    for number in range(draw.randrange(3, 12)):
        if layers and draw.random() < 0.3:
            layer = draw.choice(layers)
        else:
            layer = mix(name=f"mix_{number}")
            layers.append(layer)
        chosen = [draw.choice(tensors[-4:]) for _ in range(draw.randrange(1, 4))]
        tensors.append(layer(chosen if len(chosen) > 1 else chosen[0]))
    outputs = [tensors[-1], *draw.sample(tensors[len(inputs) :], draw.choice((0, 0, 1, 2)))]
    return library.Model(inputs, outputs)


@pytest.mark.parametrize("seed", range(60))
def test_layers_are_in_keras_order_and_give_what_keras_gives(seed):
    ours, theirs = random_model(ps, seed), random_model(keras, seed)
    x = [np.full((2, 3), number, "float32") for number, _ in enumerate(ours.inputs, 1)]
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    np.testing.assert_allclose(ours(x), theirs(x))


def test_a_graph_may_be_deeper_than_pythons_stack():
    layer = mix_of(ps)()
    x = given = ps.Input((1,))
    for _ in range(1200):
        x = layer(x)
    assert len(Graph(given, x).operations) == 2


def test_dimensions_that_follow_an_unknown_one_are_unknown():
    class Pairs(ps.layers.Layer):
        def call(self, inputs):
            return {"pairs": jnp.reshape(inputs, (-1, 2)), "means": jnp.mean(inputs, 0)}

    found = Pairs()(ps.Input((None, 6)))
    assert (found["pairs"].shape, found["means"].shape) == ((None, 2), (None, 6))


def test_an_error_says_what_stands_for_an_unknown_dimension():
    with pytest.raises(Exception, match="5040") as raised:
        ps.layers.wrap(lambda x: x @ x)(ps.Input((4,)))
    assert any("5040 stands for a dimension that is not known" in note for note in raised.value.__notes__)


def test_an_unknown_dimension_may_be_divided():
    assert ps.layers.Reshape((-1, 6))(ps.Input((None,))).shape == (None, None, 6)
    assert ps.ops.reshape(ps.Input((None, 9)), (-1, 16)).shape == (None, 16)


def test_constants_beside_symbolic_tensors_are_kept():
    class Add(ps.layers.Layer):
        def call(self, inputs, other, scale=1):
            return inputs + scale * other

    x = ps.Input((2,))
    model = ps.Model(x, Add()(x, np.float32([1, 2]), scale=10))
    np.testing.assert_array_equal(model(np.zeros((1, 2))), [[10, 20]])


def test_a_layer_knows_the_tensors_of_its_first_call():
    x = ps.Input((2,))
    layer = mix_of(ps)()
    y = layer(x)
    layer(y)
    assert layer.input is x and layer.output is y
    with pytest.raises(AttributeError, match="never called"):
        _ = mix_of(ps)().output


def test_outputs_that_need_an_input_left_out_are_refused():
    x, other = ps.Input((2,)), ps.Input((2,), name="left_out")
    with pytest.raises(ValueError, match="left_out"):
        ps.Model(x, mix_of(ps)()([x, other]))


def test_a_model_may_begin_in_the_middle_of_a_graph():
    x = ps.Input((2,))
    middle = mix_of(ps)(name="before")(x)
    model = ps.Model(middle, mix_of(ps)(name="after")(middle))
    assert [layer.name for layer in model.layers] == ["after"]
    np.testing.assert_array_equal(model(np.ones((1, 2))), [[2, 2]])


def test_two_layers_of_one_name_are_refused():
    x = ps.Input((2,))
    with pytest.raises(ValueError, match="'twice'"):
        ps.Model(x, mix_of(ps)(name="twice")(mix_of(ps)(name="twice")(x)))


@pytest.mark.parametrize(
    "fn",
    [jnp.sin, jax.nn.relu, jax.jit(lambda x: x), np.mean, np.asarray, bool, lambda x: jnp.ones(3) + x],
    ids=["jnp", "jax.nn", "jit", "np", "asarray", "bool", "array + symbolic"],
)
def test_functions_of_arrays_name_the_cure(fn):
    with pytest.raises(TypeError, match=r"Use the function of penstock.ops, put your own .* with penstock.layers.wrap"):
        fn(ps.Input((3,)))
