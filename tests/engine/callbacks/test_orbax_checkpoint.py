"""Checkpoints by Orbax hold the whole training, and come back bit for bit."""

import shutil
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import penstock as ps

OPTIONS = dict(batch_size=10, shuffle=False, verbose=0)


def checkpoint(folder, **options):
    return ps.callbacks.OrbaxCheckpoint(folder, **options)


def steps(folder):
    return sorted(int(path.name) for path in folder.iterdir())


@pytest.mark.parametrize("background", [True, False])
def test_training_goes_on_from_a_checkpoint_to_the_same_bits(background, line, regressor, bits, tmp_path):
    whole, cut, resumed = regressor(), regressor(), regressor()
    whole.fit(*line, **OPTIONS, epochs=4)
    cut.fit(*line, **OPTIONS, epochs=2, callbacks=checkpoint(tmp_path, save_on_background=background))
    resumed.optimizer.build(resumed.trainable_variables)
    resumed.load_weights(tmp_path)
    assert bits(resumed) == bits(cut)
    resumed.fit(*line, **OPTIONS, initial_epoch=2, epochs=4, callbacks=checkpoint(tmp_path))
    assert bits(resumed) == bits(whole)
    assert steps(tmp_path) == [3]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (dict(max_to_keep=None), [0, 1, 2]),
        (dict(max_to_keep=2), [1, 2]),
        (dict(save_freq=7, max_to_keep=None), [7, 14, 21, 28]),
        (dict(save_freq=7), [28]),
    ],
)
def test_checkpoints_are_named_by_epochs_or_batches(options, wanted, line, regressor, tmp_path):
    regressor().fit(*line, **OPTIONS, epochs=3, callbacks=checkpoint(tmp_path, **options))
    assert steps(tmp_path) == wanted


def test_a_checkpoint_of_a_batch_has_the_weights_after_it(line, regressor, tmp_path):
    trained, stopped = regressor(), regressor()
    trained.fit(*line, **OPTIONS, callbacks=checkpoint(tmp_path, save_freq=7, save_weights_only=True))
    stopped.fit(*line, **OPTIONS, steps_per_epoch=7)
    trained.load_weights(tmp_path)
    assert all(map(np.array_equal, trained.get_weights(), stopped.get_weights()))


def test_only_the_best_is_saved(line, regressor, tmp_path):
    losses = iter([3.0, 4.0, 2.0, 2.5])
    tell = ps.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(fuss=next(losses)))
    best = checkpoint(tmp_path, monitor="fuss", mode="min", save_best_only=True, max_to_keep=None)
    regressor().fit(*line, **OPTIONS, epochs=4, callbacks=[tell, best])
    assert steps(tmp_path) == [0, 2]


def test_what_is_not_in_the_logs_is_no_best(line, regressor, tmp_path):
    with pytest.warns(UserWarning, match="'val_loss', which is not in the logs; those are: loss, mae"):
        regressor().fit(*line, **OPTIONS, epochs=2, callbacks=checkpoint(tmp_path, save_best_only=True))
    assert steps(tmp_path) == []


def test_steps_that_are_there_are_not_written_again(line, regressor, bits, tmp_path):
    regressor().fit(*line, **OPTIONS, epochs=2, callbacks=checkpoint(tmp_path))
    model = regressor()
    with pytest.raises(ValueError, match="holds the checkpoint of step 1 already, .* to write step 0; go on after it"):
        model.fit(*line, **OPTIONS, epochs=3, callbacks=checkpoint(tmp_path))
    assert int(model.optimizer.iterations) == 0


def test_no_thread_is_left_whether_training_ends_or_fails(line, regressor, tmp_path):
    def fail(epoch, logs):
        raise RuntimeError("stop")

    before = set(threading.enumerate())
    regressor().fit(*line, **OPTIONS, callbacks=checkpoint(tmp_path / "a"))
    failing = ps.callbacks.LambdaCallback(on_epoch_end=fail)
    with pytest.raises(RuntimeError, match="stop"):
        regressor().fit(*line, **OPTIONS, callbacks=[checkpoint(tmp_path / "b"), failing])
    for thread in set(threading.enumerate()) - before:
        # Orbax tells the threads of its event loops to end, and does not wait until they have.
        thread.join(30)
    assert set(threading.enumerate()) <= before
    assert steps(tmp_path / "b") == [0]


def test_what_cannot_be_written_is_one_error(line, regressor, bits, tmp_path):
    plain, model = regressor(), regressor()
    plain.fit(*line, **OPTIONS)
    blocked = ps.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: replace_by_a_file(tmp_path / "checkpoints"))
    with pytest.raises(OSError, match="the Orbax checkpoint in .*checkpoints cannot be written"):
        model.fit(*line, **OPTIONS, callbacks=[blocked, checkpoint(tmp_path / "checkpoints")])
    assert bits(model) == bits(plain)


def test_a_full_disk_is_one_error(line, regressor, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=100))
    with pytest.raises(OSError, match="cannot be written: .* needs 596 bytes, and the disk has 100"):
        regressor().fit(*line, **OPTIONS, callbacks=checkpoint(tmp_path))
    assert steps(tmp_path) == []


def replace_by_a_file(folder):
    folder.rmdir()
    folder.touch()


def test_another_model_is_refused_and_stays_as_it_is(line, regressor, tmp_path):
    regressor().fit(*line, **OPTIONS, callbacks=checkpoint(tmp_path))
    other = ps.Sequential([ps.Input((4,)), ps.layers.Dense(9), ps.layers.Dense(1)])
    other.compile("adam", "mse")
    before = other.get_weights()
    with pytest.raises(ValueError, match="step 0 of .* does not fit: its model has"):
        other.load_weights(tmp_path)
    assert all(map(np.array_equal, other.get_weights(), before))


def test_an_empty_folder_holds_nothing(regressor, tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no Orbax checkpoint"):
        regressor().load_weights(tmp_path)
