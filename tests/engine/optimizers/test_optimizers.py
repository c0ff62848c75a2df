"""What optimizers take and refuse, hold, and leave alone."""

import json
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest

from penstock import Variable, optimizers
from penstock.optimizers import schedules

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

        def rule(self, gradient, slots, now):
            return -now.learning_rate * jnp.sign(gradient + slots[0]) / now.step, (gradient,)

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
        (lambda: optimizers.SGD(1), "learning_rate must be a float, .* but is 1"),
        (lambda: UNTYPED.Adam(learning_rate="0.1"), "learning_rate must be a float"),
        (lambda: UNTYPED.Adam(lr=0.1), "called learning_rate"),
        (lambda: UNTYPED.Adam(beta=0.1), "no argument beta"),
        (lambda: optimizers.SGD(momentum=1.5), "momentum must be between 0 and 1"),
        (lambda: optimizers.SGD(clipnorm=1.0, clipvalue=1.0), "only one of clipnorm, clipvalue and global_clipnorm"),
        (lambda: optimizers.SGD(gradient_accumulation_steps=1), "gradient_accumulation_steps must be"),
        (lambda: optimizers.SGD(ema_momentum=1.5), "ema_momentum must be between 0 and 1"),
        (lambda: optimizers.SGD(use_ema=True, ema_overwrite_frequency=0), "ema_overwrite_frequency must be"),
        (lambda: UNTYPED.AdamW(weight_decay=None), "weight_decay must be a number"),
        (lambda: optimizers.Lion(beta_1=0.0), "beta_1 must be above 0"),
        (lambda: optimizers.Ftrl(beta=0.1, learning_rate_power=1.0), "learning_rate_power must not be positive"),
        (lambda: UNTYPED.LossScaleOptimizer("sgd"), "inner_optimizer must be an optimizer"),
        (lambda: optimizers.get("adamm"), "did you mean Adam"),
        (lambda: optimizers.get(3), "not 3"),
        (lambda: optimizers.Adam().stateless_apply([], [], []), "call `build"),
    ],
)
def test_wrong_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("steps", [None, 2])
def test_a_subclass_writes_build_and_update_step(steps):
    class Means(optimizers.Optimizer):
        def build(self, variables):
            if self.built:
                return
            super().build(variables)
            self.means = self.add_optimizer_variables(variables, "mean", initializer="ones")
            self.calls = self.add_variable((), "zeros", "int32", "calls")

        def update_step(self, gradient, variable, learning_rate):
            mean = self.means[self._get_variable_index(variable)]
            self.assign(mean, 0.5 * mean + 0.5 * gradient)
            self.assign_sub(variable, learning_rate * mean / (self.iterations + 1))
            self.assign_add(self.calls, 1)

    optimizer, (kernel, bias) = Means(0.1, gradient_accumulation_steps=steps, weight_decay=1.0), weights()
    optimizer.build([kernel, bias])
    update = jax.jit(optimizer.stateless_apply)
    own, (kernel, _) = (
        [v.value for v in optimizer.variables],
        update([v.value for v in optimizer.variables], gradients(), [kernel.value, bias.value])[0],
    )
    assert float(kernel[0, 0]) == pytest.approx(1.0 if steps else 0.9 - 0.1 * 0.75)
    assert [v.path for v in optimizer.variables][-3:] == ["means/kernel_mean", "means/bias_mean", "means/calls"]
    assert int(update(own, gradients(), [kernel, bias.value])[1][-1]) == (0 if steps else 2)


@pytest.mark.parametrize(
    "make", [lambda: optax.sgd(0.1), lambda: optax.adam(0.1), lambda: optax.chain(optax.clip(0.2), optax.lion(0.1))]
)
def test_an_optax_transformation_is_an_optimizer(make):
    optimizer, variables, transformation = optimizers.get(make()), weights(), make()
    assert optimizer is not None
    params = [v.value for v in variables]
    state = transformation.init(params)
    for _ in range(3):
        optimizer.apply(gradients(), variables)
        updates, state = transformation.update(gradients(), state, params)
        params = optax.apply_updates(params, updates)
    np.testing.assert_allclose(variables[0].value, params[0], rtol=1e-6)
    assert len(optimizer.variables) == 1 + len(jax.tree.leaves(state))


