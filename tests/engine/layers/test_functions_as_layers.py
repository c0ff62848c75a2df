"""Functions and other libraries' modules inside models."""

import functools

import flax.linen
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from flax import nnx

import penstock as ps

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def test_a_function_takes_part_in_a_functional_model():
    inputs = ps.Input((4,))
    outputs = ps.layers.wrap(jnp.clip)(ps.layers.wrap(jnp.sin)(inputs), 0, max=0.5)
    assert outputs.shape == (None, 4) and outputs.name == "clip"
    np.testing.assert_allclose(ps.Model(inputs, outputs)(X), np.clip(np.sin(X), 0, 0.5), rtol=1e-6)


def test_a_function_may_take_several_tensors_and_give_several():
    a, b = ps.Input((4,)), ps.Input((4,))
    model = ps.Model([a, b], ps.layers.wrap(lambda a, b: (a + b, {"product": a * b}))(a, b))
    total, rest = model([X, X])
    np.testing.assert_allclose(total, 2 * X)
    np.testing.assert_allclose(rest["product"], X * X)


def test_functions_are_named_after_themselves():
    ps.backend.clear_session()
    named = [ps.layers.wrap(jnp.sin), ps.layers.wrap(lambda x: x), ps.layers.wrap(functools.partial(jnp.clip, max=1))]
    assert [layer.name for layer in named] == ["sin", "function", "partial"]
    assert ps.layers.wrap(jnp.sin, name="wave").name == "wave"


def test_a_wrapped_module_trains_inside_a_functional_model():
    inputs = ps.Input((4,))
    linear = ps.layers.wrap(nnx.Linear(4, 1, rngs=nnx.Rngs(0)), name="linear")
    model = ps.Model(inputs, ps.ops.tanh(linear(inputs)))
    assert len(model.trainable_weights) == 2 and linear.name == "linear"
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, np.ones((6, 1)), verbose=0)
    assert all(np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True))


def test_a_layer_is_its_own_wrap():
    layer = ps.layers.Dense(1)
    assert ps.layers.wrap(layer) is layer


@pytest.mark.parametrize("module", [flax.linen.Dense(2), keras.layers.Dense(2)], ids=["linen", "keras"])
def test_modules_whose_weights_would_not_train_are_refused(module):
    with pytest.raises(NotImplementedError, match="are not built yet"):
        ps.layers.wrap(module)


@pytest.mark.parametrize("thing", [3, "sin", ps.layers.Dense])
def test_what_is_no_function_is_refused(thing):
    with pytest.raises(TypeError, match="a module or a function of arrays"):
        ps.layers.wrap(thing)


def test_a_lambda_is_told_what_its_function_asks_for():
    def noisy(inputs, scale, training=False, mask=None):
        return inputs * scale + (1 if training else 0)

    layer = ps.layers.Lambda(noisy, arguments={"scale": 2})
    np.testing.assert_allclose(layer(X, training=True), 2 * X + 1)
    assert layer(ps.Input((4,))).shape == (None, 4)
    np.testing.assert_allclose(ps.Sequential([ps.layers.Lambda(lambda x: x**2)])(X), X**2, rtol=1e-6)


def test_configs_hold_no_functions():
    for layer in (ps.layers.Lambda(jnp.sin), ps.layers.wrap(jnp.sin)):
        with pytest.raises(NotImplementedError, match="holds no code"):
            layer.get_config()
