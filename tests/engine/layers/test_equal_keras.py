"""Built-in layers, against Keras: outputs, weights, names and configs."""

import keras
import numpy as np
import pytest

import penstock as ps
from penstock.engine.names import forget_names

X = np.random.default_rng(0).normal(size=(6, 4, 3)).astype("float32")
MATRIX = X[:, :, 0]
IMAGES = np.random.default_rng(1).normal(size=(2, 7, 6, 4)).astype("float32")
WORDS = np.array([[1, 2, 0], [4, 0, 0]])
SAME = dict(filters=4, kernel_size=3, padding="same")

# Each row: the class, its arguments, and an input.
LAYERS = [
    ("Dense", dict(units=5), MATRIX),
    ("Dense", dict(units=5, activation="relu", use_bias=False), X),
    ("Dense", dict(units=2, activation="softmax", kernel_initializer="ones", bias_initializer="ones"), X),
    ("Activation", dict(activation="tanh"), X),
    ("ReLU", dict(), X),
    ("ReLU", dict(max_value=0.5, negative_slope=0.1, threshold=0.2), X),
    ("ReLU", dict(negative_slope=0.1), X),
    ("Softmax", dict(), X),
    ("Softmax", dict(axis=1), X),
    ("Softmax", dict(axis=(1, 2)), X),
    ("Flatten", dict(), X),
    ("Flatten", dict(), X[:, 0, 0]),
    ("Dropout", dict(rate=0.4), X),
    ("Dropout", dict(rate=0.0), X),
    ("BatchNormalization", dict(), X),
    ("BatchNormalization", dict(axis=1, momentum=0.7, epsilon=0.1, center=False), X),
    ("BatchNormalization", dict(axis=-2, scale=False, moving_mean_initializer="ones"), X),
    ("BatchNormalization", dict(beta_initializer="ones", gamma_initializer="zeros"), MATRIX),
    ("Conv1D", dict(filters=5, kernel_size=2), X),
    ("Conv1D", dict(SAME, strides=2, activation="relu"), X),
    ("Conv1D", dict(filters=2, kernel_size=2, padding="causal", dilation_rate=2, use_bias=False), X),
    ("Conv2D", dict(filters=5, kernel_size=(3, 2)), IMAGES),
    ("Conv2D", dict(SAME, strides=(2, 1), activation="tanh"), IMAGES),
    ("Conv2D", dict(SAME, dilation_rate=2, groups=2, use_bias=False, kernel_initializer="ones"), IMAGES),
    *[(f"{kind}Pooling1D", dict(pool_size=2), X) for kind in ("Max", "Average")],
    *[(f"{kind}Pooling2D", dict(pool_size=2), IMAGES) for kind in ("Max", "Average")],
    *[(f"{kind}Pooling1D", {}, X) for kind in ("GlobalMax", "GlobalAverage")],
    *[(f"{kind}Pooling2D", {}, IMAGES) for kind in ("GlobalMax", "GlobalAverage")],
    *[(f"{kind}Pooling1D", dict(pool_size=3, strides=1, padding="same"), X) for kind in ("Max", "Average")],
    *[(f"{kind}Pooling2D", dict(pool_size=(3, 2), padding="same"), IMAGES) for kind in ("Max", "Average")],
    *[(f"Global{kind}Pooling2D", dict(keepdims=True), IMAGES) for kind in ("Max", "Average")],
    ("Embedding", dict(input_dim=5, output_dim=3), WORDS),
    ("Embedding", dict(input_dim=5, output_dim=2, mask_zero=True, embeddings_initializer="ones"), WORDS.astype(float)),
    ("Masking", dict(mask_value=1.0), np.array([[[1, 1], [1, 2]]], "float32")),
    ("Reshape", dict(target_shape=(2, -1)), X),
    ("Permute", dict(dims=(2, 1)), X),
    ("RepeatVector", dict(n=3), MATRIX),
    ("ZeroPadding2D", dict(), IMAGES),
    ("ZeroPadding2D", dict(padding=((0, 1), (2, 3))), IMAGES),
    ("UpSampling2D", dict(), IMAGES),
    ("UpSampling2D", dict(size=(3, 2), interpolation="bilinear"), IMAGES),
    ("Rescaling", dict(scale=0.5, offset=-1.0), np.arange(6).reshape(2, 3)),
    ("GaussianNoise", dict(stddev=0.4), X),
    ("Identity", dict(), X),
    ("LayerNormalization", dict(), X),
    ("LayerNormalization", dict(axis=[1, 2], epsilon=0.1, center=False), X),
    ("LayerNormalization", dict(axis=1, scale=False, beta_initializer="ones"), X),
    ("LSTM", dict(units=5), X),
    ("LSTM", dict(units=5, return_sequences=True, go_backwards=True, unit_forget_bias=False), X),
    ("LSTM", dict(units=2, activation="relu", recurrent_activation="hard_sigmoid", use_bias=False, unroll=True), X),
    ("LSTM", dict(units=2, recurrent_regularizer="l2", kernel_constraint="non_neg"), X),
    ("LSTM", dict(units=2, dropout=0.5, recurrent_dropout=0.2), X),
]


