"""Learning rates change when Keras changes them, to what Keras changes them to."""

from itertools import product

import keras
import numpy as np
import pytest

import penstock as ps

LOSSES = np.random.default_rng(4).integers(0, 6, size=24) / 4


def rates(callback, model, losses=LOSSES, monitor="val_loss"):
    """The learning rate that each epoch trained with, and what the logs say of it."""
    callback.set_model(model)
    callback.on_train_begin()
    found = []
    for epoch, loss in enumerate(losses):
        callback.on_epoch_begin(epoch)
        trained_with = float(model.learning_rate)
        logs = {monitor: float(loss)}
        callback.on_epoch_end(epoch, logs)
        found.append((trained_with, logs["learning_rate"]))
    return found


OPTIONS = [
    dict(mode=mode, factor=factor, patience=patience, min_delta=delta, cooldown=cooldown, min_lr=least)
    for mode, factor, patience, delta, cooldown, least in product(
        ("min", "max"), (0.5, 0.1), (0, 1, 3), (1e-4, 0.3), (0, 2), (0, 0.1)
    )
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(map(str, options.values())))
def test_a_plateau_lowers_the_rate_as_in_keras(options, paced):
    theirs = keras.callbacks.ReduceLROnPlateau("val_loss", **options)
    ours = ps.callbacks.ReduceLROnPlateau("val_loss", **options)
    assert rates(ours, paced()) == rates(theirs, paced())


def test_a_plateau_counts_anew_in_each_training(paced):
    plateau, model = ps.callbacks.ReduceLROnPlateau("loss", patience=2, factor=0.5), paced()
    assert rates(plateau, model, [1, 1], "loss")[-1] == rates(plateau, model, [1, 1], "loss")[-1] == (0.5, 0.5)


def test_a_factor_that_does_not_lower_is_refused():
    with pytest.raises(ValueError, match=r"factor must be less than 1.*but is 1.5"):
        ps.callbacks.ReduceLROnPlateau(factor=1.5)


def test_a_monitor_of_unknown_direction_asks_for_the_mode(paced):
    plateau = ps.callbacks.ReduceLROnPlateau("val_fuss")
    plateau.set_model(paced())
    with pytest.raises(ValueError, match="monitor='val_fuss'; say mode='min' or mode='max'"):
        plateau.on_train_begin()


def test_a_missing_monitor_is_one_warning_that_lists_the_logs(paced):
    plateau = ps.callbacks.ReduceLROnPlateau("val_loss")
    with pytest.warns(UserWarning, match="'val_loss', which is not in the logs; those are: loss, learning_r") as told:
        rates(plateau, paced(), monitor="loss")
    assert len(told) == 1


SCHEDULES = {
    "of the epoch": lambda epoch: 0.5 / (epoch + 1),
    "of the rate": lambda epoch, rate: rate * 0.9,
    "numpy": lambda epoch, rate: np.float32(rate / 2),
    "with a default": lambda epoch, rate=1.0: rate / 4,
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_a_schedule_sets_the_rate_as_in_keras(schedule, paced):
    theirs, ours = keras.callbacks.LearningRateScheduler(schedule), ps.callbacks.LearningRateScheduler(schedule)
    assert rates(ours, paced()) == rates(theirs, paced())


@pytest.mark.parametrize("rate", [1, "0.1", None, np.zeros(2)], ids=repr)
def test_a_schedule_that_returns_no_float_is_refused_as_in_keras(rate, paced):
    for callbacks in keras.callbacks, ps.callbacks:
        with pytest.raises(ValueError, match="float"):
            rates(callbacks.LearningRateScheduler(lambda epoch: rate), paced())


def test_an_error_inside_a_schedule_is_its_own(paced):
    with pytest.raises(TypeError, match="NoneType"):
        rates(ps.callbacks.LearningRateScheduler(lambda epoch, rate: rate + None), paced())


def test_both_say_what_they_set(paced, capsys):
    rates(ps.callbacks.LearningRateScheduler(lambda epoch: 0.25, verbose=1), paced(), [1])
    rates(ps.callbacks.ReduceLROnPlateau(patience=1, verbose=1), paced(), [1, 1])
    assert capsys.readouterr().out.splitlines() == [
        "Epoch 1: setting the learning rate to 0.25",
        "Epoch 2: reducing the learning rate to 0.05",
    ]


def test_what_they_set_is_what_trains(line, regressor):
    halved, set_by_hand = regressor("sgd"), regressor("sgd")
    schedule = ps.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    history = halved.fit(*line, epochs=3, shuffle=False, verbose=0, callbacks=schedule)
    for epoch in range(3):
        set_by_hand.optimizer.learning_rate = 0.01 / 2 ** (epoch + 1)
        set_by_hand.fit(*line, shuffle=False, verbose=0)
    assert history.history["learning_rate"] == pytest.approx([0.005, 0.0025, 0.00125])
    assert all(map(np.array_equal, halved.get_weights(), set_by_hand.get_weights()))


def test_a_plateau_in_training_is_in_the_history(line, regressor):
    plateau = ps.callbacks.ReduceLROnPlateau("loss", min_delta=100, patience=1, factor=0.1, min_lr=5e-4)
    history = regressor("sgd").fit(*line, epochs=4, verbose=0, callbacks=plateau)
    assert history.history["learning_rate"] == pytest.approx([0.01, 0.01, 0.001, 5e-4])
