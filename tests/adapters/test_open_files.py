"""Open HDF5 files that data sets hold are opened anew in worker processes."""

import h5py
import numpy as np
import pytest

from penstock.adapters import Loader
from penstock.pipeline import PyDataset


class Images(PyDataset):
    def __init__(self, file):
        super().__init__(workers=2, use_multiprocessing=True)
        self.file, self.labels = file, file["labels/all"]

    def __len__(self):
        return 5

    def __getitem__(self, index):
        rows = slice(2 * index, 2 * index + 2)
        return self.file["images"][rows], self.labels[rows]


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["images"], file["labels/all"] = np.arange(30.0).reshape(10, 3), np.arange(10)
    return tmp_path / "data.h5"


@pytest.mark.parametrize("mode", ["r", "r+"])
def test_a_data_set_with_an_open_file_travels(path, mode):
    with h5py.File(path, mode) as file, Loader(Images(file)) as loader:
        if mode == "r+":
            file["images"][0] = -1
        batches = list(loader)
        np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), file["images"][:])
        np.testing.assert_array_equal(np.concatenate([y for _, y in batches]), np.arange(10))


def test_a_closed_file_is_named(path):
    with h5py.File(path) as file:
        images = Images(file)
    with Loader(images) as loader, pytest.raises(TypeError, match=r"\.file \(a File\) cannot be pickled.* is closed"):
        list(loader)


def test_a_file_in_memory_is_named():
    with h5py.File("memory.h5", "w", driver="core", backing_store=False) as file:
        file["images"], file["labels/all"] = np.zeros(10), np.zeros(10)
        with Loader(Images(file)) as loader, pytest.raises(TypeError, match=r"memory\.h5 is in memory only"):
            list(loader)
