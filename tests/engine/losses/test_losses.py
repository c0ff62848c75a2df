"""What losses take, refuse and are called."""

from typing import Any

import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras.src.losses.losses import LossFunctionWrapper as LossFunctionWrapperOfKeras

from penstock import losses
from penstock.engine.losses import LossFunctionWrapper, crossentropy_for

# Untyped: what Keras says of its own types is too loose to check.
KERAS: Any = keras.losses

ONES = np.ones((4, 1), "float32")


@pytest.mark.parametrize("name", ["MeanSquaredError", "MeanAbsoluteError", "BinaryCrossentropy"])
@pytest.mark.parametrize(("true", "pred"), [((4,), (4, 1)), ((4, 1), (4,)), ((4, 3), (4, 3, 1)), ((4, 3, 1), (4, 3))])
def test_a_last_axis_of_size_one_makes_no_difference(name, true, pred):
    y, p = np.linspace(0, 1, 12)[: np.prod(true)], np.linspace(0.1, 0.9, 12)[: np.prod(pred)]
    loss = getattr(losses, name)()
    together = loss(y.reshape(true), p.reshape(pred))
    np.testing.assert_allclose(together, loss(y[:, None], p[:, None]), rtol=1e-6)


@pytest.mark.parametrize(
    "name", ["mean_squared_error", "mean_absolute_error", "binary_crossentropy", "categorical_crossentropy"]
)
@pytest.mark.parametrize(("true", "pred"), [((4, 2), (4, 1)), ((4, 3, 1), (4, 1)), ((4, 2), (4, 3)), ((3, 1), (4, 1))])
def test_other_shapes_never_broadcast(name, true, pred):
    with pytest.raises(ValueError, match="y_true and y_pred must have the same shape"):
        getattr(losses, name)(np.zeros(true), np.full(pred, 0.5))


def test_one_hot_targets_are_refused_by_the_sparse_loss():
    with pytest.raises(ValueError, match=r"class numbers of shape \(4,\)"):
        losses.SparseCategoricalCrossentropy()(np.eye(4), np.eye(4))


def test_labels_beyond_the_classes_cost_nothing():
    assert not np.any(losses.sparse_categorical_crossentropy([7, -1], np.full((2, 3), 1 / 3)))


def test_one_class_is_warned_of():
    with pytest.warns(UserWarning, match="one class is always 0"):
        losses.CategoricalCrossentropy()(ONES, ONES)


def test_lists_of_numbers_are_arrays():
    assert float(losses.MeanSquaredError()([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]])) == 0.5


def test_computes_in_its_own_type():
    loss = losses.MeanSquaredError(dtype="float16")
    assert loss(ONES, 2 * ONES).dtype == "float16"
    assert losses.deserialize(losses.serialize(loss)).dtype == "float16"
    assert losses.MeanSquaredError()(ONES.astype("int32"), ONES.astype("float16")).dtype == "float32"


class Cubic(losses.Loss):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * jnp.mean(jnp.abs(y_true - y_pred) ** 3, axis=-1)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


def test_a_users_loss_is_weighted_and_reduced():
    loss = Cubic(factor=2.0, reduction="sum")
    assert loss.name == "cubic"
    assert float(loss(np.zeros((2, 3)), np.ones((2, 3)), np.array([1.0, 10.0]))) == 22
    again = losses.deserialize(losses.serialize(loss), custom_objects={"Cubic": Cubic})
    assert again.get_config() == {"name": "cubic", "reduction": "sum", "factor": 2.0}


def test_a_loss_may_take_trees():
    class Pair(losses.Loss):
        def call(self, y_true, y_pred):
            return y_pred["a"] - y_true + y_pred["b"]

    assert float(Pair()(np.zeros(2), {"a": np.ones(2, "float64"), "b": np.ones(2, "int32")})) == 2


@pytest.mark.parametrize("values", [lambda y, p: jnp.square(y - p), lambda y, p: jnp.mean(jnp.square(y - p))])
@pytest.mark.parametrize("weights", [None, np.array([1.0, 2.0, 3.0, 4.0])], ids=["plain", "weighted"])
def test_functions_give_values_per_sample_or_one(values, weights):
    def own(y_true, y_pred):
        return values(y_true, y_pred)

    p = np.arange(4.0)[:, None]
    ours = LossFunctionWrapper(own)(np.zeros(4), p, weights)
    theirs: Any = LossFunctionWrapperOfKeras(own)(np.zeros(4), p, weights)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_a_wrapped_function_is_found_again_by_name():
    def own(y_true, y_pred, power=1):
        return jnp.mean((y_true - y_pred) ** power, axis=-1)

    config = losses.serialize(LossFunctionWrapper(own, name="mine", power=2))
    again = losses.deserialize(config, custom_objects={"own": own})
    assert again.get_config() == config["config"]
    assert float(again(0 * ONES, 3 * ONES)) == 9
    with pytest.raises(ValueError, match="losses knows no 'own'"):
        losses.deserialize(config)


@pytest.mark.parametrize(
    "name", ["mse", "MSE", "mae", "MAE", "bce", "BCE", "mean_squared_error", "binary_crossentropy"]
)
def test_names_of_functions_give_functions(name):
    assert losses.get(name).__name__ == KERAS.get(name).__name__
    assert losses.serialize(losses.get(name)) == KERAS.serialize(KERAS.get(name))
    assert losses.deserialize(losses.serialize(losses.get(name))) is losses.get(name)


@pytest.mark.parametrize(
    "identifier", ["MeanSquaredError", losses.MeanSquaredError, {"class_name": "MeanSquaredError"}]
)
def test_names_classes_and_configs_give_losses(identifier):
    assert isinstance(losses.get(identifier), losses.MeanSquaredError)


def test_losses_functions_and_none_stay_what_they_are():
    loss = losses.MeanSquaredError()
    assert losses.get(loss) is loss
    assert losses.get(max) is max
    assert losses.get(None) is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: losses.Loss(reduction="average"), "reduction must be one of"),
        (lambda: losses.get("mean_square_error"), "did you mean mean_squared_error"),
        (lambda: losses.get(3), "not 3"),
        (lambda: losses.get({"name": "mse"}), "class_name"),
        (lambda: losses.serialize(lambda y, p: p), "define it with `def`"),
    ],
)
def test_wrong_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("true", "pred", "kind"),
    [
        ((8, 1), (8, 1), losses.BinaryCrossentropy),
        ((8,), (8, 1), losses.BinaryCrossentropy),
        ((8,), (8,), losses.BinaryCrossentropy),
        ((8,), (8, 3), losses.SparseCategoricalCrossentropy),
        ((8, 1), (8, 3), losses.SparseCategoricalCrossentropy),
        ((8, 5), (8, 5, 3), losses.SparseCategoricalCrossentropy),
        ((None, 3), (None, 3), losses.CategoricalCrossentropy),
    ],
)
def test_crossentropy_stands_for_what_the_shapes_say(true, pred, kind):
    assert crossentropy_for(true, pred) is kind
