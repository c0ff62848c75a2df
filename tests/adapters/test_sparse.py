"""Sparse matrices as data."""

import numpy as np
import pytest
from scipy.sparse import coo_array, csr_matrix

import penstock as ps
from penstock.adapters import adapt

X = np.eye(6, dtype="float32")[[0, 3, 1, 5, 5, 2]]


def test_rows_are_dense_in_every_batch():
    loader = ps.Loader(csr_matrix(X), np.arange(6), batch_size=4)
    (x, y), (rest, _) = loader
    np.testing.assert_array_equal(np.concatenate([x, rest]), X)
    np.testing.assert_array_equal(y, [0, 1, 2, 3])
    assert type(x) is np.ndarray and x.dtype == "float32" and x.flags.writeable


def test_they_train_like_dense_ones():
    y = np.arange(6, dtype="float32")
    histories = []
    for x in (X, csr_matrix(X), coo_array(X)):
        model = ps.Sequential([ps.Input((6,)), ps.layers.Dense(1, kernel_initializer="ones")])
        model.compile("sgd", "mse")
        options = {"batch_size": 2, "validation_split": 0.3, "shuffle": False, "verbose": 0}
        histories.append(model.fit(x, y, **options).history)
    assert histories[0] == histories[1] == histories[2]
    sparse = csr_matrix(X)
    assert model.test_on_batch(sparse, y) == model.test_on_batch(X, y)
    np.testing.assert_array_equal(model.predict_on_batch(sparse), model.predict(sparse, verbose=0))


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="cardinality"):
        adapt(csr_matrix(X), np.arange(5))
    with pytest.raises(ValueError, match="x holds a sparse array of shape"):
        adapt(coo_array(X[0]))
    with pytest.raises(ValueError, match="y must hold numbers"):
        adapt(csr_matrix(X), np.array(["a"] * 6))
