"""What every built-in callback promises; a new one is one more row."""

import threading

import keras
import numpy as np
import pytest

import penstock as ps
from penstock.engine.callbacks import __all__ as BUILT_IN

X = np.random.default_rng(3).normal(size=(60, 4)).astype("float32")
Y = X @ np.array([[1.0], [-2.0], [0.5], [3.0]], "float32")

c = ps.callbacks
CALLBACKS = {
    "BackupAndRestore": lambda folder: c.BackupAndRestore(folder / "backup"),
    "CSVLogger": lambda folder: c.CSVLogger(folder / "log.csv"),
    "EarlyStopping": lambda folder: c.EarlyStopping(patience=9),
    "History": lambda folder: c.History(),
    "LambdaCallback": lambda folder: c.LambdaCallback(on_train_end=lambda logs=None: None),
    "LearningRateScheduler": lambda folder: c.LearningRateScheduler(lambda epoch, rate: rate),
    "ModelCheckpoint": lambda folder: c.ModelCheckpoint(folder / "w", save_weights_only=True),
    "ModelCheckpoint of batches": lambda folder: c.ModelCheckpoint(folder / "w", save_weights_only=True, save_freq=7),
    "OrbaxCheckpoint": lambda folder: c.OrbaxCheckpoint(folder / "orbax", save_freq=25),
    "ProgbarLogger": lambda folder: c.ProgbarLogger(),
    "ReduceLROnPlateau": lambda folder: c.ReduceLROnPlateau(),
    "RemoteMonitor": lambda folder: c.RemoteMonitor("http://127.0.0.1:1"),
    "SwapEMAWeights": lambda folder: c.SwapEMAWeights(),
    "TensorBoard": lambda folder: c.TensorBoard(folder / "board", histogram_freq=1, update_freq=7),
    "TerminateOnNaN": lambda folder: c.TerminateOnNaN(),
}
LOOKS_AT_EVERY_BATCH = {"TerminateOnNaN"}


def made():
    ps.utils.set_random_seed(5)
    model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(3), ps.layers.Dropout(0.2), ps.layers.Dense(1)])
    model.compile(ps.optimizers.SGD(0.01, use_ema=True), "mse")
    return model


def fit(model, *callbacks, **options):
    data = dict(x=X, y=Y, validation_data=(X[:9], Y[:9]), batch_size=4, epochs=2, verbose=0)
    return model.fit(**data | options, callbacks=list(callbacks))


def bits(model):
    return [np.asarray(v).tobytes() for v in [*model.variables, *model.optimizer.variables]]


class Fails(c.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise RuntimeError("stop")


@pytest.fixture(params=CALLBACKS.items(), ids=CALLBACKS)
def callback(request, tmp_path):
    return request.param[1](tmp_path)


@pytest.fixture(scope="module")
def plain():
    """A model that was trained without callbacks, its losses and its state."""
    model = made()
    losses = fit(model).history["loss"]
    return model, losses, bits(model)


@pytest.mark.filterwarnings("ignore:RemoteMonitor could not send")
class TestEveryCallback:
    def test_training_with_it_has_the_bits_of_training_without_and_leaves_no_thread(self, callback, plain):
        before, model = set(threading.enumerate()), made()
        assert fit(model, callback).history["loss"][:2] == plain[1]
        assert bits(model) == plain[2]
        for thread in set(threading.enumerate()) - before:
            # Orbax tells the threads of its event loops to end, and does not wait until they have.
            thread.join(30)
        assert set(threading.enumerate()) <= before

    def test_it_serves_again_after_a_training_and_after_a_failure(self, callback):
        model = made()
        fit(model, callback)
        with pytest.raises(RuntimeError, match="stop"):
            fit(model, callback, Fails())
        assert fit(model, callback, initial_epoch=2, epochs=4).epoch[-1] == 3

    def test_it_comes_along_to_evaluate_and_predict(self, callback, plain):
        model, _, before = plain
        wanted = model.evaluate(X, Y, verbose=0), model.predict(X, verbose=0)
        found = model.evaluate(X, Y, verbose=0, callbacks=callback), model.predict(X, verbose=0, callbacks=callback)
        assert wanted[0] == found[0]
        assert np.array_equal(wanted[1], found[1])
        assert bits(model) == before

    @pytest.mark.filterwarnings("ignore:.* which is not in the logs")
    def test_it_takes_hooks_without_logs(self, callback, plain):
        callback.set_params({"verbose": 0, "epochs": 1, "steps": None})
        callback.set_model(plain[0])
        callback.on_train_begin()
        callback.on_epoch_begin(0)
        callback.on_train_batch_begin(0)
        callback.on_train_batch_end(0)
        callback.on_test_begin()
        callback.on_test_end()
        callback.on_epoch_end(0)
        callback.on_train_end()


@pytest.mark.parametrize("name", CALLBACKS)
def test_steps_stay_grouped(name, tmp_path):
    callback = CALLBACKS[name](tmp_path)
    watched = [kind for kind in ("train", "test", "predict") if callback.watches_batches(kind)]
    assert watched == (["train"] if name in LOOKS_AT_EVERY_BATCH else [])


def test_no_built_in_callback_is_missing():
    assert {name.split()[0] for name in CALLBACKS} | {"Callback", "CallbackList"} == set(BUILT_IN)
    assert {name for name in dir(keras.callbacks) if name[0].isupper()} == set(BUILT_IN)