def both(kind, arguments, x):
    """The layer of each library, built, with the same weights, and an input."""
    ours, theirs = (getattr(library.layers, kind)(**arguments, name="same") for library in (ps, keras))
    ours.build(x.shape), theirs.build(x.shape)
    weights = [np.random.default_rng(1).uniform(0.5, 1.5, w.shape) for w in theirs.get_weights()]
    ours.set_weights(weights), theirs.set_weights(weights)
    return ours, theirs, x


@pytest.fixture(scope="module", params=LAYERS, ids=[f"{kind}-{arguments}" for kind, arguments, _ in LAYERS])
def pair(request):
    return both(*request.param)


def test_outputs_and_states_are_equal(pair):
    ours, theirs, x = pair
    draws = isinstance(ours, (ps.layers.Dropout, ps.layers.GaussianNoise)) or ours.get_config().get("dropout")
    for training in (False,) if draws else (False, True):
        np.testing.assert_allclose(ours(x, training=training), theirs(x, training=training), rtol=1e-5, atol=1e-6)
    for our_weight, their_weight in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(our_weight, their_weight, rtol=1e-6, atol=1e-7)


def test_weights_have_the_same_names_order_and_kinds(pair):
    ours, theirs, _ = pair
    for group in ("variables", "weights", "trainable_variables", "non_trainable_variables", "trainable_weights"):
        assert [(v.name, v.shape, v.dtype) for v in getattr(ours, group)] == [
            (v.name, tuple(v.shape), v.dtype) for v in getattr(theirs, group)
        ]


def test_shapes_of_symbolic_outputs_are_the_same(pair):
    ours, theirs, x = pair
    ours, theirs = ours(ps.Input(x.shape[1:])), theirs(keras.Input(x.shape[1:]))
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)


def test_a_config_makes_an_equal_layer_and_agrees_with_that_of_keras(pair):
    ours, theirs, _ = pair
    config = ours.get_config()
    assert type(ours).from_config(config).get_config() == config
    known = {key: value for key, value in theirs.get_config().items() if key != "dtype"}
    assert {key: known[key] for key in config if key != "dtype"} == {k: v for k, v in config.items() if k != "dtype"}
    assert all(known[key] in (None, False, 0.99, "auto") for key in known.keys() - config.keys())


def test_a_frozen_batch_normalization_infers():
    ours, theirs, _ = both("BatchNormalization", {}, X)
    ours.trainable = theirs.trainable = False
    before = ours.get_weights()
    np.testing.assert_allclose(ours(X, training=True), theirs(X, training=True), rtol=1e-5, atol=1e-6)
    assert all(np.array_equal(a, b) for a, b in zip(before, ours.get_weights(), strict=True))


@pytest.mark.parametrize("mask", [X > 0, np.zeros_like(X, bool)], ids=["some", "none left"])
def test_softmax_leaves_out_what_is_masked(mask):
    ours, theirs, _ = both("Softmax", {}, X)
    np.testing.assert_allclose(ours(X, mask=mask), theirs(X, mask=mask), atol=1e-6)


def test_integers_go_through_dense_and_batch_normalization_as_floats():
    whole = np.arange(24).reshape(6, 4)
    for kind, arguments in (("Dense", dict(units=2)), ("BatchNormalization", {})):
        ours, theirs, _ = both(kind, arguments, whole)
        np.testing.assert_allclose(ours(whole, training=True), theirs(whole, training=True), rtol=1e-5, atol=1e-6)


def test_names_are_numbered_as_in_keras():
    def names(library):
        kinds = ("Dense", "BatchNormalization", "ReLU", "Dense", "InputLayer", "Dense", "Softmax", "ReLU")
        arguments = {"Dense": (1,), "InputLayer": ((1,),)}
        return [getattr(library.layers, kind)(*arguments.get(kind, ())).name for kind in kinds]

    keras.backend.clear_session()
    forget_names()
    assert names(ps) == names(keras)
