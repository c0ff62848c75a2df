"""The logs of each epoch become lines of a CSV file, as Keras writes them."""

import csv

import keras
import numpy as np
import pytest

import penstock as ps

EPOCHS = [{"loss": 0.5, "mae": 0.25}, {"loss": 0.25, "mae": 1 / 3}]
WITH_VALIDATION = [{"loss": 0.5, "val_loss": 0.75}, {"loss": 0.25}]
PARTS = [{"loss": 0.5, "recall": np.array([0.5, 1.0]), "note": "fine"}]


def log(logger, epochs):
    logger.on_train_begin()
    for epoch, logs in enumerate(epochs):
        logger.on_epoch_end(epoch, dict(logs))
    logger.on_train_end()
    return logger


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("epochs", [EPOCHS, WITH_VALIDATION, PARTS, []], ids=["plain", "validation", "parts", "none"])
def test_the_file_is_that_of_keras(epochs, separator, tmp_path):
    for callbacks, name in ((keras.callbacks, "theirs"), (ps.callbacks, "ours")):
        log(callbacks.CSVLogger(tmp_path / name, separator=separator), epochs)
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


def test_it_begins_anew_or_goes_on(tmp_path):
    log(ps.callbacks.CSVLogger(tmp_path / "log"), EPOCHS)
    once = (tmp_path / "log").read_text()
    log(ps.callbacks.CSVLogger(tmp_path / "log", append=True), EPOCHS)
    assert (tmp_path / "log").read_text().splitlines() == once.splitlines() + once.splitlines()[1:]
    log(ps.callbacks.CSVLogger(tmp_path / "log"), EPOCHS)
    assert (tmp_path / "log").read_text() == once


def test_going_on_keeps_to_the_columns_that_are_there(tmp_path):
    (tmp_path / "log").write_text("epoch,mae,val_loss\r\n0,1.0,2.0\r\n")
    with pytest.warns(UserWarning, match=r"has no columns for loss, which are left out") as told:
        log(ps.callbacks.CSVLogger(tmp_path / "log", append=True), EPOCHS)
    assert len(told) == 1
    with open(tmp_path / "log", newline="") as file:
        assert list(csv.reader(file))[2] == ["0", "0.25", "NA"]


def test_a_line_is_there_after_its_epoch(tmp_path):
    logger = ps.callbacks.CSVLogger(tmp_path / "log")
    logger.on_train_begin()
    logger.on_epoch_end(0, {"loss": 1.0})
    assert (tmp_path / "log").read_text().splitlines()[1:] == ["0,1.0,NA"]


def test_it_records_what_training_records(line, regressor, tmp_path):
    history = regressor().fit(*line, epochs=3, verbose=0, callbacks=ps.callbacks.CSVLogger(tmp_path / "log"))
    with open(tmp_path / "log", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == history.history["loss"]
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
