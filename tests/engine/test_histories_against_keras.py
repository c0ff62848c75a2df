"""The histories of many kinds of training equal those of Keras: the same weights, data and order of batches."""

import re

import keras
import numpy as np
import pytest

import penstock as ps

ROWS = 24
rng = np.random.default_rng(8)
X = rng.normal(size=(ROWS, 4)).astype("float32")
SEQUENCES = rng.normal(size=(ROWS, 5, 4)).astype("float32")
REAL = (X @ np.array([[1.0], [-2.0], [0.5], [3.0]]) / 4).astype("float32")
PAIRS = np.concatenate([REAL, -REAL], axis=1)
CLASS = rng.integers(0, 3, ROWS)
YES = (CLASS > 0).astype("int64")
ONE_HOT = np.eye(3, dtype="float32")[CLASS]
STEPS = rng.normal(size=(ROWS, 5, 1)).astype("float32")
STEP_CLASS = rng.integers(0, 3, (ROWS, 5))
WEIGHT = rng.random(ROWS).astype("float32")
STEP_WEIGHT = rng.random((ROWS, 5)).astype("float32")
LABELS = {0: 0.5, 1: 2.0, 2: 1.0}


def dense(library, units, activation=None, shape=(4,)):
    """A model of one output, whose weights are the same in every library."""
    layers = [library.Input(shape), library.layers.Dense(6, activation="tanh")]
    return library.Sequential([*layers, library.layers.Dense(units, activation=activation)])


def two(library, structure):
    """A subclassed model of a real number and three classes."""

    class Two(library.Model):
        def __init__(self):
            super().__init__()
            self.real = library.layers.Dense(1)
            self.classes = library.layers.Dense(3, activation="softmax")

        def call(self, inputs):
            return structure(self.real(inputs), self.classes(inputs))

    model = Two()
    model(np.zeros((2, 4), "float32"))
    return model


def drawn(library, structure):
    """A graph of the same outputs."""
    inputs = library.Input((4,))
    hidden = library.layers.Dense(5, activation="tanh")(inputs)
    real, classes = library.layers.Dense(1, name="real"), library.layers.Dense(3, activation="softmax", name="classes")
    return library.Model(inputs, structure(real(hidden), classes(hidden)))


def as_dict(real, classes):
    return {"real": real, "classes": classes}


def as_list(real, classes):
    return [real, classes]


MODELS = {
    "real": lambda library: dense(library, 1),
    "pair": lambda library: dense(library, 2),
    "yes": lambda library: dense(library, 1, "sigmoid"),
    "class": lambda library: dense(library, 3, "softmax"),
    "logits": lambda library: dense(library, 3),
    "steps": lambda library: dense(library, 1, shape=(5, 4)),
    "step classes": lambda library: dense(library, 3, "softmax", shape=(5, 4)),
    "list": lambda library: drawn(library, as_list),
    "dict": lambda library: drawn(library, as_dict),
    "subclass": lambda library: two(library, as_dict),
}
BOTH = {"real": REAL, "classes": CLASS}
SPARSE = "sparse_categorical_crossentropy"


def own_loss(y_true, y_pred):
    return abs(y_true - y_pred) ** 3


def own_metric(y_true, y_pred):
    return (y_true - y_pred) ** 4


def total_loss(y_true, y_pred):
    return ((y_true - y_pred) ** 2).sum()


