"""The everyday names of `keras.backend`."""

import keras
import numpy as np
import pytest

import penstock as ps

X = np.random.default_rng(0).uniform(0.1, 0.9, (4, 3)).astype("float32")


@pytest.mark.parametrize("name", "std mean sum max min var square sqrt exp log abs relu softmax sigmoid tanh".split())
def test_an_operation_is_that_of_ops(name):
    np.testing.assert_allclose(getattr(ps.backend, name)(X), getattr(keras.ops, name)(X), rtol=1e-6)


def test_settings_are_those_of_config():
    settings = ps.backend.floatx(), ps.backend.epsilon(), ps.backend.image_data_format(), ps.backend.backend()
    assert settings == ("float32", 1e-7, "channels_last", "jax")


def test_a_cleared_session_numbers_names_from_the_start():
    ps.backend.clear_session()
    assert [ps.layers.Dense(1).name for _ in range(2)] == ["dense", "dense_1"]
    ps.backend.clear_session()
    assert ps.layers.Dense(1).name == "dense" and ps.backend.get_uid("dense") == "dense_1"


def test_arrays_are_joined_along_their_last_axis_and_flattened():
    assert ps.backend.concatenate([X, X]).shape == (4, 6)
    assert ps.backend.batch_flatten(np.ones((2, 3, 4))).shape == (2, 12) == ps.backend.int_shape(np.ones((2, 12)))
    assert ps.backend.batch_flatten(ps.Input((3, 4))).shape == (None, 12)
    assert ps.backend.permute_dimensions(X, (1, 0)).shape == (3, 4)


def test_variables_are_made_read_and_set():
    variable = ps.backend.variable([1, 2])
    ps.backend.set_value(variable, [3, 4])
    np.testing.assert_array_equal(ps.backend.get_value(variable), np.float32([3, 4]))
    np.testing.assert_array_equal(ps.backend.constant(2, shape=(2,)), [2, 2])


def test_symbolic_tensors_are_known():
    assert ps.backend.is_keras_tensor(ps.backend.std(ps.Input((2,)))) and not ps.backend.is_keras_tensor(X)
