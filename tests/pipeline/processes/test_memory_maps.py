"""Memory maps in a program: workers open the file anew, so that nothing of it is copied."""

import numpy as np
import pytest

from penstock.pipeline import Batch, Processes, Task
from penstock.pipeline.executors.parcel import Parcel, pack

pytestmark = pytest.mark.usefixtures("kind")
ROWS = 10**5


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "rows.npy"
    np.save(path, np.arange(ROWS * 4, dtype=np.int64).reshape(ROWS, 4))
    return path


def made(array):
    with Processes(1).map(lambda task: Batch(np.array(array), rows=1), iter([Task(0, 0, 0)])) as results:
        (batch,) = results
    assert batch is not None
    return batch.x


VIEWS = {
    "whole": lambda rows: rows,
    "rows": lambda rows: rows[7:90],
    "strided": lambda rows: rows[5:90:3, ::-1],
    "transposed": lambda rows: rows.T[1:3],
    "of another dtype": lambda rows: rows[3:5].view(np.uint8),
    "as a plain array": lambda rows: np.asarray(rows)[11:],
    "no rows": lambda rows: rows[4:4],
    "one value": lambda rows: rows[3:4, 2:3],
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("mode", ["r", "r+"])
def test_views_of_a_mapped_file_are_opened_anew(view, mode, path):
    array = VIEWS[view](np.load(path, mmap_mode=mode))
    np.testing.assert_array_equal(made(array), array)
    assert pack(array, Parcel).memory.nbytes < 10**4


def changed(path):
    rows = np.load(path, mmap_mode="c")
    rows[3] = -1
    return rows


def deleted(path):
    rows = np.load(path, mmap_mode="r")
    path.unlink()
    return rows


def replaced(path):
    rows = np.load(path, mmap_mode="r")
    np.save(path.with_suffix(".new.npy"), np.zeros((ROWS, 4), np.int64))
    path.with_suffix(".new.npy").rename(path)
    return rows


@pytest.mark.parametrize("lost", [changed, deleted, replaced, lambda path: np.load(path, mmap_mode="r")[[3, 1]]])
def test_what_the_file_does_not_hold_is_copied(lost, path):
    array = lost(path)
    np.testing.assert_array_equal(made(array), array)


def test_what_the_consumer_writes_is_seen(path):
    rows = np.load(path, mmap_mode="r+")
    rows[0] = -5
    assert made(rows)[0].tolist() == [-5] * 4