# model, x, y, what compile is told, what fit is told; functions are called with the library
ROWS_OF_TABLE = [
    ("real", X, REAL, dict(loss="mse"), {}),
    ("real", X, REAL, dict(loss="MeanSquaredError", metrics=["mse"]), {}),
    ("real", X, REAL, dict(loss="mae", metrics=["mae", "mse"]), dict(batch_size=24)),
    ("real", X, REAL[:, 0], dict(loss="mse", metrics=["mae"]), {}),
    ("real", X.astype("float64"), REAL.astype("float64"), dict(loss="mse"), {}),
    ("real", X, np.rint(REAL).astype("int64"), dict(loss="mse", metrics=["mae"]), {}),
    ("real", X, REAL, dict(loss=own_loss, metrics=[own_metric]), {}),
    ("real", X, REAL, dict(loss=total_loss), dict(sample_weight=None)),
    ("real", X, REAL, dict(loss=lambda k: k.losses.MeanSquaredError(reduction="sum")), {}),
    ("real", X, REAL, dict(loss=lambda k: k.losses.MeanAbsoluteError(reduction="sum_over_batch_size")), {}),
    ("real", X, REAL, dict(loss="mse", metrics=lambda k: [k.metrics.MeanAbsoluteError(name="far")]), {}),
    ("real", X, REAL, dict(loss="mse", metrics=["mse"], weighted_metrics=["mse"]), dict(sample_weight=WEIGHT)),
    ("real", X, REAL, dict(loss="mse", weighted_metrics=["mae"]), dict(sample_weight=WEIGHT[:, None])),
    ("real", X, REAL, dict(loss=own_loss), dict(sample_weight=WEIGHT)),
    ("real", X, REAL, dict(loss="mse"), dict(sample_weight=np.zeros(ROWS))),
    ("real", X, REAL, dict(loss="mse", loss_weights=[0.5]), {}),
    ("real", X, REAL, dict(loss="mse", loss_weights=2.5), {}),
    ("real", X, REAL, dict(loss="mse", metrics=["mae"]), dict(validation_data=(X[:9], REAL[:9]))),
    ("real", X, REAL, dict(loss="mse"), dict(validation_data=(X, REAL, WEIGHT), validation_batch_size=7)),
    ("real", X, REAL, dict(loss="mse", metrics=["mae"]), dict(validation_split=0.3)),
    ("real", X, REAL, dict(loss="mse"), dict(validation_split=0.25, sample_weight=WEIGHT)),
    ("real", X, REAL, dict(loss="mse"), dict(validation_split=0.25, validation_steps=1)),
    ("real", X, REAL, dict(loss="mse"), dict(validation_data=(X, REAL), validation_freq=[2])),
    ("real", X, REAL, dict(loss="mse"), dict(initial_epoch=1, epochs=3)),
    ("real", X, REAL, dict(loss="mse", run_eagerly=True, metrics=["mae"]), dict(epochs=1)),
    ("real", X, REAL, dict(loss="mse", jit_compile=False), dict(epochs=1)),
    ("real", X, REAL, dict(loss="mse", steps_per_execution=2, metrics=["mae"]), {}),
    ("real", X, REAL, dict(loss="mse", steps_per_execution=7), {}),
    ("pair", X, PAIRS, dict(loss="mse", metrics=["mae"]), {}),
    ("pair", X, PAIRS, dict(loss="mse"), dict(sample_weight=WEIGHT)),
    ("yes", X, YES, dict(loss="binary_crossentropy", metrics=["accuracy"]), {}),
    ("yes", X, YES, dict(loss="crossentropy", metrics=["acc"]), {}),
    ("yes", X, YES[:, None], dict(loss="bce", metrics=["binary_accuracy"]), {}),
    ("yes", X, YES, dict(loss="mse", metrics=["accuracy"]), dict(class_weight={0: 3.0, 1: 0.5})),
    ("yes", X, YES, dict(loss="bce"), dict(class_weight={0: 3.0, 1: 1.0}, validation_split=0.25)),
    ("class", X, CLASS, dict(loss=SPARSE, metrics=["accuracy"]), {}),
    ("class", X, CLASS, dict(loss="ce", metrics=["acc"]), {}),
    ("class", X, CLASS[:, None], dict(loss=SPARSE, metrics=["sparse_categorical_accuracy"]), {}),
    ("class", X, CLASS, dict(loss=SPARSE, weighted_metrics=["acc"]), dict(class_weight=LABELS)),
    ("class", X, ONE_HOT, dict(loss="categorical_crossentropy", metrics=["accuracy"]), {}),
    ("class", X, ONE_HOT, dict(loss="crossentropy", metrics=["Accuracy"]), {}),
    ("class", X, ONE_HOT, dict(loss="ce", metrics=["acc"], weighted_metrics=["acc"]), dict(class_weight=LABELS)),
    ("class", X, ONE_HOT, dict(loss="mse", metrics=["categorical_accuracy"]), {}),
    ("logits", X, CLASS, dict(loss=lambda k: k.losses.SparseCategoricalCrossentropy(from_logits=True)), {}),
    ("logits", X, ONE_HOT, dict(loss=lambda k: k.losses.CategoricalCrossentropy(True, 0.1), metrics=["acc"]), {}),
    ("steps", SEQUENCES, STEPS, dict(loss="mse", metrics=["mae"]), {}),
    ("steps", SEQUENCES, STEPS, dict(loss="mse", weighted_metrics=["mae"]), dict(sample_weight=STEP_WEIGHT)),
    ("steps", SEQUENCES, STEPS, dict(loss="mse"), dict(sample_weight=WEIGHT[:, None])),
    ("step classes", SEQUENCES, STEP_CLASS, dict(loss=SPARSE, metrics=["accuracy"]), {}),
    ("step classes", SEQUENCES, STEP_CLASS[..., None], dict(loss=SPARSE, metrics=["acc"]), {}),
    ("step classes", SEQUENCES, STEP_CLASS, dict(loss="ce"), dict(sample_weight=STEP_WEIGHT)),
    ("list", X, [REAL, CLASS], dict(loss=["mse", SPARSE]), {}),
    ("list", X, [REAL, CLASS], dict(loss=["mse", "ce"], metrics=[["mae", "mse"], ["acc"]]), {}),
    ("list", X, [REAL, CLASS], dict(loss=["mse", "ce"], metrics=["mae", "acc"]), {}),
    ("list", X, [REAL, CLASS], dict(loss=["mse", SPARSE], metrics=[None, ["acc"]]), {}),
    ("list", X, [REAL, CLASS], dict(loss={"real": "mse", "classes": "ce"}, metrics={"classes": "acc"}), {}),
    ("list", X, BOTH, dict(loss={"real": "mse", "classes": "ce"}), {}),
    ("list", X, [REAL, ONE_HOT], dict(loss="mse"), {}),
    ("list", X, [REAL, CLASS], dict(loss=["mse", SPARSE], loss_weights=[0.3, 2.0]), {}),
    ("list", X, [REAL, CLASS], dict(loss=["mse", SPARSE]), dict(sample_weight=WEIGHT)),
    ("list", X, [REAL, CLASS], dict(loss=["mse", SPARSE]), dict(sample_weight=[WEIGHT, WEIGHT[::-1].copy()])),
    ("list", X, [REAL, CLASS], dict(loss=["mse", None]), {}),
    ("list", X, [REAL, CLASS], dict(loss=[None, SPARSE], metrics=[["mae"], ["acc"]]), {}),
    ("list", X, REAL, dict(loss=["mse", None]), {}),
    ("list", X, [REAL, CLASS], dict(loss=["mse", "ce"], metrics=[["mse"], ["acc"]]), dict(validation_split=0.3)),
    ("dict", X, BOTH, dict(loss={"real": "mse", "classes": SPARSE}, metrics={"real": ["mae"]}), {}),
    ("dict", X, BOTH, dict(loss={"real": "mse", "classes": None}), {}),
    ("dict", X, BOTH, dict(loss={"real": "mse", "classes": "ce"}, loss_weights={"real": 0.5, "classes": 2.0}), {}),
    (
        "dict",
        X,
        BOTH,
        dict(loss={"real": "mse", "classes": "ce"}),
        dict(sample_weight={"real": WEIGHT, "classes": None}),
    ),
    ("dict", X, BOTH, dict(loss={"real": "mse", "classes": "ce"}, weighted_metrics={"classes": ["acc"]}), {}),
    ("subclass", X, BOTH, dict(loss={"real": "mse", "classes": "ce"}, metrics={"classes": ["acc"]}), {}),
    ("subclass", X, BOTH, dict(loss={"real": "mse", "classes": "ce"}, weighted_metrics={"classes": ["acc"]}), {}),
]


def weights_for(model):
    """The same for models of the same shapes, whatever the library."""
    values = np.random.default_rng(2)
    return [values.normal(size=w.shape, scale=0.5).astype("float32") for w in model.get_weights()]


def history(library, kind, x, y, compiled, fitted):
    model = MODELS[kind](library)
    model.set_weights(weights_for(model))
    compiled = {
        name: value(library) if getattr(value, "__name__", "") == "<lambda>" else value
        for name, value in compiled.items()
    }
    model.compile(library.optimizers.SGD(0.1), **compiled)
    options = {"batch_size": 10, "epochs": 2, "shuffle": False, "verbose": 0} | fitted
    return model, model.fit(x, y, **options).history


def _named(row):
    """Without the addresses of functions, which differ between the processes of a run."""
    return re.sub(r"'| at 0x[0-9a-f]+", "", f"{row[0]} {row[3]} {list(row[4])}")


@pytest.mark.parametrize("row", ROWS_OF_TABLE, ids=_named)
def test_a_history_equals_keras(row):
    _, expected = history(keras, *row)
    model, found = history(ps, *row)
    assert sorted(found) == sorted(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=2e-4, atol=1e-6, err_msg=name)
    assert [name for name in found if not name.startswith("val_")] == model.metrics_names
