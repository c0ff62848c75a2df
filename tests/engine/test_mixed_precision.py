"""Models that compute in half precision keep their weights whole, and train as Keras' do."""

from typing import Any

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import penstock as ps

KERAS: Any = keras


@pytest.fixture(autouse=True)
def _whole_again():
    yield
    ps.mixed_precision.set_dtype_policy(None)
    KERAS.mixed_precision.set_dtype_policy("float32")


def made(namespace, **options):
    layers = namespace.layers
    model = namespace.Sequential(
        [
            namespace.Input((4,)),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(1, dtype="float32"),
        ]
    )
    model.compile(namespace.optimizers.SGD(0.01), "mse", **options)
    return model


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_training_equals_keras(policy, line):
    ps.mixed_precision.set_dtype_policy(policy)
    KERAS.mixed_precision.set_dtype_policy(policy)
    ours, theirs = made(ps), made(keras)
    theirs.set_weights(ours.get_weights())
    mine = ours.fit(*line, epochs=2, shuffle=False, verbose=0).history["loss"]
    known = theirs.fit(*line, epochs=2, shuffle=False, verbose=0).history["loss"]
    # Half precision has three digits, or two.
    np.testing.assert_allclose(mine, known, rtol=3e-3 if policy == "mixed_float16" else 2e-2)
    for weight, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert weight.dtype == "float32"
        np.testing.assert_allclose(weight, expected, rtol=3e-2, atol=3e-3)
    assert type(ours.optimizer).__name__ == type(theirs.optimizer).__name__


def test_the_loss_is_scaled_unless_compile_is_told_not_to():
    ps.mixed_precision.set_dtype_policy("mixed_float16")
    assert isinstance(made(ps).optimizer, ps.optimizers.LossScaleOptimizer)
    assert isinstance(made(ps, auto_scale_loss=False).optimizer, ps.optimizers.SGD)


def test_layers_compute_in_one_type_and_keep_another():
    layer = ps.layers.Dense(2, dtype="mixed_bfloat16")
    assert layer(np.ones((3, 4), "float32")).dtype == "bfloat16"
    assert (layer.kernel.dtype, layer.compute_dtype, layer.dtype) == ("float32", "bfloat16", "float32")
    assert layer.kernel.value.dtype == "float32"
    again = ps.layers.Dense.from_config(layer.get_config())
    assert again.dtype_policy == ps.mixed_precision.DTypePolicy("mixed_bfloat16")


def test_layers_inside_have_their_own_types():
    class Outer(ps.layers.Layer):
        def __init__(self):
            super().__init__(dtype="mixed_bfloat16")
            self.inner = ps.layers.Dense(2, dtype="float32")
            self.seen = []

        def call(self, x):
            self.seen += [x.dtype.name, self.inner(x).dtype.name]
            return x

    outer = Outer()
    outer(np.ones((1, 4), "float32"))
    assert outer.seen[-2:] == ["bfloat16", "float32"]


def test_without_autocast_inputs_and_weights_stay_as_they_are():
    class Types(ps.layers.Layer):
        def build(self, input_shape):
            self.read = self.add_weight((), "ones", name="read")
            self.whole = self.add_weight((), "ones", name="whole", autocast=False)

        def call(self, x):
            self.whole.assign_add(1e-6)
            return [jnp.asarray(v).dtype.name for v in (x, self.read, self.whole)]

    x = np.ones(3, "float32")
    assert Types(dtype="mixed_float16")(x) == ["float16", "float16", "float32"]
    assert Types(dtype="mixed_float16", autocast=False)(x) == ["float32", "float32", "float32"]


def test_policies_have_names():
    assert ps.mixed_precision.dtype_policy().name == "float32"
    ps.mixed_precision.set_global_policy("bfloat16")
    assert ps.layers.Dense(1).dtype == "bfloat16"
    with pytest.raises(ValueError, match="mixed_float16, mixed_bfloat16"):
        ps.mixed_precision.set_dtype_policy("mixed_float8")
