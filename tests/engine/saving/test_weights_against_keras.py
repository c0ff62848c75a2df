"""Weights files are Keras': the same trees for every kind of model, and each reads what the other wrote."""

import h5py
import keras
import numpy as np
import pytest

import penstock

X = np.linspace(-1, 1, 32, dtype="float32").reshape(8, 4)
Y = X[:, :1] ** 2


def sequential(ks):
    layers = ks.layers
    row = [layers.Dense(3, name="first"), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.5)]
    return ks.Sequential([ks.Input((4,)), *row, layers.Dense(1)])


def functional(ks):
    shared, inputs = ks.layers.Dense(4), ks.Input((4,))
    inner = ks.Sequential([ks.layers.Dense(4), ks.layers.Activation("relu")])
    return ks.Model(inputs, ks.layers.Dense(1)(inner(ks.layers.Dense(4)(shared(shared(inputs))))))


def block(ks):
    class Block(ks.layers.Layer):
        def __init__(self):
            super().__init__()
            self.zeta, self.alpha, self._hidden = ks.layers.Dense(4), ks.layers.Dense(4), ks.layers.Dense(4)

        def build(self, input_shape):
            self.gain = self.add_weight(shape=(4,), initializer="ones", name="gain")
            self.count = self.add_weight(shape=(2,), initializer="zeros", trainable=False, name="count")
            self.shift = self.add_weight(shape=(1,), initializer="zeros", name="shift")

        def call(self, x):
            return self.zeta(x) + self.alpha(x) * self.gain + self._hidden(x) + self.shift

    return Block()


def subclassed(ks):
    dense = ks.layers.Dense

    class Net(ks.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [block(ks), block(ks), [dense(4), dense(4)], {"q": dense(4), "a": dense(4)}]
            self.tables = {"b": dense(4), "a": dense(4), "more": [dense(4)]}
            self.again = self.blocks[0]
            self.pair = (dense(4), ks.layers.Dropout(0.1))
            self.scale = ks.Variable(np.full(4, 2, "float32"))
            self.seen = ks.metrics.Mean(name="seen")
            self._last = dense(1)

        @property
        def entry(self):
            return self.tables["a"]

        @property
        def unreadable(self):
            raise RuntimeError

        def call(self, x):
            several = [*self.blocks[:2], *self.blocks[2], *self.blocks[3].values(), *self.tables["more"], *self.pair]
            for layer in [*several, self.tables["a"], self.tables["b"]]:
                x = layer(x)
            return self._last(x * self.scale)

    return Net()


def drawn_subclass(ks):
    class Drawn(ks.Model):
        def __init__(self):
            first, inputs = ks.layers.Dense(4), ks.Input((4,))
            super().__init__(inputs, ks.layers.Dense(1)(first(inputs)))
            self.backbone = first
            self.apart, self.zero = ks.layers.Dense(2), ks.layers.Dense(2)
            self.apart.build((None, 4))
            self.zero.build((None, 4))

    return Drawn()


def half_precision(ks):
    return ks.Sequential([ks.Input((4,)), ks.layers.Dense(3, dtype="bfloat16"), ks.layers.Dense(1)])


MODELS = [sequential, functional, subclassed, drawn_subclass, half_precision]


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "model.weights.h5")


def made(ks, build):
    model = build(ks)
    model.compile("adam", "mse")
    # Keras sees an early call as a change of the variables' values on JAX, which is what is wanted here.
    model(X)
    model.optimizer.build(model.trainable_variables)
    draw = np.random.default_rng(0 if ks is keras else 1).normal
    model.set_weights([draw(size=w.shape).astype(w.dtype) for w in model.get_weights()])
    return model


def tree(path):
    found = {}

    def note(name, item):
        data = (item.shape, item.dtype, item[()].tobytes()) if isinstance(item, h5py.Dataset) else None
        found[name] = (data, sorted(item.attrs), item.attrs.get("dtype"))

    with h5py.File(path) as file:
        file.visititems(note)
    return found


@pytest.mark.parametrize("build", MODELS, ids=lambda build: build.__name__)
def test_reads_what_keras_wrote_and_writes_the_same_tree(build, path, tmp_path):
    theirs, ours = made(keras, build), made(penstock, build)
    theirs.save_weights(path)
    ours.load_weights(path)
    ours.save_weights(tmp_path / "ours.weights.h5")
    assert tree(tmp_path / "ours.weights.h5") == tree(path)


@pytest.mark.parametrize("build", MODELS, ids=lambda build: build.__name__)
def test_keras_reads_what_is_written_here(build, path):
    theirs, ours = made(keras, build), made(penstock, build)
    ours.save_weights(path)
    theirs.load_weights(path)
    for wanted, got in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_the_optimizer_goes_on_where_keras_stopped(path):
    theirs, ours = made(keras, sequential), sequential(penstock)
    theirs.layers[3].rate = 0
    theirs.fit(X, Y, batch_size=4, epochs=2, verbose=0)
    theirs.save_weights(path)
    ours.compile("adam", "mse")
    ours.load_weights(path)
    for wanted, got in zip(theirs.optimizer.variables, ours.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(got), np.asarray(wanted))
