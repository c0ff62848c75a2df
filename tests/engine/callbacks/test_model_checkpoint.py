"""Checkpoints are written when Keras writes them, under its names, and whole."""

import os
from itertools import product

import keras
import numpy as np
import pytest

import penstock as ps


def small_model():
    return ps.Sequential([ps.Input((2,)), ps.layers.Dense(1)])


MODEL = small_model()


class KerasModel:
    """Writes an empty file where Keras would write its weights."""

    def save_weights(self, filepath, overwrite):
        with open(filepath, "wb"):
            pass


class Knowing:
    """Knows the directions of some metrics, and that is all."""

    def __init__(self, directions):
        self.metric_direction = directions.get


def checkpoint(path, **options):
    return ps.callbacks.ModelCheckpoint(path, save_weights_only=True, **options)


def train(callback, model, losses, batches=3):
    """Run epochs that end with these losses, each of a few batches; a batch's loss is a sixteenth more."""
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        callback.on_epoch_begin(epoch, {})
        for batch in range(batches):
            callback.on_train_batch_end(batch, logs={"loss": loss + 1 / 16})
        callback.on_epoch_end(epoch, {"loss": loss, "val_loss": loss})


OPTIONS = [
    {"mode": mode, "save_best_only": best, "save_freq": often, "initial_value_threshold": threshold, "monitor": "loss"}
    for mode, best, often, threshold in product(("min", "max"), (False, True), ("epoch", 1, 2, 4, 7), (None, 0.5))
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(map(str, options.values())))
def test_writes_when_keras_writes(options, tmp_path):
    losses = (np.random.default_rng(1).integers(0, 9, size=6) / 8).tolist()
    name = "{epoch}-{loss:.3f}" + ("" if options["save_freq"] == "epoch" else "-{batch}") + ".weights.h5"
    for folder in "keras", "ours":
        (tmp_path / folder).mkdir()
    theirs = keras.callbacks.ModelCheckpoint(tmp_path / "keras" / name, save_weights_only=True, **options)
    theirs._set_monitor_op()  # which Keras does at the end of the first epoch, too late for its batches
    train(theirs, KerasModel(), losses)
    train(checkpoint(tmp_path / "ours" / name, **options), MODEL, losses)
    assert sorted(os.listdir(tmp_path / "ours")) == sorted(os.listdir(tmp_path / "keras"))


def test_the_file_holds_the_weights(tmp_path):
    train(checkpoint(tmp_path / "a.weights.h5"), MODEL, [0.5])
    other = small_model()
    other.load_weights(tmp_path / "a.weights.h5")
    assert all(map(np.array_equal, MODEL.get_weights(), other.get_weights()))


@pytest.mark.parametrize("name", ["ckpt", "ckpt-loss={loss:.2f}", "cp-{epoch:04d}.ckpt"])
def test_a_name_without_a_suffix_is_the_name_of_the_file(tmp_path, name):
    train(checkpoint(tmp_path / name), MODEL, [0.5])
    (written,) = os.listdir(tmp_path)
    assert written == name.format(loss=0.5, epoch=1)
    small_model().load_weights(tmp_path / written)


def test_folders_are_made(tmp_path):
    train(checkpoint(tmp_path / "run-{epoch}" / "deep" / "w.weights.h5"), MODEL, [0.5])
    assert os.listdir(tmp_path / "run-1" / "deep") == ["w.weights.h5"]


class TestRefusals:
    @pytest.mark.parametrize("path", ["model.keras", "model.h5", "mymodel_{epoch}"])
    def test_whole_models_cannot_be_saved_yet(self, path):
        with pytest.raises(NotImplementedError, match="a whole model, which cannot be saved yet"):
            ps.callbacks.ModelCheckpoint(path)

    @pytest.mark.parametrize("path", ["model.keras", "model.h5"])
    def test_weights_do_not_go_into_files_of_other_formats(self, path):
        with pytest.raises(ValueError, match="must end in .weights.h5"):
            checkpoint(path)

    @pytest.mark.parametrize("often", [0, -1, 2.5, "batch", True])
    def test_a_frequency_is_a_number_of_batches(self, often):
        with pytest.raises(ValueError, match="save_freq must be 'epoch' or a number of batches"):
            checkpoint("a", save_freq=often)

    def test_a_name_that_the_logs_lack_lists_those_they_have(self, tmp_path):
        with pytest.raises(KeyError, match="asks for 'mae', but there are only: epoch, loss, val_loss"):
            train(checkpoint(tmp_path / "{mae}"), MODEL, [0.5])

    def test_a_directory_in_the_way_is_named(self, tmp_path):
        with pytest.raises(IsADirectoryError, match="is a directory"):
            train(checkpoint(tmp_path), MODEL, [0.5])

    def test_an_unknown_direction_is_asked_for_before_the_first_step(self, tmp_path):
        with pytest.raises(ValueError, match="say mode='min' or mode='max'"):
            train(checkpoint(tmp_path / "a", monitor="f1", save_best_only=True), Knowing({}), [])


@pytest.mark.parametrize("direction", ["up", "down"])
def test_the_direction_is_the_metrics(direction):
    best = checkpoint("a", monitor="val_f1", save_best_only=True)
    train(best, Knowing({"f1": direction}), [])
    assert best.improves(0.5, 0.25) is (direction == "up")


def test_a_missing_figure_is_one_warning_and_saves(tmp_path):
    with pytest.warns(UserWarning, match="monitors 'val_mae', which is not in the logs") as told:
        train(checkpoint(tmp_path / "{epoch}", monitor="val_mae", mode="min", save_best_only=True), MODEL, [0.5, 0.25])
    assert (len(told), sorted(os.listdir(tmp_path))) == (1, ["1", "2"])


def test_says_what_it_does(tmp_path, capsys):
    best = checkpoint(tmp_path / "a", monitor="loss", save_best_only=True, verbose=1)
    train(best, MODEL, [0.5, 0.75, 0.25])
    assert capsys.readouterr().out.splitlines() == [
        f"Epoch 1: loss improved from nothing to 0.50000, saved the weights to {tmp_path}/a",
        "Epoch 2: loss did not improve from 0.50000",
        f"Epoch 3: loss improved from 0.50000 to 0.25000, saved the weights to {tmp_path}/a",
    ]
