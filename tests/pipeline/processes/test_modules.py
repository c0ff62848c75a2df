"""A worker loads what its program needs, and nothing of what its consumer needs."""

import importlib

import numpy as np
import pytest

from penstock.adapters import Loader

MODULE = """
import gc, sys
import numpy as np
import penstock as ps

class Wrong(Exception):
    pass

class Data(ps.PyDataset):
    def __init__(self, make):
        super().__init__(use_multiprocessing=True)
        self.make = make

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return self.make()

def modules():
    return np.array([list(sys.modules)])

def collecting():
    return np.array([[gc.isenabled(), gc.get_freeze_count() > 0]])

def failing():
    class Local(Wrong):
        pass
    raise Local("there")

def odd():
    class Local:
        value = 7
    rows = np.empty(2, object)
    rows[0], rows[1] = np.arange(1000.0), Local()
    return rows
"""
OTHERS = [
    "cloudpickle",
    "numpy.random",
    "penstock.adapters.loader",
    "penstock.pipeline.executors.crew",
    "penstock.pipeline.executors.parcel",
    "penstock.pipeline.executors.server",
    "penstock.pipeline.run",
]


@pytest.fixture
def module(tmp_path, monkeypatch):
    """One that a worker can import."""
    (tmp_path / "of_a_user.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("of_a_user")


def test_a_worker_has_nothing_of_its_consumers(module):
    with Loader(module.Data(module.modules)) as loader:
        (names,) = next(iter(loader))
        assert set(OTHERS) & set(names[0].tolist()) == set()


def test_the_collector_runs_in_a_worker_but_not_over_what_all_share(module):
    with Loader(module.Data(module.collecting)) as loader:
        assert next(iter(loader))[0].tolist() == [[True, True]]


def test_an_error_of_a_class_without_a_name_goes_home(module):
    with Loader(module.Data(module.failing)) as loader:
        with pytest.raises(module.Wrong, match="there") as raised:
            list(loader)
        assert type(raised.value).__name__ == "Local"


def test_an_object_of_a_class_without_a_name_goes_home(module):
    with Loader(module.Data(module.odd)) as loader:
        for (rows,) in loader:
            np.testing.assert_array_equal(rows[0], np.arange(1000.0))
            assert rows[1].value == 7
