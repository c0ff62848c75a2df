"""Arrays in memory."""

from collections import namedtuple

import numpy as np
import pytest

from penstock.adapters import adapt
from penstock.pipeline import Resident

X, Y = np.ones((4, 2), np.float32), np.arange(4, dtype=np.uint8)


def resident(*arguments):
    source = adapt(*arguments)
    assert isinstance(source, Resident)
    return source


def test_arrays_are_not_copied():
    arrays = resident(X, Y).arrays
    assert np.shares_memory(arrays.x, X) and np.shares_memory(arrays.y, Y)


def test_what_is_not_contiguous_or_native_is_copied_once():
    arrays = resident(np.asfortranarray(X), Y.astype(">i8")).arrays
    assert arrays.x.flags.c_contiguous and arrays.y.dtype == np.int64 and arrays.y.dtype.isnative


def test_trees_keep_their_structure():
    Inputs = namedtuple("Inputs", ["left", "right"])
    x = {"pair": Inputs(X, Y), "more": [X, None, (Y,)]}
    arrays = resident(x, [Y, Y]).arrays
    assert isinstance(arrays.x["pair"], Inputs) and np.shares_memory(arrays.x["pair"].left, X)
    assert arrays.x["more"][1] is None and len(arrays.y) == 2
    assert arrays.rows == 4


def test_a_flat_list_of_numbers_is_an_array():
    assert resident([1, 2, 3], [0.5, 1, 2]).arrays.y.tolist() == [0.5, 1.0, 2.0]


def test_arrays_of_other_libraries_keep_their_dtypes():
    jnp = pytest.importorskip("jax.numpy")
    arrays = resident(jnp.ones((3, 2), jnp.bfloat16), jnp.arange(3)).arrays
    assert (str(arrays.x.dtype), arrays.y.tolist()) == ("bfloat16", [0, 1, 2])


def test_frames_of_numbers_are_arrays():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    arrays = resident(frame, frame["a"]).arrays
    assert arrays.x.tolist() == [[1, 3], [2, 4]] and arrays.y.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("columns", "dtype"),
    [
        ({"a": [True, False], "b": [1.5, 2.5]}, "float64"),
        ({"a": ("Int64", [1, 2]), "b": ("boolean", [True, False])}, "int64"),
        ({"a": ("Float64", [1.0, None]), "b": [1, 2]}, "float64"),
    ],
    ids=["booleans and numbers", "nullable types", "missing numbers"],
)
def test_frames_of_several_types_are_of_the_one_that_holds_them_all(columns, dtype):
    pandas = pytest.importorskip("pandas")
    made = {name: pandas.array(c[1], dtype=c[0]) if isinstance(c, tuple) else c for name, c in columns.items()}
    found = resident(pandas.DataFrame(made)).arrays.x
    plain = [c[1] if isinstance(c, tuple) else c for c in columns.values()]
    np.testing.assert_array_equal(found, np.array(plain, dtype).T)
    assert found.dtype == dtype


def test_frames_of_strings_and_dates_are_refused():
    pandas = pytest.importorskip("pandas")
    for column in (["x", "y"], pandas.to_datetime(["2024-01-01", "2024-01-02"])):
        with pytest.raises(ValueError, match="x must hold numbers"):
            adapt(pandas.DataFrame({"a": [1.0, 2.0], "b": column}))


def test_lists_of_numbers_in_a_dict_are_arrays():
    arrays = resident({"a": [1.0, 2.0], "b": X[:2]}, {"c": [1, 0]}).arrays
    np.testing.assert_array_equal(arrays.x["a"], [1.0, 2.0])
    np.testing.assert_array_equal(arrays.y["c"], [1, 0])


def test_a_memory_map_stays_on_disk(tmp_path):
    mapped = np.memmap(tmp_path / "x", np.float32, "w+", shape=(4, 2))
    assert np.shares_memory(resident(mapped).arrays.x, mapped)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2], [3, 4]],), r"x holds the number 1 .* give np.asarray\(x\)"),
        ((X, [[1], [2]]), r"np.asarray\(y\)"),
        ((np.array(["a", "b"]),), "x must hold numbers, but its dtype is <U1"),
        ((X, np.array([None] * 4)), "y must hold numbers, but its dtype is object"),
        (
            (X, Y, np.array(["2020-01-01"] * 4, "datetime64[D]")),
            "sample_weight must hold numbers, but its dtype is datetime64",
        ),
        ((np.zeros(4, [("a", int)]),), "x must hold numbers"),
        ((["a", "b"],), "x holds a str"),
        ((np.float32(3),), "x holds the number 3.0"),
        (([],), "x must hold at least one array"),
        (({"a": None},), "x must hold at least one array"),
        ((X, Y[:3]), "cardinality .* x sizes: 4; y sizes: 3"),
        (([X, Y[:2]], Y), "cardinality .* x sizes: 4, 2; y sizes: 4"),
        ((np.ma.masked_array(X, X > 0),), r"masked array.*x.filled\(value\)"),
    ],
)
def test_what_is_no_data_is_refused_at_the_door(arguments, message):
    with pytest.raises(ValueError, match=message):
        adapt(*arguments)
