"""Masks travel from layer to layer, eagerly, in functional models and in traces."""

import jax
import keras
import numpy as np
import pytest

import penstock as ps
from penstock.engine.masks import mask_of, set_mask

WORDS = np.array([[1, 2, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]])
MASK = WORDS != 0


def reader(library, end):
    kinds = library.layers
    inputs = library.Input((4,), dtype="int32")
    hidden = kinds.Embedding(5, 3, mask_zero=True)(inputs)
    hidden = kinds.Dropout(0.5)(kinds.Dense(4, activation="tanh")(hidden))
    return library.Model(inputs, end(kinds)(hidden))


ENDS = [
    lambda kinds: kinds.LSTM(3),
    lambda kinds: kinds.LSTM(3, return_sequences=True, go_backwards=True),
    lambda kinds: kinds.LSTM(3, return_state=True),
    lambda kinds: in_turn(kinds, kinds.LSTM(3, return_sequences=True), kinds.LSTM(2)),
    lambda kinds: in_turn(kinds, kinds.LayerNormalization(), kinds.GlobalAveragePooling1D()),
    lambda kinds: in_turn(kinds, kinds.BatchNormalization(), kinds.LSTM(2)),
]


def in_turn(kinds, *layers):
    def call(tensor):
        for layer in layers:
            tensor = layer(tensor)
        return tensor

    return call


@pytest.mark.parametrize("end", ENDS, ids=range(len(ENDS)))
def test_masked_models_give_what_they_give_in_keras(end):
    ours, theirs = reader(ps, end), reader(keras, end)
    weights = [np.random.default_rng(1).uniform(0.5, 1.5, w.shape) for w in theirs.get_weights()]
    ours.set_weights(weights), theirs.set_weights(weights)
    outputs = (keras.tree.flatten(model(WORDS[:2])) for model in (ours, theirs))
    for our_leaf, their_leaf in zip(*outputs, strict=True):
        np.testing.assert_allclose(our_leaf, their_leaf, rtol=1e-5, atol=1e-6)


def test_batch_normalization_counts_what_is_not_masked():
    x = np.random.default_rng(0).normal(size=(3, 4, 2)).astype("float32")
    ours, theirs = ps.layers.BatchNormalization(), keras.layers.BatchNormalization()
    np.testing.assert_allclose(
        ours(x, training=True, mask=MASK), theirs(x, training=True, mask=MASK), rtol=1e-4, atol=1e-5
    )
    for our_weight, their_weight in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(our_weight, their_weight, rtol=1e-5, atol=1e-6)


def test_a_batch_without_any_step_that_counts_is_finite():
    out = ps.layers.BatchNormalization()(np.ones((2, 3, 1)), training=True, mask=np.zeros((2, 3), bool))
    assert np.all(np.isfinite(out))


class Spy(ps.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seen = []

    def call(self, inputs, mask=None):
        self.seen.append(None if mask is None else tuple(mask.shape))
        return inputs


def test_call_is_given_the_mask_of_its_first_argument():
    spy = Spy()
    spy(ps.layers.Embedding(5, 2, mask_zero=True)(WORDS))
    spy(np.ones((3, 4, 2)))
    spy(np.ones((3, 4, 2)), mask=MASK)
    assert spy.seen == [(3, 4), None, (3, 4)]


def test_each_argument_may_have_a_mask_of_its_own():
    class Two(ps.layers.Layer):
        def call(self, query, value, query_mask=None, value_mask=None):
            return (query_mask is None, value_mask is None)

    embedded = ps.layers.Embedding(5, 2, mask_zero=True)(WORDS)
    assert Two()(embedded, np.ones((3, 4))) == (False, True) and Two()(np.ones(3), value=embedded) == (True, False)


def test_a_layer_of_ones_own_passes_masks_on_if_it_says_so():
    class Double(ps.layers.Layer):
        def __init__(self, supports):
            super().__init__()
            self.supports_masking = supports

        def call(self, inputs):
            return inputs * 2

    embedded = ps.layers.Embedding(5, 2, mask_zero=True)(WORDS)
    np.testing.assert_array_equal(mask_of(Double(supports=True)(embedded)), MASK)
    with pytest.warns(UserWarning, match=r"double_1 \(Double\) was given a masked input"):
        ps.backend.clear_session()
        Double(supports=False), Double(supports=False)(embedded)


def test_a_layer_of_ones_own_may_make_a_mask():
    class Positive(ps.layers.Layer):
        def call(self, inputs):
            return inputs * 1.0

        def compute_mask(self, inputs, mask=None):
            return inputs[..., 0] > 0

    x = np.random.default_rng(0).normal(size=(2, 3, 1)).astype("float32")
    spy = Spy()
    model = ps.Sequential([ps.Input((3, 1)), Positive(), spy])
    jax.jit(model)(x)
    assert spy.seen[-1] == (2, 3)
    np.testing.assert_array_equal(mask_of(Positive()(x)), x[..., 0] > 0)


def test_a_cast_input_keeps_its_mask():
    x = ps.ops.cast(np.ones((3, 4, 2)), "bfloat16")
    set_mask(x, MASK)
    spy = Spy()
    spy(x)
    assert spy.seen == [(3, 4)]
    set_mask(x, None)
    assert mask_of(x) is None


def test_masks_reach_the_layers_of_a_nested_model_and_leave_it():
    inputs = ps.Input((4, 2))
    inner = ps.Model(inputs, ps.layers.Dense(3)(inputs))
    ids = ps.Input((4,))
    outer = ps.Model(ids, inner(ps.layers.Embedding(5, 2, mask_zero=True)(ids)))
    np.testing.assert_array_equal(mask_of(outer(WORDS)), MASK)


@pytest.mark.parametrize("model", [ps.Sequential([Spy()]), ps.Sequential([ps.Input((4, 2)), Spy()])])
def test_a_mask_may_be_given_to_a_model(model):
    model(np.ones((3, 4, 2), "float32"), mask=MASK)
    assert model.layers[0].seen[-1] == (3, 4)


def test_the_state_that_an_lstm_gives_is_taken_by_another():
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")

    def model(library):
        inputs = library.Input((4, 3))
        _, *state = library.layers.LSTM(5, return_state=True)(inputs)
        return library.Model(inputs, library.layers.LSTM(5)(inputs, initial_state=state))

    ours, theirs = model(ps), model(keras)
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-6)


def test_an_lstm_drops_while_training():
    layer = ps.layers.LSTM(3, dropout=0.5, recurrent_dropout=0.5, seed=1)
    x = np.ones((2, 4, 3), "float32")
    first, second, still = layer(x, training=True), layer(x, training=True), layer(x)
    assert not np.allclose(first, second) and not np.allclose(first, still)
    np.testing.assert_array_equal(still, layer(x, training=False))
