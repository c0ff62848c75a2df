"""The documents' examples of training: their code with another import, and JAX's functions for TensorFlow's."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import penstock as keras
from penstock import layers

rng = np.random.default_rng(0)
x_train = rng.random((640, 784)).astype("float32")
y_train = rng.integers(0, 10, 640).astype("float32")
y_train_one_hot = jax.nn.one_hot(y_train.astype("int32"), 10)
x_val, y_val = x_train[-100:], y_train[-100:]


def get_uncompiled_model():
    inputs = keras.Input(shape=(784,), name="digits")
    x = layers.Dense(16, activation="relu", name="dense_1")(inputs)
    x = layers.Dense(16, activation="relu", name="dense_2")(x)
    outputs = layers.Dense(10, activation="softmax", name="predictions")(x)
    return keras.Model(inputs=inputs, outputs=outputs)


def get_compiled_model():
    model = get_uncompiled_model()
    model.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
    )
    return model


def fitted(model, *data, **options):
    return model.fit(*data, **{"batch_size": 64, "epochs": 1, "verbose": 0} | options).history


def test_a_loss_that_is_a_function():
    def custom_mean_squared_error(y_true, y_pred):
        return jnp.mean(jnp.square(y_true - y_pred))

    model = get_uncompiled_model()
    model.compile(optimizer=keras.optimizers.Adam(), loss=custom_mean_squared_error)
    assert 0 < fitted(model, x_train, y_train_one_hot)["loss"][0] < 0.2


def test_a_loss_that_is_a_class():
    class CustomMSE(keras.losses.Loss):
        def __init__(self, regularization_factor=0.1, name="custom_mse"):
            super().__init__(name=name)
            self.regularization_factor = regularization_factor

        def call(self, y_true, y_pred):
            mse = jnp.mean(jnp.square(y_true - y_pred))
            reg = jnp.mean(jnp.square(0.5 - y_pred))
            return mse + reg * self.regularization_factor

    model = get_uncompiled_model()
    model.compile(optimizer=keras.optimizers.Adam(), loss=CustomMSE())
    assert 0 < fitted(model, x_train, y_train_one_hot)["loss"][0] < 0.2


def test_a_metric_that_is_a_class():
    class CategoricalTruePositives(keras.metrics.Metric):
        def __init__(self, name="categorical_true_positives", **kwargs):
            super().__init__(name=name, **kwargs)
            self.true_positives = self.add_weight(name="ctp", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            y_pred = jnp.reshape(jnp.argmax(y_pred, axis=1), (-1, 1))
            values = y_true.reshape(-1, 1).astype("int32") == y_pred.astype("int32")
            values = values.astype("float32")
            if sample_weight is not None:
                values = jnp.multiply(values, sample_weight.astype("float32"))
            self.true_positives.assign_add(jnp.sum(values))

        def result(self):
            return self.true_positives

        def reset_states(self):
            self.true_positives.assign(0.0)

    model = get_uncompiled_model()
    model.compile(
        optimizer=keras.optimizers.RMSprop(learning_rate=0.0),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=[CategoricalTruePositives()],
    )
    right = (model.predict(x_train, verbose=0).argmax(axis=1) == y_train).sum()
    assert fitted(model, x_train, y_train, epochs=3)["categorical_true_positives"] == [right] * 3


def test_a_share_of_the_data_held_out():
    found = fitted(get_compiled_model(), x_train, y_train, validation_split=0.2)
    names = ["loss", "sparse_categorical_accuracy"]
    assert list(found) == [*names, *(f"val_{name}" for name in names)]


def test_results_by_name():
    model = get_compiled_model()
    result = model.evaluate(x_val, y_val, verbose=0)
    assert set(dict(zip(model.metrics_names, result, strict=True))) == {"loss", "sparse_categorical_accuracy"}


def test_classes_and_samples_that_weigh_more():
    class_weight = {label: 1.0 for label in range(10)} | {5: 2.0}
    sample_weight = np.ones(shape=(len(y_train),))
    sample_weight[y_train == 5] = 2.0
    weights = get_compiled_model().get_weights()
    found = []
    for options in ({"class_weight": class_weight}, {"sample_weight": sample_weight}):
        model = get_compiled_model()
        model.set_weights(weights)
        found.append(fitted(model, x_train, y_train, shuffle=False, **options))
    assert found[0] == found[1]


def test_a_callback_of_the_users_own_and_a_built_in_one():
    class LossHistory(keras.callbacks.Callback):
        def on_train_begin(self, logs):
            self.per_batch_losses = []

        def on_batch_end(self, batch, logs):
            self.per_batch_losses.append(logs.get("loss"))

    history = LossHistory()
    stopping = keras.callbacks.EarlyStopping(monitor="val_loss", min_delta=1e2, patience=2)
    found = fitted(
        get_compiled_model(), x_train, y_train, callbacks=[history, stopping], validation_split=0.2, epochs=20
    )
    assert len(found["loss"]) == 3
    assert len(history.per_batch_losses) == 3 * 8


def get_model_of_several_inputs_and_outputs():
    image_input = keras.Input(shape=(8, 8, 3), name="img_input")
    timeseries_input = keras.Input(shape=(None, 10), name="ts_input")
    x1 = layers.GlobalMaxPooling2D()(layers.Conv2D(3, 3)(image_input))
    x2 = layers.GlobalMaxPooling1D()(layers.Conv1D(3, 3)(timeseries_input))
    x = layers.concatenate([x1, x2])
    score_output = layers.Dense(1, name="score_output")(x)
    class_output = layers.Dense(5, activation="softmax", name="class_output")(x)
    return keras.Model(inputs=[image_input, timeseries_input], outputs=[score_output, class_output])


LOSSES = ["score_output_loss", "class_output_loss"]
METRICS = [
    "score_output_mean_absolute_percentage_error",
    "score_output_mean_absolute_error",
    "class_output_categorical_accuracy",
]


def percentage_and_error():
    return [keras.metrics.MeanAbsolutePercentageError(), keras.metrics.MeanAbsoluteError()]


FORMS = {
    "lists": lambda: (
        {
            "loss": [keras.losses.MeanSquaredError(), keras.losses.CategoricalCrossentropy()],
            "metrics": [percentage_and_error(), [keras.metrics.CategoricalAccuracy()]],
        },
        ["loss", *LOSSES, *METRICS],
    ),
    "dicts": lambda: (
        {
            "loss": {
                "score_output": keras.losses.MeanSquaredError(),
                "class_output": keras.losses.CategoricalCrossentropy(),
            },
            "metrics": {
                "score_output": percentage_and_error(),
                "class_output": [keras.metrics.CategoricalAccuracy()],
            },
            "loss_weights": {"score_output": 2.0, "class_output": 1.0},
        },
        ["loss", *LOSSES, *METRICS],
    ),
    "a list without one": lambda: ({"loss": [None, keras.losses.CategoricalCrossentropy()]}, ["loss"]),
    "a dict without one": lambda: ({"loss": {"class_output": keras.losses.CategoricalCrossentropy()}}, ["loss"]),
}


@pytest.mark.parametrize("form", FORMS)
def test_several_inputs_and_outputs(form):
    compiled, names = FORMS[form]()
    model = get_model_of_several_inputs_and_outputs()
    model.compile(optimizer=keras.optimizers.RMSprop(1e-3), **compiled)
    images, series = rng.random((40, 8, 8, 3)), rng.random((40, 20, 10))
    scores, classes = rng.random((40, 1)), rng.random((40, 5))
    by_list = fitted(model, [images, series], [scores, classes], batch_size=32)
    by_name = fitted(
        model,
        {"img_input": images, "ts_input": series},
        {"score_output": scores, "class_output": classes},
        batch_size=32,
    )
    assert list(by_list) == list(by_name) == names == model.metrics_names


def test_lines_of_a_file_by_a_generator(tmp_path):
    (tmp_path / "my_file.txt").write_text("1 2 3\n4 5 9\n7 1 8\n")

    def generate_arrays_from_file(path):
        while True:
            with open(path) as f:
                for line in f:
                    x1, x2, y = (np.array([[float(word)]]) for word in line.split())
                    yield {"input_1": x1, "input_2": x2}, {"output": y}

    inputs = [keras.Input((1,), name="input_1"), keras.Input((1,), name="input_2")]
    output = layers.Dense(1, name="output")(layers.concatenate(inputs))
    model = keras.Model(inputs, output)
    model.compile("sgd", "mse", metrics=["mae"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        history = model.fit_generator(
            generate_arrays_from_file(tmp_path / "my_file.txt"), steps_per_epoch=10, epochs=2, verbose=0
        )
    assert len(history.history["mae"]) == 2
    assert model.optimizer.iterations.value == 20


def test_the_page_on_compile():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, activation="sigmoid")])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=1e-3),
        loss=keras.losses.BinaryCrossentropy(),
        metrics=[keras.metrics.BinaryAccuracy(), keras.metrics.FalseNegatives()],
    )
    assert model.metrics_names == ["loss", "binary_accuracy", "false_negatives"]
    assert len(model.evaluate(np.ones((4, 4)), np.ones(4), verbose=0)) == 3
