"""Layers as users write them: lazy shapes, flags, losses, and errors that say what to do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import penstock as ps
from penstock.engine.layers.call import calling
from penstock.engine.scope import pure

X = np.ones((2, 3), "float32")


class Scale(ps.layers.Layer):
    def build(self, input_shape):
        self.shapes = [*vars(self).get("shapes", []), input_shape]
        self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")
        self.calls = self.add_weight((), dtype="int32", trainable=False, name="calls")
        self.calls.assign(10)
        self.table = jnp.arange(input_shape[-1])

    def call(self, inputs):
        self.calls.assign_add(1)
        return inputs * self.factor + self.table


def test_build_is_told_the_shape_once_and_what_it_makes_is_concrete_and_stays():
    layer = Scale()
    symbolic = layer(ps.Input((3,)))
    assert layer.shapes == [(None, 3)] and symbolic.shape == (None, 3)
    assert not isinstance(layer.table, jax.core.Tracer) and layer.calls.value == 10
    layer(X)
    assert layer.shapes == [(None, 3)] and layer.calls.value == 11


def test_a_layer_first_built_inside_a_trace_is_concrete_too():
    class Outer(ps.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = Scale()

        def call(self, inputs):
            return self.inner(inputs)

    layer = Outer()
    layer(ps.Input((3,)))
    assert not isinstance(layer.inner.table, jax.core.Tracer) and layer.inner.calls.value == 10
    np.testing.assert_array_equal(layer(X), X + np.arange(3))


def test_building_under_a_users_jit_makes_concrete_weights():
    layer = Scale()
    with pytest.raises(TypeError, match="calls is assigned|scale/calls is assigned"):
        jax.jit(layer)(X)
    assert not isinstance(layer.factor.value, jax.core.Tracer)


def test_build_called_by_hand_is_not_called_again():
    class Outer(ps.layers.Layer):
        def build(self, input_shape):
            self.inner = Scale()
            self.inner.build(input_shape)

        def call(self, inputs):
            return self.inner(inputs)

    layer = Outer()
    layer(X)
    assert layer.inner.shapes == [(2, 3)] and len(layer.weights) == 2


def test_build_of_a_parent_class_goes_before_the_rest():
    class More(Scale):
        def build(self, input_shape):
            super().build(input_shape)
            self.offset = self.add_weight((1,), "zeros", name="offset")

    layer = More()
    layer(X)
    assert [w.name for w in layer.weights] == ["factor", "offset", "calls"] and layer.built


def test_a_subclass_of_a_layer_without_weights_may_have_some():
    class Scaled(ps.layers.ReLU):
        def build(self, input_shape):
            self.scale = self.add_weight((), "ones")

        def call(self, inputs):
            return self.scale * super().call(inputs)

    layer = Scaled()
    layer(X)
    assert len(layer.weights) == 1


def test_layers_made_in_call_are_made_once():
    class Lazy(ps.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = None

        def call(self, inputs):
            if self.dense is None:
                self.dense = ps.layers.Dense(2)
            return self.dense(inputs)

    layer = Lazy()
    assert layer(ps.Input((3,))).shape == (None, 2)
    kernel = layer.dense.kernel
    assert layer(X).shape == (2, 2) and layer.dense.kernel is kernel and len(layer.weights) == 2


def test_build_of_several_inputs_is_told_their_shapes():
    class Product(ps.layers.Layer):
        def build(self, left, right):
            self.weight = self.add_weight((left[-1], right[-1]), "ones")

        def call(self, left, right):
            return left @ self.weight @ right.T

    assert Product()(X, np.ones((4, 5), "float32")).shape == (2, 4)


def test_a_weight_whose_size_is_not_known_is_refused():
    with pytest.raises(ValueError, match=r"weight 'kernel' of .* \(None, 4\)"):
        ps.layers.Dense(4)(ps.Input((None,)))


class Flag(ps.layers.Layer):
    def call(self, inputs, training=None):
        return inputs + {None: 0, False: 1, True: 2}[training]


class Around(ps.layers.Layer):
    def __init__(self):
        super().__init__()
        self.flag = Flag()

    def call(self, inputs):
        return self.flag(inputs)


@pytest.mark.parametrize("training", [None, False, True])
def test_layers_inside_see_the_flag_of_the_call_around_them(training):
    expected = X + {None: 0, False: 1, True: 2}[training]
    np.testing.assert_array_equal(Around()(X, training=training), expected)
    np.testing.assert_array_equal(Flag()(X, training), expected)
    with calling(training):
        np.testing.assert_array_equal(Around()(X), expected)


def test_a_flag_given_to_an_inner_layer_wins():
    with calling(True):
        np.testing.assert_array_equal(Flag()(X, training=False), X + 1)


def test_a_default_of_call_holds_where_nobody_says():
    class On(ps.layers.Layer):
        def call(self, inputs, training=True):
            return inputs if training else -inputs

    np.testing.assert_array_equal(On()(X), X)
    np.testing.assert_array_equal(On()(X, training=False), -X)


def test_losses_added_in_call_reach_the_outermost_call():
    class Penalty(ps.layers.Layer):
        def call(self, inputs):
            self.add_loss(jnp.sum(inputs))
            return inputs

    with calling(True) as call:
        ps.Sequential([Penalty(), Penalty()])(X)
    assert [float(loss) for loss in call.losses] == [6, 6]


def test_stateless_calls_give_the_losses_that_were_added():
    class Penalty(ps.layers.Layer):
        def build(self, input_shape):
            self.weight = self.add_weight((), "ones")

        def call(self, inputs):
            self.add_loss(3 * self.weight)
            return inputs

    layer = Penalty()
    layer.build(X.shape)
    outputs, others, losses = layer.stateless_call([jnp.float32(2)], [], X, return_losses=True)
    assert ([float(loss) for loss in losses], others) == ([6], [])


def test_a_loss_that_closes_over_a_weight_has_its_gradient():
    layer = ps.layers.Dense(1)
    layer(X)

    def loss(kernel):
        return pure(lambda: jnp.sum(layer.kernel**2), [layer.kernel], [kernel])[0]

    np.testing.assert_allclose(jax.grad(loss)(layer.kernel.value), 2 * layer.kernel.value)


def test_a_function_jitted_in_build_trains():
    class Jitted(ps.layers.Layer):
        def build(self, input_shape):
            self.kernel = self.add_weight((input_shape[-1], 2), "ones")
            self.product = jax.jit(lambda inputs: inputs @ self.kernel)

        def call(self, inputs):
            return self.product(inputs)

    model = ps.Sequential([Jitted()])
    model.build((None, 3))
    loss = jax.jit(jax.grad(lambda weights: jnp.sum(model.stateless_call(weights, [], X)[0])))
    np.testing.assert_array_equal(loss([jnp.ones((3, 2))])[0], np.full((3, 2), 2))


def test_the_shape_of_the_output_is_found_before_any_call():
    layer = ps.layers.Dense(3)
    assert layer.compute_output_shape((None, 4)) == (None, 3) and len(layer.weights) == 2
    assert ps.layers.LSTM(2, return_state=True).compute_output_shape((None, 5, 4)) == ((None, 2),) * 3
    assert ps.layers.Concatenate().compute_output_shape([(None, 3), (None, 4)]) == (None, 7)
    assert ps.layers.Conv2D(4, 3).compute_output_shape((None, None, 7, 1)) == (None, None, 5, 4)


def test_a_users_jitted_function_sees_weights_change():
    layer = ps.layers.Dense(2, kernel_initializer="ones")
    traces = []

    @jax.jit
    def product(inputs):
        traces.append(inputs)
        return layer(inputs)

    np.testing.assert_array_equal(product(X), np.full((2, 2), 3))
    layer.kernel.assign(2 * jnp.ones((3, 2)))
    np.testing.assert_array_equal(product(X), np.full((2, 2), 6))
    product(X)
    assert len(traces) == 2


def test_a_users_jitted_function_sees_weights_trained():
    model = ps.Sequential([ps.Input((3,)), ps.layers.Dense(2)])
    model.compile("sgd", "mse")
    jitted = jax.jit(lambda x: model(x))
    jitted(X)
    model.fit(X, X[:, :2], verbose=0)
    np.testing.assert_allclose(jitted(X), model.predict(X, verbose=0), rtol=1e-6, atol=1e-6)


def test_a_gradient_outside_of_jit_has_nothing_traced_anew():
    layer = ps.layers.Dense(2)
    layer(X)
    jax.grad(lambda inputs: jnp.sum(layer(inputs)))(jnp.asarray(X))
    assert not layer.kernel.is_baked


def test_writing_state_in_a_checkpointed_call_says_what_to_do():
    class Rematerialised(ps.layers.Layer):
        def __init__(self):
            super().__init__()
            self.norm = ps.layers.BatchNormalization()

        def call(self, inputs):
            return jax.checkpoint(self.norm)(inputs)

    layer = Rematerialised()
    layer.norm.build(X.shape)
    with pytest.raises(TypeError, match="moving_mean is assigned inside a JAX transformation"):
        layer.stateless_call(
            [v.value for v in layer.trainable_variables],
            [v.value for v in layer.non_trainable_variables],
            X,
            training=True,
        )


def test_a_metric_written_as_users_write_it_counts_inside_a_layer():
    class Positives(ps.metrics.Metric):
        def __init__(self, name="positives", **kwargs):
            super().__init__(name=name, **kwargs)
            self.total = self.add_weight(name="total", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(jnp.sum(y_pred > 0))

        def result(self):
            return self.total

    class Watched(ps.layers.Layer):
        def __init__(self):
            super().__init__()
            self.positives = Positives()

        def call(self, inputs):
            self.positives.update_state(None, inputs)
            return inputs

    layer = Watched()
    (metric,) = layer.layer_metrics
    _, (total,) = jax.jit(lambda value: pure(layer, metric.variables, [value], X))(jnp.float32(1))
    assert (float(total), float(metric.result())) == (7, 0)
    layer(ps.Input((3,)))
    layer(X)
    assert float(metric.result()) == 6


def test_floats_are_cast_to_the_layers_type_and_other_types_stay():
    class Types(ps.layers.Layer):
        def call(self, inputs):
            return {name: str(value.dtype) for name, value in inputs.items()}

    given = {"a": np.ones(1), "b": np.ones(1, "int32"), "c": jnp.ones(1, "bfloat16")}
    assert Types()(given) == {"a": "float32", "b": "int32", "c": "float32"}
    assert Types(dtype="bfloat16")(given)["a"] == "bfloat16"


def test_get_and_set_weights_are_the_callers_own_arrays():
    layer = ps.layers.Dense(2)
    layer(X)
    weights = layer.get_weights()
    weights[1][:] = 5
    assert not np.any(layer.bias.numpy())
    layer.set_weights(weights)
    weights[1][:] = 7
    np.testing.assert_array_equal(layer.bias, [5, 5])
    with pytest.raises(ValueError, match="dense.*kernel"):
        layer.set_weights([weights[1], weights[1]])


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: ps.layers.Dense(1, lora_rank=2), "lora_rank"),
        (lambda: ps.layers.BatchNormalization(renorm=True), "renorm"),
        (lambda: ps.layers.BatchNormalization(synchronized=True), "synchronized"),
        (lambda: ps.layers.Flatten("channels_first"), "channels_first"),
        (lambda: ps.Input((2,), sparse=True), "sparse"),
        (lambda: ps.Input((2,), optional=True), "optional"),
    ],
)
def test_what_is_not_built_yet_is_named(make, argument):
    with pytest.raises(NotImplementedError, match=argument):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ps.layers.Dense(0), "units"),
        (lambda: ps.layers.Dense(1, wrong=2), "Dense takes no argument wrong"),
        (lambda: ps.layers.Dense(1)(np.ones(3)), "two or more axes"),
        (lambda: ps.layers.ReLU(max_value=-1), "max_value"),
        (lambda: ps.layers.BatchNormalization(axis=2)(X), "axis 2"),
        (lambda: ps.Input(3), "shape is a tuple"),
        (lambda: ps.Input(), "either shape or batch_shape"),
        (lambda: ps.Input((2,), batch_shape=(1, 2)), "either shape or batch_shape"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_dense_names_the_features_it_was_built_for():
    layer = ps.layers.Dense(1)
    layer(X)
    with pytest.raises(ValueError, match="built for 3 features"):
        layer(np.ones((2, 4)))
