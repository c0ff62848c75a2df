"""Variables decay to their arrays wherever an array is wanted."""

import operator

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import penstock as ps
from penstock.engine.scope import pure


def variable(values=(1.0, 2.0, 3.0)):
    return ps.Variable(np.array(values, "float32"), name="v")


@pytest.mark.parametrize("fn", [jnp.sum, jax.nn.relu, jax.jit(lambda x: x), jax.vmap(lambda x: x), np.asarray])
def test_functions_of_jax_and_numpy_take_a_variable_for_its_array(fn):
    np.testing.assert_array_equal(fn(variable()), fn(variable().value))


@pytest.mark.parametrize(
    "operation", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow], ids=str
)
@pytest.mark.parametrize("other", [2, 2.0, np.full(3, 2.0, "float32"), np.float32(2), jnp.full(3, 2.0)], ids=repr)
def test_operators_work_from_both_sides(operation, other):
    array = np.array([1, 2, 3], "float32")
    np.testing.assert_allclose(operation(variable(), other), operation(array, other))
    np.testing.assert_allclose(operation(other, variable()), operation(other, array))


def test_a_numpy_array_leaves_operators_to_the_variable_inside_a_trace():
    v = variable()
    out = jax.jit(lambda value: pure(lambda: np.ones(3) * v, [v], [value])[0])(jnp.zeros(3))
    np.testing.assert_array_equal(out, np.zeros(3))


def test_assigning_keeps_dtype_and_refuses_other_shapes():
    v = ps.Variable(np.zeros(2, "float32"))
    v.assign([1, 2])
    assert v.dtype == "float32" and v.value.dtype == "float32"
    with pytest.raises(ValueError, match="shape"):
        v.assign([1, 2, 3])


def test_a_variable_does_not_share_memory_with_the_array_it_was_given():
    given = np.zeros(1000, "float32")
    v = ps.Variable(given)
    v.assign(given)
    given[:] = 1
    assert not np.any(v.numpy())


def test_assigning_in_a_trace_that_does_not_know_the_variable_says_what_to_do():
    v = variable()
    with pytest.raises(TypeError, match="stateless_call"):
        jax.jit(lambda x: v.assign(x))(jnp.zeros(3))


def test_arrays_made_of_it_keep_its_dtype_and_are_copies_on_demand():
    one = variable()
    copies = [one.__array__(copy=True), np.array(one), one.__array__("float16", copy=True)]
    assert [array.dtype for array in copies] == ["float32", "float32", "float16"]
    copies[0][:] = 7
    assert np.array_equal(one, variable())
