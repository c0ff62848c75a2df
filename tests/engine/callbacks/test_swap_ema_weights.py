"""Evaluation sees the running averages of the weights, and training does not."""

import keras
import numpy as np
import pytest

import penstock as ps

OPTIONS = dict(batch_size=25, epochs=3, shuffle=False, verbose=0)


def model_of(library, weights=None, **options):
    model = library.Sequential([library.Input((4,)), library.layers.Dense(1)])
    if weights is not None:
        model.set_weights(weights)
    model.compile(library.optimizers.SGD(0.05, **{"use_ema": True, "ema_momentum": 0.8} | options), "mse")
    return model


def equal(some, others):
    return all(np.allclose(a, b, rtol=1e-5, atol=1e-6) for a, b in zip(some, others, strict=True))


class Weights:
    """Notes the weights at the end of each epoch."""

    def on_epoch_end(self, epoch, logs=None):
        self.__dict__.setdefault("seen", []).extend(self.model.get_weights())


@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_validation_and_weights_are_those_of_keras(swap_on_epoch, line):
    found = []
    for library in keras, ps:
        model = model_of(library, [np.ones((4, 1)), np.zeros(1)])
        seen = type("Seen", (Weights, library.callbacks.Callback), {})()
        swap = library.callbacks.SwapEMAWeights(swap_on_epoch=swap_on_epoch)
        history = model.fit(*line, **OPTIONS, validation_data=line, callbacks=[swap, seen])
        found.append([*seen.seen, *model.get_weights(), *history.history["loss"], *history.history["val_loss"]])
    theirs, ours = found
    assert equal(ours, theirs)


def test_training_is_as_without(line):
    plain, swapped = (model_of(ps, [np.ones((4, 1)), np.zeros(1)]) for _ in range(2))
    wanted = plain.fit(*line, **OPTIONS).history["loss"]
    swap = ps.callbacks.SwapEMAWeights(swap_on_epoch=True)
    assert swapped.fit(*line, **OPTIONS, validation_data=line, callbacks=swap).history["loss"] == wanted
    assert all(map(np.array_equal, swapped.get_weights(), plain.get_weights()))


def test_the_weights_are_averages_when_training_is_stopped_early_too(line):
    whole, stopped = (model_of(ps, [np.ones((4, 1)), np.zeros(1)]) for _ in range(2))
    whole.fit(*line, **OPTIONS | {"epochs": 2})
    stop = ps.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: setattr(stopped, "stop_training", epoch == 1))
    stopped.fit(*line, **OPTIONS, callbacks=[ps.callbacks.SwapEMAWeights(swap_on_epoch=True), stop])
    assert all(map(np.array_equal, stopped.get_weights(), whole.get_weights()))


def test_a_checkpoint_after_it_has_the_averages(line, tmp_path):
    model, other = model_of(ps), model_of(ps)
    swap = ps.callbacks.SwapEMAWeights(swap_on_epoch=True)
    save = ps.callbacks.ModelCheckpoint(tmp_path / "averages", save_weights_only=True)
    model.fit(*line, **OPTIONS, callbacks=[swap, save])
    other.load_weights(tmp_path / "averages")
    assert all(map(np.array_equal, other.get_weights(), model.get_weights()))


@pytest.mark.parametrize("use", ["evaluate", "predict"])
def test_evaluating_and_predicting_put_the_weights_back(use, line):
    x, y = line
    model, swap = model_of(ps), ps.callbacks.SwapEMAWeights()
    model.fit(x, y, **OPTIONS)
    averaged = model.get_weights()
    away = [weight + 1 for weight in averaged]
    model.set_weights(away)
    data = (x, y) if use == "evaluate" else (x,)
    with_averages = getattr(model, use)(*data, verbose=0, callbacks=swap)
    assert all(map(np.array_equal, model.get_weights(), away))
    model.set_weights(averaged)
    assert np.array_equal(with_averages, getattr(model, use)(*data, verbose=0))


def test_an_exception_leaves_the_weights_of_the_last_step(line):
    plain, failing = (model_of(ps, [np.ones((4, 1)), np.zeros(1)]) for _ in range(2))
    weights = ps.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: kept.extend(plain.get_weights()))
    kept = []
    plain.fit(*line, **OPTIONS | {"epochs": 1}, callbacks=weights)

    def fail(epoch, logs):
        raise RuntimeError("stop")

    swap = ps.callbacks.SwapEMAWeights(swap_on_epoch=True)
    with pytest.raises(RuntimeError, match="stop"):
        failing.fit(*line, **OPTIONS, callbacks=[swap, ps.callbacks.LambdaCallback(on_epoch_end=fail)])
    assert all(map(np.array_equal, failing.get_weights(), kept))


@pytest.mark.parametrize("wrap", [ps.optimizers.LossScaleOptimizer, lambda inner: inner], ids=["scaled", "plain"])
def test_averages_are_found_in_whatever_keeps_them(wrap, line):
    model = model_of(ps)
    model.compile(wrap(ps.optimizers.SGD(0.05, use_ema=True)), "mse")
    model.fit(*line, **OPTIONS, validation_data=line, callbacks=ps.callbacks.SwapEMAWeights())
    assert [weight for weight, _ in model.optimizer.averages] == model.trainable_variables


def test_without_averages_there_is_nothing_to_swap(line):
    model = model_of(ps, use_ema=False)
    with pytest.raises(ValueError, match="SwapEMAWeights needs an optimizer that keeps running averages"):
        model.fit(*line, **OPTIONS, callbacks=ps.callbacks.SwapEMAWeights())
    with pytest.raises(ValueError, match="and that has been trained with"):
        model_of(ps).evaluate(*line, verbose=0, callbacks=ps.callbacks.SwapEMAWeights())
