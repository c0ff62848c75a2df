"""Scopes bind variables while a function is traced, and nothing leaks out of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from penstock.engine.scope import building, pure
from penstock.engine.variable import Variable


@pytest.fixture
def v():
    return Variable(np.float32(1), name="v")


def test_pure_gives_new_values_and_leaves_the_variable_alone(v):
    out, (new,) = pure(lambda: v.assign_add(1) * 10, [v], [jnp.float32(5)])
    assert (out, new, v.value) == (60, 6, 1)


def test_a_variable_among_the_results_is_its_value_in_the_scope(v):
    assert pure(lambda: {"v": v}, [v], [jnp.float32(5)])[0]["v"] == 5


def test_closures_see_the_value_of_the_trace(v):
    def twice():
        return 2 * v

    gradient = jax.grad(lambda value: pure(twice, [v], [value])[0])(jnp.float32(3))
    assert gradient == 2


def test_an_inner_scope_that_does_not_know_a_variable_passes_writes_through(v):
    w = Variable(np.float32(0), name="w")

    def inner():
        v.assign(7)
        return v + w

    _, (new,) = pure(lambda: pure(inner, [w], [jnp.float32(1)])[0], [v], [jnp.float32(2)])
    assert new == 7


def test_what_is_written_while_building_is_forgotten(v):
    with building():
        v.assign(5)
        assert v.value == 5
    assert v.value == 1


@pytest.mark.parametrize(
    "transformed",
    [
        lambda write: jax.checkpoint(write)(1.0),
        lambda write: jax.lax.scan(lambda carry, x: (carry, write(x)), 0, jnp.ones(3)),
        lambda write: jax.vmap(write)(jnp.ones(3)),
        lambda write: jax.lax.cond(True, write, write, 1.0),
        lambda write: jax.jit(write)(1.0),
    ],
    ids=["checkpoint", "scan", "vmap", "cond", "jit"],
)
@pytest.mark.parametrize("around", [lambda f: f, jax.jit], ids=["eager", "traced"])
def test_a_write_inside_a_transformation_of_the_users_is_refused(v, transformed, around):
    step = around(lambda value: pure(lambda: transformed(v.assign), [v], [value]))
    with pytest.raises(TypeError, match="v is assigned inside a JAX transformation"):
        step(jnp.float32(0))


def test_reads_inside_transformations_of_the_users_are_differentiated(v):
    def loss(value):
        return pure(lambda: jax.checkpoint(lambda x: x * v)(3.0), [v], [value])[0]

    assert jax.jit(jax.grad(loss))(jnp.float32(2)) == 3


def test_a_jitted_closure_of_the_users_is_traced_anew_for_each_scope(v):
    times = jax.jit(lambda x: x * v)  # its first trace, while building, holds the variable's value as a constant

    def loss(value):
        return pure(times, [v], [value], 3.0)[0]

    with building():
        jax.eval_shape(times, 3.0)
    assert jax.jit(jax.grad(loss))(jnp.float32(2)) == 3
    assert jax.jit(loss)(jnp.float32(2)) == 6
    assert jax.jit(lambda value: loss(value) + 1)(jnp.float32(4)) == 13
