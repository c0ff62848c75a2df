"""Layers that make one array of several, against Keras."""

import keras
import numpy as np
import pytest

import penstock as ps

RNG = np.random.default_rng(0)
A, B, C = (RNG.normal(size=(4, 3, 2)).astype("float32") for _ in range(3))

CASES = [
    *[(kind, {}, [A, B, C]) for kind in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")],
    *[(kind, {}, [A, B]) for kind in ("Subtract", "Add")],
    ("Add", {}, [A, B[:, 0]]),
    ("Multiply", {}, [A, B[:, :1]]),
    ("Concatenate", dict(axis=1), [A, B[:, :1]]),
    ("Concatenate", dict(axis=0), [A[:1], B]),
    ("Dot", dict(axes=2), [A, B]),
    ("Dot", dict(axes=(1, 1), normalize=True), [A, B]),
    ("Dot", dict(axes=-1), [A[:, 0], B[:, 0]]),
    ("Dot", dict(axes=(2, 1)), [A, B[:, 0]]),
]


@pytest.mark.parametrize(("kind", "arguments", "inputs"), CASES)
def test_a_layer_and_its_function_give_what_they_give_in_keras(kind, arguments, inputs):
    ours, theirs = (getattr(library.layers, kind)(**arguments) for library in (ps, keras))
    expected = np.asarray(theirs(inputs))
    np.testing.assert_allclose(ours(inputs), expected, rtol=1e-5, atol=1e-6)
    function = getattr(ps.layers, kind.lower())
    symbolic = [ps.Input(batch_shape=array.shape) for array in inputs]
    drawn = function(symbolic, **arguments)
    assert drawn.shape == expected.shape
    np.testing.assert_allclose(ps.Model(symbolic, drawn)(inputs), expected, rtol=1e-5, atol=1e-6)
    config = ours.get_config()
    assert type(ours).from_config(config).get_config() == config
    assert all(config[key] == value for key, value in theirs.get_config().items() if key not in ("dtype", "name"))


MASK = np.array([[True, True, False], [False, True, True], [True, True, True], [False, False, False]])


@pytest.mark.parametrize(("kind", "arguments"), [("Add", {}), ("Concatenate", {}), ("Concatenate", dict(axis=1))])
@pytest.mark.parametrize("masks", [[MASK, ~MASK], [MASK, MASK], [MASK, None], [None, None]])
def test_masks_are_merged_as_in_keras(kind, arguments, masks):
    ours, theirs = (getattr(library.layers, kind)(**arguments).compute_mask([A, B], masks) for library in (ps, keras))
    assert (ours is None) == (theirs is None)
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: ps.layers.Add()(A), "takes a list of inputs"),
        (lambda: ps.layers.Subtract()([A, B, C]), "takes 2 inputs, but got 3"),
        (lambda: ps.layers.Dot(1)([A]), "takes 2 inputs, but got 1"),
        (lambda: ps.layers.Dot((1, 2, 3)), "one for each of two inputs"),
        (lambda: ps.layers.Dot(0)([A, B]), "batch's axis, 0"),
        (lambda: ps.layers.Concatenate()([A, B[:, :1]]), r"axis -1, but others differ in their shapes"),
    ],
)
def test_what_cannot_be_merged_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()
