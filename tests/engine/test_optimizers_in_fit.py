"""What optimizers promise holds while models train: schedules, averages, gathered gradients, scaled losses."""

import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest

import penstock as ps


def twins(regressor, optimizer, keras_optimizer):
    """Penstock's model and Keras', alike, each with its optimizer."""
    ours = regressor(optimizer)
    theirs = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
    theirs.set_weights(ours.get_weights())
    theirs.compile(keras_optimizer, "mse")
    return ours, theirs


@pytest.mark.parametrize(
    "options",
    [
        {"use_ema": True, "ema_momentum": 0.9},
        {"use_ema": True, "ema_overwrite_frequency": 3},
        {"gradient_accumulation_steps": 3},
        {"loss_scale_factor": 4.0, "weight_decay": 0.1},
    ],
    ids=str,
)
def test_fit_ends_with_keras_weights(options, line, regressor):
    ours, theirs = twins(regressor, ps.optimizers.SGD(0.02, **options), keras.optimizers.SGD(0.02, **options))
    history = ours.fit(*line, batch_size=16, epochs=2, shuffle=False, verbose=0)
    expected = theirs.fit(*line, batch_size=16, epochs=2, shuffle=False, verbose=0)
    np.testing.assert_allclose(history.history["loss"], expected.history["loss"], rtol=1e-5)
    for mine, known in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, known, rtol=1e-5, atol=1e-6)
    assert int(ours.optimizer.iterations) == int(theirs.optimizer.iterations)


def test_averages_are_not_taken_over_when_training_fails(line, regressor, bits):
    class Fails(ps.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyError("mine")

    failed, plain = regressor(ps.optimizers.SGD(0.02, use_ema=True)), regressor(ps.optimizers.SGD(0.02))
    with pytest.raises(KeyError):
        failed.fit(*line, shuffle=False, verbose=0, callbacks=[Fails()])
    plain.fit(*line, shuffle=False, verbose=0)
    np.testing.assert_array_equal(failed.get_weights()[0], plain.get_weights()[0])


def test_a_schedule_is_followed_and_may_be_replaced(line, regressor):
    model = regressor(ps.optimizers.SGD(ps.optimizers.schedules.PiecewiseConstantDecay([1], [0.1, 0.0])))
    model.fit(*line, batch_size=50, verbose=0)
    before = model.get_weights()
    model.fit(*line, batch_size=50, verbose=0)
    np.testing.assert_array_equal(before[0], model.get_weights()[0])
    model.optimizer.learning_rate = optax.constant_schedule(0.1)
    model.fit(*line, batch_size=50, verbose=0)
    assert not np.array_equal(before[0], model.get_weights()[0])


def test_any_optax_transformation_trains(line, regressor):
    ours, same = regressor(optax.sgd(0.02, momentum=0.9)), regressor(ps.optimizers.SGD(0.02, momentum=0.9))
    for model in (ours, same):
        model.fit(*line, shuffle=False, verbose=0)
    np.testing.assert_allclose(ours.get_weights()[0], same.get_weights()[0], rtol=1e-5)


def test_a_scaled_loss_is_logged_as_it_is_and_steps_with_infinite_gradients_are_skipped(line, regressor):
    scaled = regressor(ps.optimizers.LossScaleOptimizer(ps.optimizers.SGD(0.02), 2.0**127))
    plain = regressor(ps.optimizers.SGD(0.02))
    logs = [model.fit(*line, batch_size=100, verbose=0).history["loss"] for model in (scaled, plain)]
    np.testing.assert_allclose(*logs, rtol=1e-6)
    assert int(scaled.optimizer.iterations) == 0
    assert float(scaled.optimizer.dynamic_scale) == 2.0**126


def test_an_optimizer_of_fewer_variables_than_it_was_built_with_names_the_cure(line, regressor):
    model = regressor()
    model.fit(*line, verbose=0)
    model.layers[0].trainable = False
    model.compile(model.optimizer, "mse")
    with pytest.raises(ValueError, match="make a new optimizer"):
        model.fit(*line, verbose=0)


def test_an_update_step_of_the_users_own_trains(line, regressor):
    class Signs(ps.optimizers.Optimizer):
        def update_step(self, gradient, variable, learning_rate):
            self.assign_sub(variable, learning_rate * jnp.sign(gradient))

    model = regressor(Signs(0.01))
    losses = model.fit(*line, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