def test_the_learning_rate_of_optax_can_be_set_where_it_is_injected():
    optimizer, variables = optimizers.get(optax.inject_hyperparams(optax.sgd)(learning_rate=0.5)), weights()
    assert optimizer is not None
    with pytest.raises(AttributeError, match="before it is built"):
        optimizer.learning_rate = 0.1
    optimizer.build(variables)
    optimizer.learning_rate = optimizer.learning_rate * 0.5
    optimizer.apply(gradients())
    np.testing.assert_allclose(variables[1].value, -0.25)
    plain = optimizers.get(optax.sgd(0.1))
    assert plain is not None
    plain.build(variables)
    with pytest.raises(AttributeError, match="inject_hyperparams"):
        plain.learning_rate = 0.1


def test_the_learning_rate_may_be_a_function_of_the_step_or_of_nothing():
    for rate in (optax.linear_schedule(0.1, 0.2, 1), lambda step: 0.1 * (step + 1)):
        optimizer, variables = UNTYPED.SGD(rate), weights()
        optimizer.apply(gradients(), variables)
        assert float(optimizer.learning_rate) == pytest.approx(0.2)
        optimizer.apply(gradients())
        np.testing.assert_allclose(variables[1].value, -0.3, rtol=1e-6)
    assert float(UNTYPED.Adam(lambda: 0.1).learning_rate) == pytest.approx(0.1)


def test_a_schedule_may_replace_a_number_and_cannot_be_set_to_one():
    optimizer = optimizers.SGD(0.5)
    optimizer.learning_rate = schedules.ExponentialDecay(0.1, 10, 0.5)
    assert [v.name for v in optimizer.variables] == ["iteration"]
    with pytest.raises(TypeError, match="follows .* so it cannot be set to 0.1"):
        optimizer.learning_rate = 0.1


def test_a_config_holds_the_schedule_and_the_users_own():
    class Mine(schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.1 / (step + 1)

        def get_config(self):
            return {}

    optimizer = optimizers.Adam(Mine())
    again = optimizers.deserialize(optimizers.serialize(optimizer), {"Mine": Mine})
    assert isinstance(again.schedule, Mine)
    plain = optimizers.SGD(schedules.CosineDecay(0.1, 10)).get_config()
    assert optimizers.SGD.from_config(plain).get_config() == plain


def test_averages_become_the_weights_when_they_are_final():
    optimizer, (kernel, bias) = optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), weights()
    for _ in range(2):
        optimizer.apply(gradients(), [kernel, bias])
    optimizer.finalize_variable_values([kernel, bias])
    np.testing.assert_allclose(bias.value, -0.15)


def test_constraints_hold_after_every_update():
    optimizer, (kernel, bias) = optimizers.SGD(0.1), weights()
    bias.constraint = lambda value: jnp.maximum(value, 0)
    optimizer.apply(gradients(), [kernel, bias])
    np.testing.assert_array_equal(bias.value, 0)


def test_each_weight_may_have_its_own_optimizer():
    chosen = optimizers.OptimizerMap(optimizers.SGD(1.0), {".*bias": optimizers.Adam(0.1)})
    optimizer, (kernel, bias) = optimizers.MultiOptimizer(chosen, name="multi"), weights()
    optimizer.apply(gradients(), [kernel, bias])
    np.testing.assert_allclose(kernel.value, 0.5)
    np.testing.assert_allclose(bias.value, -0.1, rtol=1e-5)
    with pytest.raises(AttributeError, match="several learning rates"):
        optimizer.learning_rate = 0.1
    config = optimizers.serialize(optimizer)
    assert optimizers.serialize(optimizers.deserialize(config)) == config == keras_config(config)


def test_the_loss_scale_grows_after_good_steps_and_shrinks_at_bad_ones():
    optimizer, (kernel, bias) = optimizers.LossScaleOptimizer(optimizers.SGD(0.1), 8.0, 2), weights()
    assert float(optimizer.scale_loss(3.0)) == 24
    good, bad = [8 * g for g in gradients()], [gradients()[0], np.array([1, np.inf, 1], "float32")]
    scales = []
    for grads in (good, good, bad, good):
        optimizer.apply(grads, [kernel, bias])
        scales.append(float(optimizer.dynamic_scale))
    assert scales == [8, 16, 8, 8]
    np.testing.assert_allclose(bias.value, -0.3, rtol=1e-6)
    assert int(optimizer.iterations) == 3
    config = optimizers.serialize(optimizer)
    assert optimizers.serialize(optimizers.deserialize(config)) == config == keras_config(config)


def keras_config(config):
    """What Keras makes of a config of its own form."""
    return keras.optimizers.serialize(keras.optimizers.deserialize(json.loads(json.dumps(config))))


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
