"""What TensorFlow's guide to the built-in training methods does with callbacks, done with penstock.

The data has the digits' shapes, and whole models, which cannot be saved yet, give way to their weights.
"""

import os

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import penstock as keras
from penstock import layers


@pytest.fixture
def train():
    """A thousand digits that can be learned: the label is told by which pixels are bright."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 10, 1000)
    x = rng.normal(size=(1000, 784)).astype("float32") / 8
    x[np.arange(1000), y] += 3
    return x, y.astype("float32")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(1)


def get_compiled_model():
    inputs = keras.Input(shape=(784,), name="digits")
    x = layers.Dense(64, activation="relu", name="dense_1")(inputs)
    x = layers.Dense(64, activation="relu", name="dense_2")(x)
    outputs = layers.Dense(10, activation="softmax", name="predictions")(x)
    model = keras.Model(inputs=inputs, outputs=outputs)
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["sparse_categorical_accuracy"])
    return model


def test_early_stopping(train, capsys):
    model = get_compiled_model()
    callbacks = [keras.callbacks.EarlyStopping(monitor="val_loss", min_delta=1e-2, patience=2, verbose=1)]
    history = model.fit(*train, epochs=60, batch_size=64, callbacks=callbacks, validation_split=0.2)
    losses = history.history["val_loss"]
    assert len(losses) < 60
    assert min(losses[-2:]) > min(losses[:-2]) - 1e-2
    assert f"Epoch {len(losses)}: early stopping" in capsys.readouterr().out


def test_a_callback_that_lists_the_losses_of_batches(train):
    class LossHistory(keras.callbacks.Callback):
        def on_train_begin(self, logs):
            self.per_batch_losses = []

        def on_batch_end(self, batch, logs):
            self.per_batch_losses.append(logs.get("loss"))

    losses = LossHistory()
    history = get_compiled_model().fit(*train, batch_size=64, epochs=2, verbose=0, callbacks=[losses])
    assert len(losses.per_batch_losses) == 2 * 16
    assert losses.per_batch_losses[15::16] == history.history["loss"]


def test_a_checkpoint_of_the_best(train, capsys):
    model = get_compiled_model()
    callbacks = [
        keras.callbacks.ModelCheckpoint(
            filepath="mymodel_{epoch}", save_best_only=True, monitor="val_loss", verbose=1, save_weights_only=True
        )
    ]
    model.fit(*train, epochs=2, batch_size=64, callbacks=callbacks, validation_split=0.2)
    assert sorted(os.listdir()) == ["mymodel_1", "mymodel_2"]
    assert "Epoch 2: val_loss improved from" in capsys.readouterr().out


def test_whole_models_are_named_as_what_cannot_be_saved_yet():
    with pytest.raises(NotImplementedError, match="asks for a whole model, which cannot be saved yet"):
        keras.callbacks.ModelCheckpoint(filepath="mymodel_{epoch}", save_best_only=True)


def test_training_goes_on_from_the_latest_checkpoint(train):
    checkpoint_dir = "./ckpt"
    os.makedirs(checkpoint_dir)

    def make_or_restore_model():
        model = get_compiled_model()
        checkpoints = [checkpoint_dir + "/" + name for name in os.listdir(checkpoint_dir)]
        if checkpoints:
            model.load_weights(max(checkpoints, key=os.path.getctime))
        return model

    model = make_or_restore_model()
    save = keras.callbacks.ModelCheckpoint(
        filepath=checkpoint_dir + "/ckpt-loss={loss:.2f}", save_freq=100, save_weights_only=True
    )
    history = model.fit(*train, batch_size=10, epochs=1, verbose=0, callbacks=[save])
    assert os.listdir(checkpoint_dir) == [f"ckpt-loss={history.history['loss'][0]:.2f}"]
    restored = make_or_restore_model()
    assert all(map(np.array_equal, restored.get_weights(), model.get_weights()))


def test_a_schedule_given_to_the_optimizer(train):
    lr_schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.96, staircase=True)
    model = get_compiled_model()
    model.compile(keras.optimizers.RMSprop(learning_rate=lr_schedule), "sparse_categorical_crossentropy")
    model.fit(*train, batch_size=50, verbose=0)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.1 * 0.96**2)


def test_a_dynamic_schedule_is_a_callback(train):
    model = get_compiled_model()
    plateau = keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.2, patience=1, min_delta=1.0)
    history = model.fit(*train, epochs=5, verbose=0, callbacks=[plateau], validation_split=0.2)
    assert history.history["learning_rate"][-1] < history.history["learning_rate"][0]


def test_tensorboard(train, tmp_path):
    board = keras.callbacks.TensorBoard(log_dir=str(tmp_path), histogram_freq=0, embeddings_freq=0, update_freq="epoch")
    history = get_compiled_model().fit(*train, epochs=2, verbose=0, callbacks=[board], validation_split=0.2)
    for folder, prefix in ("train", ""), ("validation", "val_"):
        events = EventAccumulator(str(tmp_path / folder)).Reload().Tensors("epoch_loss")
        found = [event.tensor_proto.float_val[0] for event in events]
        assert found == pytest.approx(history.history[f"{prefix}loss"])
