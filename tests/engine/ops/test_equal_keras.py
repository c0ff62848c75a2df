"""Operations, against Keras: on arrays, and drawn into functional models."""

import copy
import operator
import pickle

import keras
import numpy as np
import pytest

import penstock as ps

RNG = np.random.default_rng(0)
X = RNG.uniform(0.1, 0.9, (4, 3, 2)).astype("float32")
Y = RNG.uniform(0.5, 1.5, (4, 3, 2)).astype("float32")

ONE = "abs absolute negative sign square sqrt rsqrt reciprocal exp expm1 log log1p log2 log10 sin cos tan arcsin "
ONE += "arccos arctan sinh cosh tanh erf floor ceil isnan isinf isfinite logical_not stop_gradient celu elu gelu "
ONE += "hard_sigmoid hard_silu hard_swish leaky_relu log_sigmoid relu relu6 selu sigmoid silu swish softplus softsign "
ONE += "softmax log_softmax ravel zeros_like ones_like round sum prod mean std var max min any all logsumexp norm "
ONE += "argmax argmin cumsum cumprod transpose sort argsort flip squeeze"
TWO = "add subtract multiply divide true_divide floor_divide mod power arctan2 maximum minimum equal not_equal less "
TWO += "less_equal greater greater_equal logical_and logical_or logical_xor divide_no_nan outer"

# Each row: the operation, what follows the array, and its options.
MORE = [
    *[(name, (1,), {}) for name in "sum prod mean std var max min any all logsumexp argmax argmin cumsum sort".split()],
    *[(name, (), {"axis": (0, 2), "keepdims": True}) for name in "sum mean std var max min logsumexp".split()],
    ("max", (), {"initial": 0.5}),
    ("norm", (), {"ord": 1, "axis": 1}),
    ("moments", ((0, 1),), {}),
    ("clip", (0.3, 0.6), {}),
    ("round", (1,), {}),
    ("cast", ("int32",), {}),
    ("reshape", ((-1, 6),), {}),
    ("transpose", ((1, 0, 2),), {}),
    ("swapaxes", (0, 2), {}),
    ("moveaxis", (0, -1), {}),
    ("expand_dims", (1,), {}),
    ("broadcast_to", ((2, 4, 3, 2),), {}),
    ("split", (3,), {"axis": 1}),
    ("split", ([1, 2],), {"axis": 1}),
    ("unstack", (), {"axis": 2}),
    ("tile", ((1, 2, 1),), {}),
    ("repeat", (2,), {"axis": 1}),
    ("flip", (1,), {}),
    ("roll", (1,), {"axis": 1}),
    ("pad", (((0, 0), (1, 2), (0, 1)),), {"constant_values": 3}),
    ("take", ([0, 2],), {"axis": 1}),
    ("take_along_axis", (np.zeros((4, 1, 2), int),), {"axis": 1}),
    ("top_k", (2,), {}),
    ("full_like", (7,), {}),
    ("normalize", (), {"axis": 1}),
    ("leaky_relu", (), {"negative_slope": 0.3}),
    ("gelu", (), {"approximate": False}),
    ("softmax", (1,), {}),
    ("matmul", (np.ones((2, 5), "float32"),), {}),
    ("dot", (np.ones((2, 5), "float32"),), {}),
    ("tensordot", (np.ones((2, 5), "float32"), 1), {}),
    ("add", (2,), {}),
    ("power", (2.0,), {}),
]
CASES = [(name, (), {}) for name in ONE.split()] + [(name, (Y,), {}) for name in TWO.split()] + MORE


def assert_equal(ours, theirs):
    ours, theirs = (tree if isinstance(tree, (list, tuple)) else [tree] for tree in (ours, theirs))
    for our_array, their_array in zip(ours, theirs, strict=True):
        assert (our_array.shape, our_array.dtype) == (their_array.shape, their_array.dtype)
        np.testing.assert_allclose(our_array, their_array, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "more", "options"), CASES, ids=[f"{n}-{len(m)}-{o}" for n, m, o in CASES])
