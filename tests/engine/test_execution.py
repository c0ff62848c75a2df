"""Steps in one execution: the same bits in every grouping, and a form that follows from the step alone."""

import jax
import numpy as np
import pytest

import penstock as ps
from penstock.engine import flight
from penstock.engine.execution import loops_well


class Convolution(ps.layers.Layer):
    """Eight filters of 3 × 3."""

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(3, 3, input_shape[-1], 8), name="kernel")

    def call(self, inputs):
        layout = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(inputs, self.kernel.value, (1, 1), "SAME", dimension_numbers=layout)


def convolutional():
    ps.utils.set_random_seed(0)
    model = ps.Sequential(
        [ps.Input((8, 8, 1)), Convolution(), ps.layers.BatchNormalization(), ps.layers.Flatten(), ps.layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    return model


def images():
    rng = np.random.default_rng(0)
    return rng.normal(size=(60, 8, 8, 1)).astype("float32"), rng.normal(size=(60, 1)).astype("float32")


def test_a_convolution_is_found_at_any_depth():
    def inner(x):
        return jax.lax.conv(x, x, (1, 1), "SAME")

    def looped(x):
        return jax.lax.fori_loop(0, 2, lambda _, y: jax.checkpoint(inner)(y), x)

    image = jax.ShapeDtypeStruct((1, 1, 4, 4), "float32")
    assert not loops_well(jax.make_jaxpr(jax.jit(looped))(image).jaxpr)
    assert loops_well(jax.make_jaxpr(lambda x: x @ x)(jax.ShapeDtypeStruct((2, 2), "float32")).jaxpr)


def test_a_step_with_a_convolution_is_an_execution_of_its_own():
    model = convolutional()
    model.fit(*images(), batch_size=20, verbose=0)
    (programs,) = model._compiled._programs.values()
    assert [program.capacity for program in programs.made] == [1]


def test_hooks_change_no_bit_of_a_convolutional_net(bits):
    quiet, watched = convolutional(), convolutional()

    class Watch(ps.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            """Only by being there."""

    quiet.fit(*images(), batch_size=16, epochs=2, shuffle=False, verbose=0)
    watched.fit(*images(), batch_size=16, epochs=2, shuffle=False, verbose=0, callbacks=[Watch()])
    assert bits(quiet) == bits(watched)


@pytest.mark.parametrize("seconds", [0.0, 1e-4, 10.0], ids=["one step", "few steps", "as many as fit"])
def test_the_length_of_groups_changes_no_bit(line, regressor, bits, monkeypatch, seconds):
    expected, model = regressor(), regressor()
    expected.fit(*line, batch_size=4, epochs=20, shuffle=False, verbose=0)
    monkeypatch.setattr(flight, "GROUP_SECONDS", seconds)
    model.fit(*line, batch_size=4, epochs=20, shuffle=False, verbose=0)
    assert bits(model) == bits(expected)
