"""The guide's first end-to-end example, against Keras."""

import keras
import numpy as np
import pytest

import penstock


@pytest.fixture(scope="module")
def digits():
    """Data of MNIST's shapes and ranges, which a small net can learn."""
    rng = np.random.default_rng(0)
    centres = rng.uniform(0, 1, (10, 784))
    labels = rng.integers(0, 10, 4000)
    images = np.clip(centres[labels] + rng.normal(0, 0.4, (4000, 784)), 0, 1).astype("float32")
    return images, labels.astype("float32")


def functional(library):
    inputs = library.Input(shape=(784,), name="digits")
    x = library.layers.Dense(64, activation="relu", name="dense_1")(inputs)
    x = library.layers.Dense(64, activation="relu", name="dense_2")(x)
    outputs = library.layers.Dense(10, activation="softmax", name="predictions")(x)
    return library.Model(inputs=inputs, outputs=outputs)


def trained(library, weights, digits):
    x, y = digits
    model = functional(library)
    model.set_weights(weights)
    model.compile(
        optimizer=library.optimizers.RMSprop(),
        loss=library.losses.SparseCategoricalCrossentropy(),
        metrics=[library.metrics.SparseCategoricalAccuracy()],
    )
    history = model.fit(
        x[:3000],
        y[:3000],
        batch_size=64,
        epochs=2,
        validation_data=(x[3000:3500], y[3000:3500]),
        shuffle=False,
        verbose=0,
    )
    results = model.evaluate(x[3500:], y[3500:], batch_size=128, verbose=0)
    return model, history, results, model.predict(x[:3], verbose=0)


def test_the_first_example_equals_keras(digits):
    weights = functional(penstock).get_weights()
    ours, our_history, our_results, our_predictions = trained(penstock, weights, digits)
    theirs, their_history, their_results, their_predictions = trained(keras, weights, digits)

    assert list(our_history.history) == [
        "loss",
        "sparse_categorical_accuracy",
        "val_loss",
        "val_sparse_categorical_accuracy",
    ]
    assert our_history.epoch == their_history.epoch
    for name, values in their_history.history.items():
        np.testing.assert_allclose(our_history.history[name], values, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(our_results, their_results, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(our_predictions, their_predictions, rtol=1e-4, atol=1e-5)
    for mine, others in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, others, rtol=1e-4, atol=1e-5)


def test_strings_name_the_same_as_objects(digits):
    x, y = digits
    histories = []
    weights = functional(penstock).get_weights()
    for options in (
        dict(
            optimizer=penstock.optimizers.RMSprop(learning_rate=1e-3),
            loss=penstock.losses.SparseCategoricalCrossentropy(),
            metrics=[penstock.metrics.SparseCategoricalAccuracy()],
        ),
        dict(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["sparse_categorical_accuracy"]),
    ):
        model = functional(penstock)
        model.set_weights(weights)
        model.compile(**options)
        histories.append(model.fit(x, y, batch_size=64, shuffle=False, verbose=0).history)
    assert histories[0] == histories[1]
