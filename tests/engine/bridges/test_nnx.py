"""NNX modules held by layers: their parameters train, their state goes along."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import penstock as ps
from penstock.engine.bridges.nnx import Wrap
from penstock.engine.models.build import build_model
from penstock.engine.scope import pure

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")


class Net(nnx.Module):
    def __init__(self, rngs):
        self.linear = nnx.Linear(3, 4, rngs=rngs)
        self.norm = nnx.BatchNorm(4, momentum=0.9, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)
        self.tied = self.linear

    def __call__(self, x):
        return self.dropout(self.norm(self.linear(x)))

    def head(self, x):
        return self.linear(x)


class Holding(ps.Model):
    """Modules as users keep them: an attribute, and a list that names one twice."""

    def __init__(self):
        super().__init__()
        self.net = Net(nnx.Rngs(0))
        self.blocks = [nnx.Linear(4, 4, rngs=nnx.Rngs(1))]
        self.again = self.blocks[0]
        self.out = ps.layers.Dense(1)

    def call(self, inputs):
        return self.out(self.again(self.blocks[0](self.net(inputs))))


@pytest.fixture
def model():
    model = Holding()
    build_model(model, jax.ShapeDtypeStruct(X.shape, "float32"), training=True)
    return model


def values(variables):
    return [v.value for v in variables]


def test_parameters_are_trainable_and_other_state_is_not(model):
    def paths(variables):
        return [v.path.removeprefix(f"{model.net.name}/") for v in variables]

    assert paths(model.net.trainable_variables) == ["linear/bias", "linear/kernel", "norm/bias", "norm/scale"]
    assert set(paths(model.net.non_trainable_variables)) == {
        *("dropout/rngs/count", "dropout/rngs/key"),
        *("norm/mean", "norm/var"),
    }


def test_a_module_held_twice_is_one(model):
    assert model.again is model.blocks[0] and isinstance(model.again, Wrap)
    assert len(model.trainable_variables) == 4 + 2 + 2


def test_building_leaves_the_state_alone(model):
    assert not np.any(model.net.norm.mean[...])


def test_every_parameter_has_a_gradient_and_the_state_moves_on(model):
    def loss(trainable, others):
        outputs, new = model.stateless_call(trainable, others, X, training=True)
        return jnp.mean(outputs**2), new

    step = jax.jit(jax.grad(loss, has_aux=True))
    gradients, new = step(values(model.trainable_variables), values(model.non_trainable_variables))
    assert all(np.any(g) for g in gradients[:-1])
    changed = {v.name for v, value in zip(model.non_trainable_variables, new, strict=True) if np.any(v.value != value)}
    assert changed == {"mean", "var", "count"}


def test_what_a_module_gives_equals_what_it_gives_in_flax(model):
    alone = Net(nnx.Rngs(0))
    alone.eval()
    np.testing.assert_allclose(model.net(X, training=False), alone(X), rtol=1e-6)
    alone.train()
    np.testing.assert_allclose(model.net(X, training=True), alone(X), rtol=1e-6)
    np.testing.assert_allclose(model.net.norm.mean[...], alone.norm.mean[...], rtol=1e-6)


def test_each_training_call_drops_other_entries(model):
    first, second = (np.asarray(model.net(X, training=True)) == 0 for _ in range(2))
    assert np.any(first != second) and not np.any(np.asarray(model.net(X, training=False)) == 0)


def test_methods_and_attributes_are_those_of_the_module_with_present_values(model):
    next(v for v in model.net.variables if v.path.endswith("norm/bias")).assign_add(1)
    assert np.all(model.net.norm.bias[...] == 1)
    np.testing.assert_allclose(model.net.head(X), X @ model.net.linear.kernel[...], rtol=1e-5)
    with pytest.raises(AttributeError, match="nothing"):
        _ = model.net.nothing


def test_fit_trains_the_module(line):
    class Regressor(ps.Model):
        def __init__(self):
            super().__init__()
            self.hidden = nnx.Linear(4, 8, rngs=nnx.Rngs(0))
            self.out = ps.layers.Dense(1)

        def call(self, inputs):
            return self.out(jax.nn.relu(self.hidden(inputs)))

    ps.utils.set_random_seed(0)
    model = Regressor()
    model.compile(ps.optimizers.Adam(0.05), "mse")
    before = model.hidden.kernel[...]
    history = model.fit(*line, epochs=10, verbose=0).history["loss"]
    assert history[-1] < history[0] / 2 and np.any(model.hidden.kernel[...] != before)


def test_lists_and_dicts_of_modules_become_lists_and_dicts_of_layers():
    class Holder(ps.layers.Layer):
        def __init__(self):
            super().__init__()
            self.pair = nnx.List([nnx.Linear(3, 3, rngs=nnx.Rngs(i)) for i in range(2)])
            self.table = {"a": [nnx.Linear(3, 2, rngs=nnx.Rngs(3))]}

        def call(self, inputs):
            for linear in self.pair:
                inputs = linear(inputs)
            return self.table["a"][0](inputs)

    layer = Holder()
    assert layer(X).shape == (16, 2) and len(layer.trainable_variables) == 6


def test_a_flag_that_the_module_asks_for_is_passed_on():
    class Asks(nnx.Module):
        def __call__(self, x, training=False):
            return x + training

    np.testing.assert_array_equal(Wrap(Asks())(X, training=True), X + 1)
    np.testing.assert_array_equal(Wrap(Asks())(X), X)


def test_two_layers_that_share_a_parameter_share_the_variable():
    linear = nnx.Linear(3, 3, rngs=nnx.Rngs(0))
    chain = nnx.Sequential(linear, jax.nn.relu)
    first, second = Wrap(linear), Wrap(chain)
    assert {id(v) for v in first.variables} == {id(v) for v in second.variables}
    bias = next(v for v in first.variables if v.name == "bias")
    out, _ = pure(lambda: second(X), [bias], [jnp.full(3, -100.0)])
    assert not np.any(out)


def test_flax_is_not_imported_for_layers_that_need_none():
    code = "import sys, penstock as ps; ps.Sequential([ps.layers.Dense(1, input_dim=1)]); print('flax' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
