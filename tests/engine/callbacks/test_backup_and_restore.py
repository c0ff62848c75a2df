"""A training that was cut off goes on where it was, to the same bits."""

import numpy as np
import pytest

import penstock as ps

OPTIONS = dict(batch_size=16, epochs=5, verbose=0)


class Cut(ps.callbacks.Callback):
    """Fails in the middle of an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch
        self.now = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.now, batch) == (self.epoch, 2):
            raise RuntimeError("power cut")


def cut_off(model, line, folder, epoch=3, **options):
    with pytest.raises(RuntimeError, match="power cut"):
        model.fit(*line, **OPTIONS, callbacks=[backup(folder, **options), Cut(epoch)])


def backup(folder, **options):
    return ps.callbacks.BackupAndRestore(folder / "backup", **options)


@pytest.fixture
def dropping():
    """Makes equal models that draw random numbers and keep statistics."""

    def make():
        ps.utils.set_random_seed(7)
        layers = [ps.Input((4,)), ps.layers.Dense(8), ps.layers.BatchNormalization(), ps.layers.Dropout(0.5)]
        model = ps.Sequential([*layers, ps.layers.Dense(1)])
        model.compile("adam", "mse")
        return model

    return make


@pytest.mark.parametrize("workers", [0, 1])
def test_what_goes_on_ends_with_the_bits_of_what_was_never_cut(workers, line, dropping, bits, tmp_path):
    whole, first, second = dropping(), dropping(), dropping()
    ps.utils.set_random_seed(1)
    wanted = whole.fit(*line, **OPTIONS)
    ps.utils.set_random_seed(1)
    cut_off(first, line, tmp_path)
    ps.utils.set_random_seed(1)
    history = second.fit(*line, **OPTIONS, workers=workers, callbacks=backup(tmp_path))
    assert history.epoch == [3, 4]
    assert history.history["loss"] == wanted.history["loss"][3:]
    assert bits(second) == bits(whole)


def test_the_backup_goes_when_training_ends_and_the_next_one_begins_anew(line, regressor, tmp_path):
    model = regressor()
    cut_off(model, line, tmp_path)
    assert [path.name for path in (tmp_path / "backup").iterdir()] == ["epoch-3.h5"]
    assert model.fit(*line, **OPTIONS, callbacks=backup(tmp_path)).epoch == [3, 4]
    assert list(tmp_path.iterdir()) == []
    assert model.fit(*line, **OPTIONS, callbacks=backup(tmp_path)).epoch == [0, 1, 2, 3, 4]


def test_a_stranger_in_the_folder_stays(line, regressor, tmp_path):
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "notes").touch()
    regressor().fit(*line, **OPTIONS, callbacks=backup(tmp_path))
    assert [path.name for path in (tmp_path / "backup").iterdir()] == ["notes"]


def test_a_backup_that_is_kept_trains_no_more(line, regressor, bits, tmp_path):
    model, other = regressor(), regressor()
    model.fit(*line, **OPTIONS, callbacks=backup(tmp_path, delete_checkpoint=False))
    assert other.fit(*line, **OPTIONS, callbacks=backup(tmp_path, delete_checkpoint=False)).epoch == []
    assert bits(other) == bits(model)
    assert other.fit(*line, **OPTIONS | {"epochs": 6}, callbacks=backup(tmp_path)).epoch == [5]


def test_the_backup_before_stands_in_for_one_that_is_damaged(line, regressor, tmp_path):
    cut_off(regressor(), line, tmp_path, double_checkpoint=True)
    earlier, latest = sorted((tmp_path / "backup").iterdir())
    latest.write_bytes(latest.read_bytes()[:100])
    history = regressor().fit(*line, **OPTIONS, callbacks=backup(tmp_path, double_checkpoint=True))
    assert (earlier.name, history.epoch) == ("epoch-2.h5", [2, 3, 4])


def test_one_damaged_backup_alone_is_an_error(line, regressor, tmp_path):
    cut_off(regressor(), line, tmp_path)
    (latest,) = (tmp_path / "backup").iterdir()
    latest.write_bytes(latest.read_bytes()[:100])
    with pytest.raises(OSError, match="epoch-3"):
        regressor().fit(*line, **OPTIONS, callbacks=backup(tmp_path))


def test_a_loss_that_is_no_number_leaves_the_last_good_backup(line, regressor, tmp_path):
    x, y = line
    poisoned = np.where(np.arange(100)[:, None] == 25, np.float32(np.nan), y)
    model = regressor()
    model.fit(x, y, batch_size=16, verbose=0, callbacks=backup(tmp_path, delete_checkpoint=False))
    kept = model.get_weights()
    with pytest.raises(RuntimeError, match="nan"):
        model.fit(x, poisoned, **OPTIONS, callbacks=[ps.callbacks.TerminateOnNaN(raise_error=True), backup(tmp_path)])
    model.fit(x, y, **OPTIONS | {"epochs": 1}, callbacks=backup(tmp_path))
    assert all(map(np.array_equal, model.get_weights(), kept))


@pytest.mark.parametrize(
    ("width", "optimizer", "message"),
    [(9, "adam", r"kernel has shape \(4, 9\), in the file \(4, 8\)"), (8, "sgd", "its optimizer has 10 variables")],
)
def test_a_backup_of_another_training_is_refused(width, optimizer, message, line, regressor, tmp_path):
    cut_off(regressor("adam"), line, tmp_path)
    other = ps.Sequential([ps.Input((4,)), ps.layers.Dense(width), ps.layers.Dense(1)])
    other.compile(optimizer, "mse")
    with pytest.raises(ValueError, match=f"epoch-3.h5 does not fit: .*{message}"):
        other.fit(*line, **OPTIONS, callbacks=backup(tmp_path))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(backup_dir=""), ValueError, "backup_dir must name a folder"),
        (dict(backup_dir="backup", save_freq=100), NotImplementedError, "save_freq=100 is not built yet"),
    ],
)
def test_what_cannot_be_done_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        ps.callbacks.BackupAndRestore(**options)
