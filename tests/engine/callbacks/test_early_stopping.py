"""Training stops, and weights come back, at the epochs at which Keras stops and restores."""

import warnings
from itertools import product
from typing import Any

import keras
import numpy as np
import pytest

import penstock as ps

DIRECTIONS = {"accuracy": "up", "mae": "down"}


class Model:
    """Its weights are the number of the epoch that it was trained for."""

    stop_training = False
    weights = -1

    def get_weights(self):
        return [self.weights]

    def set_weights(self, weights):
        (self.weights,) = weights

    def metric_direction(self, name):
        return DIRECTIONS.get(name)


def train(callback, figures, name="val_loss"):
    """What becomes of a model and the callback when the epochs end with these figures."""
    model = Model()
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, figure in enumerate(figures):
        model.weights = epoch
        callback.on_epoch_end(epoch, {"loss": 0.0} if figure is None else {"loss": 0.0, name: figure})
        if model.stop_training:
            break
    trained_for = model.weights + 1
    callback.on_train_end({})
    return trained_for, model.weights, callback.stopped_epoch, callback.best_epoch, callback.wait


OPTIONS: list[dict[str, Any]] = [
    dict(
        zip(("mode", "patience", "min_delta", "baseline", "start_from_epoch", "restore_best_weights"), row, strict=True)
    )
    for row in product(("min", "max"), (0, 1, 2), (0, 0.25, -0.25), (None, 0.5), (0, 2), (False, True))
]


def runs():
    """Eighths, which are exact in every float type; now and then a missing figure or one that is not a number."""
    dice = np.random.default_rng(0)
    drawn = (dice.integers(0, 9, size=dice.integers(1, 9)) / 8 for _ in range(20))
    return [[0.5] * 5, [None, 0.5, None, 0.5, 0.5], [np.nan, 0.5, 0.25], *([float(f) for f in row] for row in drawn)]


@pytest.mark.parametrize("figures", runs(), ids=str)
def test_decides_as_keras(figures):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of missing figures, tested below
        for options in OPTIONS:
            theirs = train(keras.callbacks.EarlyStopping(**options), figures)
            assert train(ps.callbacks.EarlyStopping(**options), figures) == theirs, options


def test_the_first_epoch_never_stops_training():
    assert train(ps.callbacks.EarlyStopping(mode="max", baseline=2.0), [1.0, 1.0, 1.0])[0] == 2


def test_patience_counts_epochs_without_improvement():
    assert train(ps.callbacks.EarlyStopping(mode="min", patience=2), [0.5] * 9)[0] == 3


def test_the_best_weights_come_back_without_an_early_stop():
    stop = ps.callbacks.EarlyStopping(mode="min", patience=9, restore_best_weights=True)
    assert train(stop, [0.5, 0.25, 0.75])[:2] == (3, 1)


def test_it_may_be_used_again():
    stop = ps.callbacks.EarlyStopping(mode="min")
    assert train(stop, [0.25, 0.5, 0.5]) == train(stop, [0.25, 0.5, 0.5])


class TestDirection:
    @pytest.mark.parametrize(("name", "rises"), [("loss", False), ("mae", False), ("accuracy", True)])
    def test_the_model_knows_it_of_its_loss_and_metrics(self, name, rises):
        figures = [0.1, 0.2, 0.3, 0.4]
        trained_for, *_ = train(ps.callbacks.EarlyStopping(f"val_{name}"), figures, f"val_{name}")
        assert (trained_for == 4) is rises

    def test_otherwise_a_mode_is_asked_for_before_the_first_step(self):
        stop = ps.callbacks.EarlyStopping("val_f1")
        stop.set_model(Model())
        with pytest.raises(ValueError, match=r"monitor='val_f1'; say mode='min' or mode='max'"):
            stop.on_train_begin()

    def test_a_mode_that_is_none_is_named(self):
        with pytest.raises(ValueError, match="mode must be 'auto', 'min' or 'max', but is 'up'"):
            ps.callbacks.EarlyStopping(mode="up")


def test_a_missing_figure_is_one_warning_that_lists_those_there_are():
    with pytest.warns(UserWarning, match="monitors 'val_loss', which is not in the logs; those are: loss, mae") as told:
        stop = ps.callbacks.EarlyStopping()
        train(stop, [0.5, 0.4, 0.3], "mae")
    assert len(told) == 1


def test_a_figure_of_several_numbers_is_refused():
    with pytest.raises(ValueError, match=r"EarlyStopping needs one number, but monitor='f1' has the shape \(3,\)"):
        train(ps.callbacks.EarlyStopping("f1", mode="max"), [np.ones(3)], "f1")


def test_says_what_it_does(capsys):
    train(ps.callbacks.EarlyStopping(mode="min", verbose=1, restore_best_weights=True), [0.25, 0.5])
    said = capsys.readouterr().out
    assert said == "Epoch 2: early stopping\nRestoring the weights of epoch 1, the best\n"
