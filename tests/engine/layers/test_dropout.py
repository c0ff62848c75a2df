"""Dropout drops its share while training, and the same entries for the same seed."""

import numpy as np
import pytest

import penstock as ps

ONES = np.ones((200, 50), "float32")


def test_a_share_is_dropped_and_the_rest_scaled():
    out = np.asarray(ps.layers.Dropout(0.3, seed=1)(ONES, training=True))
    assert set(np.unique(out)) == {np.float32(0), np.float32(1) / np.float32(0.7)}
    assert np.mean(out == 0) == pytest.approx(0.3, abs=0.02)


def test_each_call_drops_other_entries_and_a_seed_repeats_them():
    first, second = ps.layers.Dropout(0.5, seed=7), ps.layers.Dropout(0.5, seed=7)
    a, b, again = first(ONES, training=True), first(ONES, training=True), second(ONES, training=True)
    assert np.array_equal(a, again) and not np.array_equal(a, b)


def test_axes_of_size_one_in_noise_shape_are_dropped_together():
    out = np.asarray(ps.layers.Dropout(0.5, noise_shape=(None, 1))(ONES, training=True))
    assert np.all(out == out[:, :1]) and len(np.unique(out)) == 2


def test_a_rate_of_one_drops_everything():
    assert not np.any(ps.layers.Dropout(1)(ONES, training=True))


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_a_rate_is_a_share(rate):
    with pytest.raises(ValueError, match="rate"):
        ps.layers.Dropout(rate)


def test_noise_shape_has_an_axis_for_each_of_the_input():
    with pytest.raises(ValueError, match="noise_shape"):
        ps.layers.Dropout(0.5, noise_shape=(1,))(ONES, training=True)
