"""Parquet and Arrow files."""

import numpy as np
import pyarrow
import pyarrow.ipc
import pytest
from inputs import TABLE, W, X, Y, write

from penstock.adapters import Loader, open
from penstock.pipeline import Resident

FORMATS = ("parquet", "arrow", "feather")


@pytest.fixture(params=FORMATS)
def path(request, tmp_path):
    return write(tmp_path / f"train.{request.param}")


def arrays(path, **words):
    source = open(path, **words)
    assert isinstance(source, Resident)
    return source.arrays


def test_a_column_is_its_values_as_they_are(path):
    batch = arrays(path, x="a", y="label", sample_weight="w")
    for array, expected in ((batch.x, X[:, 0]), (batch.y, Y), (batch.sample_weight, W)):
        assert array.dtype == expected.dtype and np.array_equal(array, expected)


def test_a_fixed_size_list_is_an_array(path):
    x = arrays(path, x="pixels").x
    assert x.dtype == X.dtype and np.array_equal(x, X)


def test_a_list_of_columns_is_stacked(path):
    assert np.array_equal(arrays(path, x=["b", "a"]).x, X[:, [1, 0]])
    assert arrays(path, x=["a"]).x.shape == (50, 1)
    assert arrays(path, x="a", y=["label", "w"]).y.shape == (50, 2)


def test_a_dict_is_a_dict(path):
    x = arrays(path, x={"image": "pixels", "more": ["a", "b"]}).x
    assert np.array_equal(x["image"], X) and np.array_equal(x["more"], X[:, :2])


@pytest.mark.parametrize("format", FORMATS)
def test_without_x_it_is_all_that_is_left(format, tmp_path):
    path = write(tmp_path / f"train.{format}", TABLE.select(["w", "a", "label", "b"]))
    assert np.array_equal(arrays(path, y="label", sample_weight="w").x, X[:, :2])


def test_without_x_a_single_fixed_size_list_is_x(tmp_path):
    path = write(tmp_path / "train.parquet", TABLE.select(["pixels", "label"]))
    assert np.array_equal(arrays(path, y="label").x, X)


def test_lists_of_lists_are_arrays_of_two_axes(tmp_path):
    rows = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(np.arange(24)), 3)
    path = write(tmp_path / "train.parquet", pyarrow.table({"x": pyarrow.FixedSizeListArray.from_arrays(rows, 2)}))
    assert np.array_equal(arrays(path, x="x").x, np.arange(24).reshape(4, 2, 3))


def test_booleans_and_an_ipc_stream_can_be_read(tmp_path):
    table = pyarrow.table({"x": [True, False, True]})
    with pyarrow.ipc.new_stream(str(tmp_path / "train.arrow"), table.schema) as stream:
        stream.write_table(table)
    assert arrays(tmp_path / "train.arrow", x="x").x.tolist() == [True, False, True]


def test_a_loader_opens_a_path_with_the_same_words(tmp_path):
    path = write(tmp_path / "train.parquet", TABLE.select(["a", "b", "label"]))
    loader = Loader(str(path), y="label", batch_size=20)
    assert [(x.shape, y.dtype) for x, y in loader] == [((n, 2), np.int16) for n in (20, 20, 10)]
    assert loader.plan.loading.workers == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"x": "name"}, "column 'name' of .*train.* must hold numbers, but holds string"),
        ({"x": ["a", "name"]}, "column 'name' of"),
        ({}, "column 'name' of"),
        ({"x": "a", "y": "gaps"}, "column 'gaps' of .*train.* must hold numbers, but has nulls"),
        ({"x": "c"}, "x must name columns of .*train.*, but it has no column 'c'; it has 'a', 'b', 'pixels', 'name'"),
        ({"x": "a", "sample_weight": "c"}, "sample_weight must name columns"),
        ({"x": 3}, "x must name columns of .* a name, a list of names or a dict of either, but is 3"),
        ({"x": []}, "x must name columns"),
        ({"x": "a", "y": np.ones(50)}, "y must name columns"),
        ({"x": ["a", "pixels"]}, "column 'pixels' of .* holds arrays, which cannot be stacked"),
    ],
)
def test_a_wrong_column_is_named_with_its_file(path, words, message):
    with pytest.raises(ValueError, match=message):
        open(path, **words)


def test_nulls_within_a_list_are_found(tmp_path):
    column = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array([1, 2, None, 4]), 2)
    with pytest.raises(ValueError, match="column 'x' of .*train.parquet must hold numbers, but has nulls"):
        open(write(tmp_path / "train.parquet", pyarrow.table({"x": column})), x="x")


def test_lists_of_any_length_are_refused_with_the_cure(tmp_path):
    with pytest.raises(ValueError, match="column 'x' of .* encode it as numbers, or as a FixedSizeList"):
        open(write(tmp_path / "train.parquet", pyarrow.table({"x": [[1, 2], [3]]})), x="x")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("content", "reason"), [(b"", "is empty"), (b"no such format" * 9, "cannot be read as one")])
def test_what_is_not_of_its_format_is_named(format, content, reason, tmp_path):
    (tmp_path / f"train.{format}").write_bytes(content)
    with pytest.raises(ValueError, match=f"train.{format} must be a file in .* format, but {reason}"):
        open(tmp_path / f"train.{format}")


@pytest.mark.parametrize("format", FORMATS)
def test_a_truncated_file_is_named(format, tmp_path):
    path = write(tmp_path / f"train.{format}")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match=f"train.{format} must be a file in .* format, but cannot be read as one"):
        open(path, x="a")


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.parquet does not exist"):
        open(tmp_path / "none.parquet")
    (tmp_path / "folder.parquet").mkdir()
    with pytest.raises(FileNotFoundError, match="folder.parquet is a folder"):
        open(tmp_path / "folder.parquet")


def test_a_file_without_rows_is_refused_by_who_loads_it(tmp_path):
    path = write(tmp_path / "train.parquet", TABLE.slice(0, 0).select(["a", "label"]))
    with pytest.raises(ValueError, match="x must not be empty, but has no rows"):
        Loader(path, y="label")


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("train.txt", ValueError, "source must be a file of type .parquet, .arrow, .feather, but is train.txt"),
        ("train.csv", NotImplementedError, "files of type .csv are not built yet"),
        (TABLE, NotImplementedError, "source is a Table: tables in memory are not built yet"),
    ],
)
def test_other_sources_are_refused(source, error, message):
    with pytest.raises(error, match=message):
        open(source)
