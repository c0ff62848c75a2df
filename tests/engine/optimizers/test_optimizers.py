"""What optimizers take and refuse, hold, and leave alone."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from penstock import Variable, optimizers

# For what types forbid.
UNTYPED: Any = optimizers


def weights():
    return [Variable(np.ones((2, 2), "float32"), name="kernel"), Variable(np.zeros(3, "float32"), name="bias")]


def gradients():
    return [np.full((2, 2), 0.5, "float32"), np.ones(3, "float32")]


def test_apply_builds_and_updates_in_place():
    optimizer, (kernel, bias) = optimizers.SGD(0.1), weights()
    optimizer.apply(gradients(), [kernel, bias])
    optimizer.apply(gradients())
    np.testing.assert_allclose(kernel.value, 0.9)
    np.testing.assert_allclose(bias.value, -0.2)
    assert int(optimizer.iterations) == 2


def test_apply_gradients_takes_pairs_in_any_order():
    optimizer, (kernel, bias) = optimizers.SGD(0.1), weights()
    optimizer.build([kernel, bias])
    assert int(optimizer.apply_gradients(zip(gradients()[::-1], [bias, kernel], strict=True))) == 1
    np.testing.assert_allclose(kernel.value, 0.95)


def test_the_pure_update_changes_nothing_that_is_held():
    optimizer, variables = optimizers.Adam(), weights()
    optimizer.build(variables)
    own, trainable = [v.value for v in optimizer.variables], [v.value for v in variables]
    new, new_own = jax.jit(optimizer.stateless_apply)(own, gradients(), trainable)
    assert int(new_own[0]) == 1
    assert int(optimizer.iterations) == 0
    assert float(new[0][0, 0]) < 1 == float(variables[0].value[0, 0])


def test_a_new_learning_rate_needs_no_new_compilation():
    optimizer, variables = optimizers.SGD(), weights()
    optimizer.build(variables)
    traces = []
    step = jax.jit(lambda *args: traces.append(1) or optimizer.stateless_apply(*args))
    for rate in (0.1, 0.2):
        optimizer.learning_rate = rate
        new, _ = step([v.value for v in optimizer.variables], gradients(), [v.value for v in variables])
        np.testing.assert_allclose(new[1], -rate, rtol=1e-6)
    assert len(traces) == 1


def test_the_learning_rate_reads_as_a_number():
    optimizer = optimizers.Adam(0.5)
    optimizer.learning_rate = optimizer.learning_rate * 0.5
    assert float(optimizer.learning_rate) == 0.25
    assert optimizer.learning_rate.numpy() == np.float32(0.25)
    assert optimizer.get_config()["learning_rate"] == 0.25


def test_half_precision_weights_keep_their_type():
    optimizer, variable = optimizers.Adam(), Variable(np.ones(3), dtype="bfloat16", name="w")
    optimizer.apply([np.ones(3, "float32")], [variable])
    assert variable.dtype == "bfloat16"
    assert {v.dtype for v in optimizer.variables[2:]} == {"bfloat16"}


def test_some_variables_may_be_spared_from_decay():
    optimizer, (kernel, bias) = optimizers.SGD(0.1, weight_decay=0.5), weights()
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    bias.assign(np.ones(3))
    optimizer.apply([np.zeros((2, 2)), np.zeros(3)], [kernel, bias])
    np.testing.assert_allclose(kernel.value, 0.95)
    np.testing.assert_allclose(bias.value, 1)
    with pytest.raises(ValueError, match="before the optimizer is built"):
        optimizer.exclude_from_weight_decay(var_list=[kernel])


def test_zero_gradients_survive_clipping():
    for clipped in (optimizers.SGD(clipnorm=1.0), optimizers.SGD(global_clipnorm=1.0), optimizers.SGD(clipvalue=1.0)):
        optimizer, (kernel, bias) = clipped, weights()
        optimizer.apply([np.zeros((2, 2)), np.zeros(3)], [kernel, bias])
        np.testing.assert_array_equal(kernel.value, 1)


def test_a_new_optimizer_is_a_rule_and_its_slots():
    class Signs(optimizers.Optimizer):
        @property
        def slots(self):
            return (("last",),)

        def rule(self, gradient, slots, learning_rate, step):
            return -learning_rate * jnp.sign(gradient + slots[0]) / step, (gradient,)

    optimizer, (kernel, bias) = Signs(0.5), weights()
    optimizer.apply(gradients(), [kernel, bias])
    optimizer.apply(gradients())
    np.testing.assert_allclose(kernel.value, 0.25)
    assert [v.name for v in optimizer.variables] == ["iteration", "learning_rate", "kernel_last", "bias_last"]


@pytest.mark.parametrize("name", ["sgd", "SGD", "rmsprop", "RMSprop", "rms_prop", "adam", "ADAM"])
def test_names_are_met_in_any_spelling(name):
    assert type(optimizers.get(name)).__name__.lower() == name.lower().replace("_", "")


def test_optimizers_classes_configs_and_none():
    optimizer = optimizers.Adam()
    assert optimizers.get(optimizer) is optimizer
    assert isinstance(optimizers.get(optimizers.SGD), optimizers.SGD)
    assert optimizers.deserialize({"class_name": "adam", "config": {"beta_1": 0.5}}).beta_1 == 0.5
    assert optimizers.get(None) is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optimizers.SGD(1), "learning_rate must be a float, but is 1"),
        (lambda: UNTYPED.Adam(learning_rate="0.1"), "learning_rate must be a float"),
        (lambda: UNTYPED.Adam(lr=0.1), "called learning_rate"),
        (lambda: UNTYPED.Adam(beta=0.1), "no argument beta"),
        (lambda: optimizers.SGD(momentum=1.5), "momentum must be between 0 and 1"),
        (lambda: optimizers.SGD(clipnorm=1.0, clipvalue=1.0), "only one of clipnorm, clipvalue and global_clipnorm"),
        (lambda: optimizers.get("adamm"), "did you mean Adam"),
        (lambda: optimizers.get(3), "not 3"),
        (lambda: optimizers.Adam().stateless_apply([], [], []), "call `build"),
    ],
)
def test_wrong_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "settings",
    [
        {"use_ema": True},
        {"ema_overwrite_frequency": 2},
        {"loss_scale_factor": 2.0},
        {"gradient_accumulation_steps": 2},
    ],
    ids=str,
)
def test_what_is_not_built_yet_is_named(settings):
    with pytest.raises(NotImplementedError, match=next(iter(settings))):
        optimizers.Adam(**settings)


def test_schedules_and_optax_are_not_built_yet():
    with pytest.raises(NotImplementedError, match="schedules"):
        UNTYPED.Adam(lambda: 0.1)
    with pytest.raises(NotImplementedError, match="schedules"):
        optimizers.Adam().learning_rate = optax.constant_schedule(0.1)
    with pytest.raises(NotImplementedError, match="optax"):
        optimizers.get(optax.sgd(0.1))


def test_decay_is_warned_of():
    with pytest.warns(UserWarning, match="decay has no effect"):
        UNTYPED.SGD(decay=0.1)


def test_other_variables_and_missing_gradients_are_refused():
    optimizer, (kernel, bias) = optimizers.SGD(), weights()
    optimizer.build([kernel, bias])
    with pytest.raises(ValueError, match="built for the variables kernel, bias, not for"):
        optimizer.build([kernel])
    with pytest.raises(ValueError, match="no gradient for bias"):
        optimizer.apply([gradients()[0], None])
    with pytest.raises(ValueError, match="grads must have 2 elements"):
        optimizer.apply(gradients()[:1])
