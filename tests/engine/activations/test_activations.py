"""Activations equal Keras', by every name and with every option."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import penstock as ps
from penstock import activations
from penstock.engine.activations import __all__

X = np.linspace(-4, 9, 24, dtype="float32").reshape(4, 6)

# Keras' sparsemax does not add up to 1 (3.15.1, `sparsemax` of its JAX backend); threshold has no defaults.
NAMES = sorted(set(__all__) - {"get", "serialize", "deserialize", "sparsemax", "threshold"})
OPTIONS = [
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"max_value": 5.0}),
    ("relu", {"max_value": 6}),
    ("relu", {"threshold": 1.5}),
    ("relu", {"negative_slope": 0.1, "max_value": 5.0, "threshold": 1.5}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("elu", {"alpha": 0.7}),
    ("celu", {"alpha": 0.7}),
    ("gelu", {"approximate": True}),
    ("softmax", {"axis": 0}),
    ("log_softmax", {"axis": 0}),
    ("glu", {"axis": 0}),
    ("squareplus", {"b": 2}),
    ("hard_shrink", {"threshold": 2.0}),
    ("soft_shrink", {"threshold": 2.0}),
    ("threshold", {"threshold": 1.0, "default_value": -2.0}),
]


@pytest.mark.parametrize(("name", "options"), [(name, {}) for name in NAMES] + OPTIONS, ids=str)
def test_equals_keras(name, options):
    ours = activations.get(name)(jnp.asarray(X), **options)
    np.testing.assert_allclose(ours, getattr(keras.activations, name)(X, **options), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", [*NAMES, "sparsemax"])
def test_takes_part_in_functional_models(name):
    inputs = ps.Input((6,))
    outputs = activations.get(name)(inputs)
    assert outputs.node.operation.name.startswith(activations.get(name).__name__)
    np.testing.assert_array_equal(ps.Model(inputs, outputs)(X), activations.get(name)(jnp.asarray(X)))


@pytest.mark.parametrize("axis", [0, 1])
def test_sparsemax_projects_onto_the_simplex(axis):
    values = activations.sparsemax(X / 5, axis=axis)
    np.testing.assert_allclose(jnp.sum(values, axis=axis), 1, rtol=1e-6)
    moved = np.where(values > 0, X / 5 - values, np.nan)
    np.testing.assert_allclose(np.nanmin(moved, axis=axis), np.nanmax(moved, axis=axis), rtol=1e-5, atol=1e-6)


def test_none_is_linear():
    assert activations.get(None) is activations.linear


@pytest.mark.parametrize("function", [activations.relu, activations.silu, activations.log_softmax])
def test_a_config_is_the_name_that_keras_writes(function):
    config = activations.serialize(function)
    assert config == keras.activations.serialize(getattr(keras.activations, function.__name__))
    assert activations.deserialize(config) is function


def test_a_users_function_passes_through_get_and_its_config_needs_the_function():
    def cube(x):
        return x**3

    assert activations.get(cube) is cube
    config = activations.serialize(cube)
    assert activations.deserialize(config, custom_objects={"cube": cube}) is cube


def test_an_unknown_name_suggests_known_ones():
    with pytest.raises(ValueError, match="did you mean relu"):
        activations.get("relux")


def test_a_number_is_no_activation():
    with pytest.raises(ValueError, match="not 3"):
        activations.get(3)
