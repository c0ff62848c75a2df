"""Models of several inputs and outputs: how data is matched with inputs, and what comes back."""

import keras
import numpy as np
import pytest

import penstock as ps

A = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
B = np.random.default_rng(1).normal(size=(5, 3)).astype("float32")

# Each row: the structure of the inputs, that of the outputs, and what is fed.
STRUCTURES = [
    (lambda a, b: [a, b], lambda y, z: [y, z], [A, B]),
    (lambda a, b: [a, b], lambda y, z: (y, z), (A, B)),
    (lambda a, b: (a, b), lambda y, z: {"y": y, "z": z}, {"a": A, "b": B}),
    (lambda a, b: {"b": b, "a": a}, lambda y, z: {"z": z, "y": y}, {"b": B, "a": A}),
    (lambda a, b: {"a": a, "b": b}, lambda y, z: [y, {"deep": z}], {"b": B, "a": A}),
    (lambda a, b: [a, {"b": b}], lambda y, z: {"list": [y, z]}, (A, {"b": B})),
    (lambda a, b: [a, [b]], lambda y, z: y, [A, [B]]),
]


def two_ways(library, inputs, outputs):
    kinds = library.layers
    a, b = library.Input((4,), name="a"), library.Input((3,), name="b")
    shared = kinds.Dense(6, activation="tanh", name="shared")
    left, right = shared(kinds.Dense(5, name="left")(a)), shared(kinds.Dense(5, name="right")(b))
    first = kinds.Dense(2, name="first")(left)
    return library.Model(inputs(a, b), outputs(first, kinds.Dense(1, name="second")(right)))


@pytest.fixture(scope="module", params=STRUCTURES, ids=range(len(STRUCTURES)))
def pair(request):
    inputs, outputs, given = request.param
    ours, theirs = two_ways(ps, inputs, outputs), two_ways(keras, inputs, outputs)
    theirs.set_weights(ours.get_weights())
    return ours, theirs, given


def assert_equal_trees(ours, theirs):
    ours, theirs = (keras.tree.flatten_with_path(tree) for tree in (ours, theirs))
    assert [path for path, _ in ours] == [path for path, _ in theirs]
    for (_, our_leaf), (_, their_leaf) in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our_leaf, their_leaf, rtol=1e-5, atol=1e-6)


def test_outputs_have_the_structure_and_values_of_those_of_keras(pair):
    ours, theirs, given = pair
    assert_equal_trees(ours(given), theirs(given))
    assert_equal_trees(ours.predict(given, verbose=0), theirs.predict(given, verbose=0))


def test_layers_weights_and_shapes_are_those_of_keras(pair):
    ours, theirs, _ = pair
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert [(v.path, v.shape) for v in ours.weights] == [(v.path, tuple(v.shape)) for v in theirs.weights]
    assert [x.shape for x in ours.inputs] == [x.shape for x in theirs.inputs]
    assert [y.shape for y in ours.outputs] == [y.shape for y in theirs.outputs]


def test_a_model_of_several_inputs_nests(pair):
    ours, theirs, _ = pair
    nested = []
    for library, model in ((ps, ours), (keras, theirs)):
        a, b = library.Input((4,), name="a"), library.Input((3,), name="b")
        given = keras.tree.map_structure(lambda tensor, a=a, b=b: {"a": a, "b": b}[tensor.name], ours.input)
        nested.append(library.Model([a, b], model(given), name="outer"))
    assert_equal_trees(nested[0]([A, B]), nested[1]([A, B]))


@pytest.mark.parametrize(
    ("outputs", "names"),
    [
        (lambda y, z: [y, z], ["first", "second"]),
        (lambda y, z: {"z": z, "y": y}, ["y", "z"]),
        (lambda y, z: [y, {"deep": z}], ["first", "deep"]),
        (lambda y, z: [y, y, z], ["first", "first_1", "second"]),
        (lambda y, z: [z], ["second"]),
    ],
)
def test_outputs_are_named_by_keys_and_by_layers(outputs, names):
    assert two_ways(ps, lambda a, b: [a, b], outputs).output_names == names


