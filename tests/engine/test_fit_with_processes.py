"""Training from worker processes: the same bits, and what hooks change is what they see."""

import os

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

import penstock as ps

PROCESSES = {"workers": 2, "use_multiprocessing": True}


class Whole(ps.PyDataset):
    def __init__(self, x, y, **options):
        super().__init__(**options)
        self.x, self.y = x, y

    def __len__(self):
        return 13

    def __getitem__(self, i):
        return self.x[i * 8 : (i + 1) * 8], self.y[i * 8 : (i + 1) * 8]


def written(folder, x, y):
    columns = {name: x[:, number] for number, name in enumerate("abcd")} | {"y": y[:, 0]}
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "line.parquet")
    return ps.open(folder / "line.parquet", x=["a", "b", "c", "d"], y=["y"])


FORMS = {
    "arrays": lambda folder, x, y: ((x, y), {"batch_size": 8}),
    "PyDataset": lambda folder, x, y: ((Whole(x, y),), {}),
    "file": lambda folder, x, y: ((written(folder, x, y),), {"batch_size": 8}),
    "Loader": lambda folder, x, y: ((ps.Loader(x, y, batch_size=8),), {}),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_processes_train_to_the_same_bits(form, line, regressor, bits, tmp_path):
    expected, model = regressor(), regressor()
    expected.fit(*line, batch_size=8, epochs=2, shuffle=False, verbose=0)
    data, options = form(tmp_path, *line)
    model.fit(*data, epochs=2, shuffle=False, verbose=0, **options, **PROCESSES)
    assert bits(model) == bits(expected)
    data, options = form(tmp_path, *line)
    assert model.evaluate(*data, verbose=0, **options, **PROCESSES) == expected.evaluate(*line, batch_size=8, verbose=0)
    assert np.array_equal(
        model.predict(data[0], verbose=0, **options, **PROCESSES), expected.predict(line[0], batch_size=8, verbose=0)
    )


def test_validation_has_processes_of_its_own(line, regressor):
    expected, model = regressor(), regressor()
    inline = expected.fit(*line, epochs=3, validation_data=line, verbose=0, shuffle=False)
    history = model.fit(*line, epochs=3, validation_data=line, verbose=0, shuffle=False, **PROCESSES)
    assert history.history == inline.history


def test_the_workers_of_a_loader_stay_warm_from_one_call_to_the_next(regressor, tmp_path):
    class Who(ps.PyDataset):
        def __len__(self):
            return 8

        def __getitem__(self, i):
            (tmp_path / str(os.getpid())).touch()
            return np.zeros((4, 4), "float32"), np.zeros((4, 1), "float32")

    model = regressor()
    with ps.Loader(Who(), **PROCESSES) as loader:
        model.fit(loader, epochs=2, verbose=0)
        model.evaluate(loader, verbose=0)
        model.fit(loader, epochs=1, verbose=0)
        pids = [path.name for path in tmp_path.iterdir()]
        assert len(pids) <= 2
        assert all(os.path.exists(f"/proc/{pid}") for pid in pids)
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


class Telling(ps.PyDataset):
    """Targets are what the data set knows of its hooks, so that the loss of an epoch tells."""

    def __init__(self, x):
        super().__init__(**PROCESSES)
        self.x, self.level, self.order, self.hooks = x, 0, np.arange(8), []

    def __len__(self):
        return 4

    def __getitem__(self, i):
        return self.x[:8], np.full((8, 1), self.level * 100 + self.order[i], "float32")


class Curriculum(Telling):
    def on_epoch_begin(self):
        self.hooks.append("begin")
        self.level += 1

    def on_epoch_end(self):
        self.hooks.append("end")


class Shuffled(Telling):
    def on_epoch_end(self):
        self.order[:] = np.roll(self.order, 4)


class Raise(ps.callbacks.Callback):
    def __init__(self, data):
        super().__init__()
        self.data = data

    def on_epoch_begin(self, epoch, logs=None):
        self.data.level = epoch + 1


def targets_of(model, data, **options):
    """The mean target of each epoch; the model itself always says 0."""
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    history = model.fit(data, epochs=3, shuffle=False, verbose=0, **options).history
    return np.round(history["mae"], 3).tolist()


@pytest.fixture
def still(regressor):
    """A model that does not learn."""
    return regressor(optimizer=ps.optimizers.SGD(0.0))


def test_what_on_epoch_begin_sets_is_what_processes_see(still, line):
    data = Curriculum(line[0])
    assert targets_of(still, data) == [101.5, 201.5, 301.5]
    assert data.hooks == ["begin", "end"] * 3


def test_an_array_that_on_epoch_end_changes_in_place_is_what_processes_see(still, line):
    assert targets_of(still, Shuffled(line[0])) == [1.5, 5.5, 1.5]


def test_what_a_callback_sets_is_what_processes_see(still, line):
    data = Telling(line[0])
    data.level = 1
    # The batch whose shapes the model is built for was made before the callback could know.
    assert targets_of(still, data, callbacks=[Raise(data)]) == [101.5, 201.5, 301.5]


def test_hooks_of_validation_data_come_once_for_each_validation(still, line):
    training, validation = Curriculum(line[0]), Curriculum(line[0])
    history = still.fit(training, epochs=3, validation_data=validation, validation_freq=2, verbose=0)
    assert (training.hooks, validation.hooks) == (["begin", "end"] * 3, ["begin", "end"])
    assert len(history.history["val_loss"]) == 1
