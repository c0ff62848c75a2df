"""Operations on each element."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from ..operation import operation


def _of_one(name: str, fn: Callable[..., Any]) -> Callable[[Any], jax.Array]:
    def apply(x: Any) -> jax.Array:
        return fn(jnp.asarray(x))

    return operation(_named(name, apply))


def _of_two(name: str, fn: Callable[..., Any]) -> Callable[[Any, Any], jax.Array]:
    def apply(x1: Any, x2: Any) -> jax.Array:
        return fn(*jnp_operands(x1, x2))

    return operation(_named(name, apply))


def _named(name: str, fn: Callable[..., Any]) -> Callable[..., Any]:
    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = f"`jax.numpy`'s function of that name, `{name}`; symbolic tensors are drawn."
    return fn


def jnp_operands(*operands: Any) -> list[Any]:
    """The operands as arrays; Python's numbers as they are, since they take the others' type."""
    return [x if isinstance(x, (bool, int, float, complex)) else jnp.asarray(x) for x in operands]


abs = _of_one("abs", jnp.abs)
absolute = _of_one("absolute", jnp.abs)
negative = _of_one("negative", jnp.negative)
sign = _of_one("sign", jnp.sign)
square = _of_one("square", jnp.square)
sqrt = _of_one("sqrt", jnp.sqrt)
rsqrt = _of_one("rsqrt", lambda x: 1 / jnp.sqrt(x))
reciprocal = _of_one("reciprocal", jnp.reciprocal)
exp = _of_one("exp", jnp.exp)
expm1 = _of_one("expm1", jnp.expm1)
log = _of_one("log", jnp.log)
log1p = _of_one("log1p", jnp.log1p)
log2 = _of_one("log2", jnp.log2)
log10 = _of_one("log10", jnp.log10)
sin = _of_one("sin", jnp.sin)
cos = _of_one("cos", jnp.cos)
tan = _of_one("tan", jnp.tan)
arcsin = _of_one("arcsin", jnp.arcsin)
arccos = _of_one("arccos", jnp.arccos)
arctan = _of_one("arctan", jnp.arctan)
sinh = _of_one("sinh", jnp.sinh)
cosh = _of_one("cosh", jnp.cosh)
tanh = _of_one("tanh", jnp.tanh)
erf = _of_one("erf", jax.scipy.special.erf)
floor = _of_one("floor", jnp.floor)
ceil = _of_one("ceil", jnp.ceil)
isnan = _of_one("isnan", jnp.isnan)
isinf = _of_one("isinf", jnp.isinf)
isfinite = _of_one("isfinite", jnp.isfinite)
logical_not = _of_one("logical_not", jnp.logical_not)
stop_gradient = _of_one("stop_gradient", jax.lax.stop_gradient)

add = _of_two("add", jnp.add)
subtract = _of_two("subtract", jnp.subtract)
multiply = _of_two("multiply", jnp.multiply)
divide = _of_two("divide", jnp.divide)
true_divide = _of_two("true_divide", jnp.true_divide)
floor_divide = _of_two("floor_divide", jnp.floor_divide)
mod = _of_two("mod", jnp.mod)
power = _of_two("power", jnp.power)
arctan2 = _of_two("arctan2", jnp.arctan2)
maximum = _of_two("maximum", jnp.maximum)
minimum = _of_two("minimum", jnp.minimum)
equal = _of_two("equal", jnp.equal)
not_equal = _of_two("not_equal", jnp.not_equal)
less = _of_two("less", jnp.less)
less_equal = _of_two("less_equal", jnp.less_equal)
greater = _of_two("greater", jnp.greater)
greater_equal = _of_two("greater_equal", jnp.greater_equal)
logical_and = _of_two("logical_and", jnp.logical_and)
logical_or = _of_two("logical_or", jnp.logical_or)
logical_xor = _of_two("logical_xor", jnp.logical_xor)


@operation
def divide_no_nan(x1: Any, x2: Any) -> jax.Array:
    """`x1 / x2`, and 0 where `x2` is 0; the gradient is finite there too."""
    x1, x2 = jnp_operands(x1, x2)
    safe = jnp.where(x2 == 0, 1, x2)
    return jnp.where(x2 == 0, 0, x1 / safe)


@operation
def round(x: Any, decimals: int = 0) -> jax.Array:
    """To the nearest, halves to even."""
    return jnp.round(jnp.asarray(x), decimals)


@operation
def clip(x: Any, x_min: Any, x_max: Any) -> jax.Array:
    """`x` where it is between `x_min` and `x_max`, otherwise the nearer of them."""
    return jnp.clip(jnp.asarray(x), x_min, x_max)


@operation
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """`x1` where the condition holds, else `x2`; without them, the indices at which it holds (arrays only)."""
    condition = jnp.asarray(condition)
    return jnp.where(condition) if x1 is None else jnp.where(condition, *jnp_operands(x1, x2))


@operation
def cast(x: Any, dtype: str) -> jax.Array:
    """`x` in another type."""
    return jnp.asarray(x).astype(dtype)