def test_inputs_are_named_by_keys_and_by_layers():
    assert two_ways(ps, lambda a, b: [b, a], lambda y, z: y).input_names == ["b", "a"]
    assert two_ways(ps, lambda a, b: {"right": b, "left": a}, lambda y, z: y).input_names == ["left", "right"]


def test_a_list_is_taken_for_a_dict_in_the_order_drawn_with_a_warning():
    model = two_ways(ps, lambda a, b: {"b": b, "a": a}, lambda y, z: [y, z])
    with pytest.warns(UserWarning, match="2 inputs, 'b', 'a', to be given as a dict"):
        outputs = model([B, A])
    assert_equal_trees(outputs, model({"a": A, "b": B}))


@pytest.mark.parametrize("inputs", [lambda a, b: [a, b], lambda a, b: {"a": a, "b": b}], ids=["list", "dict"])
def test_extra_keys_are_left_out_with_a_warning(inputs):
    model = two_ways(ps, inputs, lambda y, z: [y, z])
    with pytest.warns(UserWarning, match="'a', 'b'; what was given as 'c' is not used"):
        outputs = model({"c": A, "b": B, "a": A})
    assert_equal_trees(outputs, model({"a": A, "b": B}))


@pytest.mark.parametrize(
    ("inputs", "given", "message"),
    [
        (lambda a, b: [a, b], {"a": A}, "2 inputs, 'a', 'b', but among those given 'b' is missing"),
        (lambda a, b: {"a": a, "b": b}, {"a": A, "wrong": B}, "among those given 'b' is missing"),
        (lambda a, b: {"a": a, "b": b}, A, "2 inputs, 'a', 'b', but was given an array of shape"),
        (lambda a, b: [a, b], A, r"\[a, b\] as inputs, but was given an array of shape \(5, 4\)"),
        (lambda a, b: [a, b], [A], r"\[a, b\] as inputs, but was given \[an array of shape \(5, 4\)\]"),
        (lambda a, b: [a, b], [A, B, B], r"\[a, b\] as inputs"),
        (lambda a, b: [a, b], [A, None], "'b' is an array of shape .*, but was given nothing"),
        (lambda a, b: [a, [b]], [A, B], r"\[b\] as inputs, but was given an array"),
        (lambda a, b: [a, b], [B, A], r"'a' has shape \(None, 4\), but was given an array of shape \(5, 3\)"),
    ],
)
def test_what_does_not_match_the_inputs_is_named(inputs, given, message):
    model = two_ways(ps, inputs, lambda y, z: [y, z])
    with pytest.raises(ValueError, match=message):
        model(given)


def test_an_input_drawn_twice_is_refused():
    with pytest.raises(ValueError, match="the input 'a' is given 2 times"):
        two_ways(ps, lambda a, b: [a, b, a], lambda y, z: y)


def test_an_input_that_no_output_needs_may_be_given():
    a, b = ps.Input((4,), name="a"), ps.Input((3,), name="b")
    model = ps.Model([a, b], ps.layers.Dense(2)(a))
    assert model([A, B]).shape == (5, 2) and [layer.name for layer in model.layers[:2]] == ["a", "b"]


class Branches(ps.Model):
    def __init__(self, structure):
        super().__init__()
        self.structure = structure
        self.first, self.second = ps.layers.Dense(2), ps.layers.Dense(1)

    def call(self, inputs):
        a, b = inputs
        return self.structure(self.first(a), self.second(b))


@pytest.mark.parametrize(
    ("structure", "names"),
    [
        (lambda y, z: [y, z], ["output_1", "output_2"]),
        (lambda y, z: (y, z), ["output_1", "output_2"]),
        (lambda y, z: {"z": z, "y": y}, ["y", "z"]),
        (lambda y, z: y, ["output_1"]),
    ],
)
def test_outputs_of_subclasses_have_the_pseudo_names(structure, names):
    model = Branches(structure)
    assert model.output_names == ["output_1"]
    model.build([(None, 4), (None, 3)])
    assert model.output_names == names
    assert_equal_trees(model.predict([A, B], verbose=0), model([A, B]))
