"""The callbacks do in a real training what they say."""

import numpy as np
import pytest

import penstock as ps

X = np.linspace(-1, 1, 32, dtype="float32").reshape(8, 4)
Y = X[:, :1] ** 2


@pytest.fixture
def model():
    made = ps.Sequential([ps.Input((4,)), ps.layers.Dense(2, activation="relu"), ps.layers.Dense(1)])
    made.compile(ps.optimizers.SGD(0.1), "mse")
    made.set_weights([np.full(w.shape, 0.5, "float32") for w in made.get_weights()])
    return made


def fit(model, *callbacks, **options):
    return model.fit(X, Y, batch_size=2, shuffle=False, verbose=0, callbacks=list(callbacks), **options)


def loaded(model, path):
    model.load_weights(path)
    return model.get_weights()


def test_a_checkpoint_of_a_batch_has_the_weights_after_it(model, tmp_path):
    start = model.get_weights()
    every = ps.callbacks.ModelCheckpoint(tmp_path / "{epoch}-{batch}", save_weights_only=True, save_freq=3)
    fit(model, every, epochs=2)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["1-3", "2-2"]
    model.set_weights(start)
    fit(model, steps_per_epoch=3)
    wanted = model.get_weights()
    assert all(map(np.array_equal, wanted, loaded(model, tmp_path / "1-3")))


def test_the_best_weights_come_back_and_are_in_the_best_file(model, tmp_path):
    best = ps.callbacks.ModelCheckpoint(tmp_path / "best", "loss", save_weights_only=True, save_best_only=True)
    stop = ps.callbacks.EarlyStopping("loss", patience=2, restore_best_weights=True)

    class Worsen(ps.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                model.set_weights([w + 10 for w in model.get_weights()])

    history = fit(model, best, stop, Worsen(), epochs=20)
    assert history.epoch == [0, 1, 2, 3, 4]
    assert all(map(np.array_equal, model.get_weights(), loaded(model, tmp_path / "best")))


def test_logs_of_batches_are_floats_of_the_epoch_so_far(model):
    seen = []

    class Losses(ps.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(dict(logs or {}))

    history = fit(model, Losses())
    assert [type(logs["loss"]) for logs in seen] == [float] * 4
    assert seen[-1]["loss"] == history.history["loss"][0]


def test_results_of_evaluation_are_not_the_callbacks_to_add_to(line, regressor):
    def add(logs):
        logs["mine"] = 1.0

    model, add = regressor(), ps.callbacks.LambdaCallback(on_test_end=add)
    assert list(model.evaluate(*line, verbose=0, callbacks=add, return_dict=True)) == model.metrics_names
    assert "val_mine" not in model.fit(*line, verbose=0, callbacks=add, validation_data=line).history
