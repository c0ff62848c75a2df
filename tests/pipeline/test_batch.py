"""What a batch is read from."""

from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.pipeline import Batch, leaves, map_leaves, unpack

X, Y, W = np.ones((3, 2)), np.arange(3), np.ones(3, np.float32)
Pair = namedtuple("Pair", ["y", "x"])


@pytest.mark.parametrize(
    ("item", "parts"),
    [(X, (X,)), ((X,), (X,)), ((X, Y), (X, Y)), ([X, Y], (X, Y)), ((X, Y, W), (X, Y, W)), ((X, None, W), (X, None, W))],
)
def test_tuples_and_lists_of_one_to_three_are_x_y_and_weight(item, parts):
    batch = unpack(item)
    assert all(a is b for a, b in zip(batch.as_tuple(), parts, strict=True))
    assert batch.rows == 3


def test_a_dict_is_x_whatever_its_keys():
    item = {"x": X, "y": Y}
    assert unpack(item).as_tuple() == (item,)


def test_a_batch_is_what_it_is():
    batch = Batch(X, Y, rows=3)
    assert unpack(batch) is batch


def test_a_namedtuple_is_refused_with_both_cures():
    with pytest.raises(
        ValueError, match=r"is a Pair; give tuple\(batch\).*\(batch,\).*\{'y': batch.y, 'x': batch.x\}, y"
    ):
        unpack(Pair(X, Y))


def test_a_namedtuple_may_be_the_structure_of_x():
    assert unpack((Pair(X, Y), Y)).x == Pair(X, Y)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ((), "a batch must be x, .x,., .x, y. or .x, y, sample_weight., but is a tuple of length 0"),
        ((X, Y, W, W), "is a tuple of length 4"),
        (None, "a batch must have an x with at least one array, but its x is None"),
        ((None, Y), "its x is None"),
        ({}, "its x is {}"),
        ((X, 3), "y holds the number 3"),
        (([[1, 2], [3, 4]], Y), r"np.asarray\(x\)"),
        ("images", "x holds a str"),
        ((X, Y, object()), "sample_weight holds a object"),
        (np.ma.masked_array(Y, Y > 1), "masked array"),
    ],
)
def test_what_is_no_batch_is_refused(item, message):
    with pytest.raises(ValueError, match=message):
        unpack(item)


def test_a_flat_list_of_numbers_is_an_array():
    assert unpack(([X], [1, 2, 3])).y.tolist() == [1, 2, 3]


def test_tensors_of_other_libraries_become_arrays_of_their_dtypes():
    jnp = pytest.importorskip("jax.numpy")
    x = unpack({"a": jnp.ones((2, 3), jnp.bfloat16), "b": jnp.arange(2)}).x
    assert (type(x["a"]), str(x["a"].dtype), type(x["b"])) == (np.ndarray, "bfloat16", np.ndarray)


def test_leaves_of_dicts_come_in_the_order_of_their_keys():
    assert [leaf[0] for leaf in leaves({"b": np.array([2]), "a": [np.array([1]), None]})] == [1, 2]


trees = st.recursive(
    st.none() | st.just(X),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(trees)
def test_mapping_keeps_the_structure_and_visits_every_leaf_once(tree):
    visited = []
    mapped = map_leaves(lambda leaf: visited.append(leaf) or leaf, tree)
    assert repr(mapped) == repr(tree)
    assert len(visited) == len(leaves(tree))