def test_an_operation_gives_what_it_gives_in_keras(name, more, options):
    x = np.float32([[[0.5]]]) if name == "squeeze" else X
    theirs = getattr(keras.ops, name)(x, *more, **options)
    assert_equal(getattr(ps.ops, name)(x, *more, **options), theirs)
    inputs = ps.Input(batch_shape=x.shape)
    drawn = getattr(ps.ops, name)(inputs, *more, **options)
    assert_equal(ps.Model(inputs, drawn)(x), theirs)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("concatenate", ([X, Y], 1)),
        ("stack", ([X, Y],)),
        ("where", (X > 0.5, X, Y)),
        ("where", (X > 0.5, X, 0.0)),
        ("einsum", ("bij,bkj->bik", X, Y)),
        ("one_hot", (np.array([0, 2]), 3)),
        ("zeros", ((2, 3),)),
        ("ones", ((2,), "int32")),
        ("full", ((2,), 3.0)),
        ("arange", (1, 7, 2)),
        ("linspace", (0.0, 1.0, 5)),
        ("eye", (3,)),
        ("convert_to_tensor", ([1.0, 2.0],)),
        ("mean", ([1, 2, 4],)),
    ],
)
def test_other_operations_give_what_they_give_in_keras(name, arguments):
    assert_equal(getattr(ps.ops, name)(*arguments), getattr(keras.ops, name)(*arguments))


def test_several_symbolic_tensors_may_be_joined():
    a, b = ps.Input((3, 2)), ps.Input((3, 2))
    outputs = [
        ps.ops.concatenate([a, b], 1),
        ps.ops.where(a > 0.5, a, b),
        ps.ops.einsum("bij,bkj->bik", a, b),
        ps.ops.stack([a, b]),
    ]
    assert [tensor.shape for tensor in outputs] == [(None, 6, 2), (None, 3, 2), (None, 3, 3), (2, None, 3, 2)]
    expected = np.concatenate([X, Y], 1), np.where(X > 0.5, X, Y), np.einsum("bij,bkj->bik", X, Y), np.stack([X, Y])
    for ours, theirs in zip(ps.Model([a, b], outputs)([X, Y]), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


OPERATORS = [
    *[getattr(operator, name) for name in "add sub mul truediv floordiv mod pow lt le gt ge".split()],
    lambda x, y: y + x * 2 - 1 / x,
    lambda x, y: -x + abs(y) + 3**x + 2 // y + 1 % y,
    lambda x, y: x @ np.ones((2, 5), "float32"),
    lambda x, y: x[:, 0],
    lambda x, y: y[..., None][:, 1:, ::-1],
]


@pytest.mark.parametrize("operate", OPERATORS)
def test_pythons_operators_work_on_symbolic_tensors(operate):
    def drawn(library):
        x, y = library.Input((3, 2)), library.Input((3, 2))
        outputs = operate(x, y)
        return outputs.shape, library.Model([x, y], outputs)([X, Y])

    (our_shape, ours), (their_shape, theirs) = drawn(ps), drawn(keras)
    assert our_shape == their_shape
    assert_equal(ours, theirs)


def test_arrays_of_numpy_leave_operators_to_symbolic_tensors():
    x = ps.Input((3, 2))
    model = ps.Model(x, np.ones((3, 2)) * x - np.float32(2) + x)
    np.testing.assert_allclose(model(X), 2 * X - 2, rtol=1e-6)


def test_operations_are_named_and_numbered_and_are_no_layers():
    ps.backend.clear_session()
    x = ps.Input((2,), name="x")
    y = ps.ops.mean(x + 1 + x, axis=1)
    model = ps.Model(x, y)
    assert [operation.name for operation in model.graph.operations] == ["x", "add", "add_1", "mean"]
    assert [layer.name for layer in model.layers] == ["x"] and model.output_names == ["mean"]


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["copy", "pickle"]
)
def test_a_model_with_operations_can_be_copied(copied):
    x = ps.Input((3, 2))
    model = ps.Model(x, ps.layers.Dense(1)(ps.ops.relu(x - 0.5)))
    np.testing.assert_array_equal(copied(model)(X), model(X))


def test_a_model_with_operations_trains():
    x = ps.Input((3, 2))
    model = ps.Model(x, ps.ops.mean(ps.layers.Dense(1)(ps.ops.tanh(x) * 2.0), axis=1))
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, np.ones((4, 1)), epochs=1, verbose=0)
    assert not np.array_equal(before[0], model.get_weights()[0])


def test_a_variable_is_an_operand():
    variable = ps.Variable([1.0, 2.0])
    np.testing.assert_array_equal(ps.ops.sum(variable * ps.ops.add(variable, 1)), 8)
