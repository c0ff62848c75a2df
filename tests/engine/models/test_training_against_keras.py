"""Models of every kind train as in Keras: the same losses, and the same weights afterwards."""

import keras
import numpy as np
import pytest

import penstock as ps

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(8, 6, 6, 2)).astype("float32")
SERIES = RNG.normal(size=(8, 5, 3)).astype("float32")
WORDS = RNG.integers(0, 6, (8, 5))
TARGETS = RNG.normal(size=(8, 2)).astype("float32")


def convolutional(library):
    kinds = library.layers
    return library.Sequential(
        [
            library.Input((6, 6, 2)),
            kinds.ZeroPadding2D(),
            kinds.Conv2D(3, 3, activation="relu", strides=2),
            kinds.MaxPooling2D(padding="same"),
            kinds.UpSampling2D(),
            kinds.Conv2D(2, (1, 2), padding="same", use_bias=False),
            kinds.AveragePooling2D(2),
            kinds.Flatten(),
            kinds.Dense(2),
        ]
    )


def recurrent(library):
    kinds = library.layers
    inputs = library.Input((5,), dtype="int32")
    hidden = kinds.Embedding(6, 4, mask_zero=True)(inputs)
    hidden = kinds.LSTM(3, return_sequences=True)(hidden)
    hidden = kinds.LayerNormalization()(hidden)
    hidden = kinds.concatenate([kinds.LSTM(3, go_backwards=True)(hidden), kinds.GlobalAveragePooling1D()(hidden)])
    return library.Model(inputs, kinds.Dense(2)(hidden))


def two_inputs(library):
    kinds = library.layers
    images, series = library.Input((6, 6, 2), name="images"), library.Input((None, 3), name="series")
    shared = kinds.Dense(4, activation="tanh")
    left = shared(kinds.Dense(3)(kinds.GlobalMaxPooling2D()(kinds.Conv2D(3, 3)(images))))
    right = shared(kinds.GlobalAveragePooling1D()(kinds.Conv1D(3, 2, padding="causal")(series)))
    mixed = kinds.multiply([left, right]) + library.ops.maximum(left, right) * 0.5
    return library.Model({"images": images, "series": series}, kinds.Dense(2)(library.ops.tanh(mixed)))


def nested(library):
    kinds = library.layers
    inputs = library.Input((5, 3))
    block = library.Sequential([kinds.Dense(3, activation="relu"), kinds.BatchNormalization()])
    hidden = block(inputs) + block(inputs * 2.0)
    hidden = kinds.Permute((2, 1))(kinds.Reshape((3, 5))(hidden))
    return library.Model(inputs, library.Sequential([kinds.Flatten(), kinds.Dense(2)])(hidden))


def partly_frozen(library):
    model = nested(library)
    model.layers[1].trainable = False
    return model


CASES = [
    (convolutional, IMAGES),
    (recurrent, WORDS),
    (two_inputs, {"images": IMAGES, "series": SERIES}),
    (nested, SERIES),
    (partly_frozen, SERIES),
]


@pytest.mark.parametrize(("make", "x"), CASES, ids=[make.__name__ for make, _ in CASES])
def test_losses_and_weights_equal_those_of_keras(make, x):
    ours, theirs = make(ps), make(keras)
    weights = [np.random.default_rng(1).uniform(-0.5, 0.5, w.shape) for w in theirs.get_weights()]
    histories = []
    for model in (ours, theirs):
        model.set_weights(weights)
        model.compile("adam", "mse")
        fitted = model.fit(x, TARGETS, batch_size=3, epochs=2, shuffle=False, verbose=0)
        histories.append(fitted.history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-4)
    for our_weight, their_weight in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(our_weight, their_weight, rtol=1e-3, atol=2e-5)
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), rtol=1e-3, atol=1e-4)
