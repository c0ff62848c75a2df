"""Weights belong to samples whatever the rank of the loss, and never meet another axis by accident."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from penstock import losses, metrics
from penstock.engine.losses.reduction import reduce

VALUES = jnp.arange(1.0, 7.0).reshape(2, 3)


def weighted(reduction, weights, values=VALUES):
    return np.asarray(reduce(values, reduction, np.asarray(weights))).tolist()


def test_one_weight_per_sample_counts_for_all_its_time_steps():
    assert weighted("none", [1, 10]) == [[1, 2, 3], [40, 50, 60]]


def test_as_many_samples_as_time_steps_do_not_confuse():
    y, p = np.zeros((5, 5, 1)), np.zeros((5, 5, 1))
    p[0] = 1.0
    first, second = np.eye(5)[0], np.eye(5)[1]
    mse = losses.MeanSquaredError()
    assert float(mse(y, p, first)) == pytest.approx(0.2)
    assert float(mse(y, p, second)) == 0


def test_a_column_and_a_full_table_of_weights_follow_their_shapes():
    assert weighted("none", [[1], [10]]) == [[1, 2, 3], [40, 50, 60]]
    assert weighted("none", [[1, 0, 1], [0, 1, 0]]) == [[1, 0, 3], [0, 5, 0]]
    assert weighted("none", [[1], [10]], values=jnp.ones(2)) == [1, 10]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [(None, 2.0), (np.ones((2, 3)), 2.0), (np.ones(2), 2.0), ([[1.0], [0.0]], 1.0), (np.full((2, 3), 3.0), 6.0)],
    ids=["none", "steps", "samples", "a column", "more"],
)
def test_a_loss_that_reduces_by_itself_stays_what_it_is_under_a_mask(weights, expected):
    mask = np.array([[True, False, False], [True, False, False]])
    assert float(reduce(jnp.asarray(2.0), "sum_over_batch_size", weights, mask)) == expected


@pytest.mark.parametrize("shape", [(3,), (2, 2), (3, 2), (2, 3, 2), (1, 3, 1, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="sample_weight must be one weight per sample"):
        reduce(VALUES, "sum", np.ones(shape))


def test_the_weighted_mean_of_equal_values_is_that_value():
    for weights in ([1, 3], [[1], [3]], np.arange(6).reshape(2, 3)):
        assert weighted("mean_with_sample_weight", weights, jnp.full((2, 3), 7.0)) == pytest.approx(7.0)


def test_zero_weights_shrink_the_default_mean_and_not_the_weighted_one():
    assert weighted("sum_over_batch_size", [1, 0]) == 1
    assert weighted("mean_with_sample_weight", [1, 0]) == 2


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean_with_sample_weight"])
def test_nothing_left_is_a_loss_of_zero_with_a_finite_gradient(reduction):
    def loss(p):
        return losses.MeanSquaredError(reduction=reduction)(jnp.zeros((2, 1)), p, jnp.zeros(2))

    value, gradient = jax.value_and_grad(loss)(jnp.ones((2, 1)))
    assert value == 0
    assert np.all(gradient == np.zeros((2, 1)))


def test_a_batch_without_rows_has_a_loss_of_zero():
    assert losses.MeanSquaredError()(np.zeros((0, 2)), np.zeros((0, 2))) == 0


def test_where_every_label_is_ignored_loss_and_gradient_are_zero():
    loss = losses.SparseCategoricalCrossentropy(ignore_class=-1)
    value, gradient = jax.value_and_grad(lambda p: loss(np.array([-1, -1]), p))(jnp.full((2, 3), 1 / 3))
    assert value == 0
    assert not np.any(gradient)


def test_losses_and_metrics_agree_on_who_is_ignored():
    y, p = np.array([0, -1, 1]), np.array([[0.7, 0.3], [0.5, 0.5], [0.2, 0.8]])
    expected = (-np.log(0.7) - np.log(0.8)) / 2
    assert float(losses.SparseCategoricalCrossentropy(ignore_class=-1)(y, p)) == pytest.approx(expected)
    assert float(metrics.SparseCategoricalCrossentropy(ignore_class=-1)(y, p)) == pytest.approx(expected)
