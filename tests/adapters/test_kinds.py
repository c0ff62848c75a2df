"""Which adapter takes which input."""

from pathlib import Path

import numpy as np
import pytest
from fakes import Counting, counted

from penstock.adapters import adapt, open
from penstock.pipeline import Resident, Stream


def test_what_nobody_accepts_is_named():
    for x in (3, object(), b"data"):
        with pytest.raises(
            TypeError, match=f"x is a {type(x).__name__}, which no adapter accepts; see penstock.adapters"
        ):
            adapt(x)


def test_x_must_be_given():
    with pytest.raises(ValueError, match="x must be given, but is None"):
        adapt(None, np.ones(3))


@pytest.mark.parametrize(
    "x", [Counting(), counted(), counted, Resident(adapt(np.ones(3)).arrays)], ids=lambda x: type(x).__name__
)
@pytest.mark.parametrize("name", ["y", "sample_weight"])
def test_what_batches_bring_must_not_be_given_beside_them(x, name):
    with pytest.raises(ValueError, match=f"{name} must not be given where x is a .*, but is a ndarray"):
        adapt(x, **{name: np.ones(3)})


def test_a_source_goes_as_it_is():
    source = adapt(np.ones(3))
    assert adapt(source) is source


@pytest.mark.parametrize(
    "x",
    [counted(), counted, iter([]), zip([], strict=True), map(abs, []), {1: 2}.values()],
    ids=lambda x: type(x).__name__,
)
def test_iterables_and_functions_are_streams(x):
    assert isinstance(adapt(x), Stream)


def test_a_path_is_a_file():
    for x in ("no such.parquet", Path("no such.parquet")):
        with pytest.raises(FileNotFoundError, match="no such.parquet does not exist"):
            adapt(x)
        with pytest.raises(FileNotFoundError, match="no such.parquet does not exist"):
            open(x)
