"""What variables are bound to while a function is traced.

A scope is a table from the identity of a variable to its value. Reads and writes of a variable go to the innermost
scope that knows it; outside every scope they go to the variable itself. So closures, shared layers and side effects
mean what they say: whoever holds the variable sees the value of this trace.

`pure` is the one bridge to JAX. A building scope knows every variable: what is written while a model builds is
forgotten with the scope, since building runs no mathematics.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer
from jax.extend.core import get_opaque_trace_state

_innermost: ContextVar["Scope | None"] = ContextVar("innermost scope", default=None)

# What JAX's caches of traces are told apart by. A user's jitted function that reads variables holds, once traced, the
# values of the scope it was traced in; another scope must not be given that trace.
_cache_key = jax.make_user_context()
_numbers = itertools.count()
with jax.ensure_compile_time_eval():
    _eager = get_opaque_trace_state(convention="flax")


class Scope:
    """Values of variables during one trace; `parent` is the scope it was opened in."""

    __slots__ = ("building", "cache_key", "foreign", "parent", "trace", "values")

    def __init__(self, variables: Sequence[Any], values: Sequence[Any], *, building: bool = False) -> None:
        # The variable is kept beside its value: an identity is good only while its owner lives.
        self.values = {id(v): (v, value) for v, value in zip(variables, values, strict=True)}
        self.parent = _innermost.get()
        self.building = building
        self.foreign: list[Any] = []
        self.trace = get_opaque_trace_state(convention="flax")
        # None outside of traces: whatever runs there would be compiled anew.
        self.cache_key = "building" if building else None if self.trace == _eager else next(_numbers)

    def value(self, variable: Any) -> Any:
        return self.values[id(variable)][1]


@contextmanager
def _entered(scope: Scope) -> Iterator[Scope]:
    token = _innermost.set(scope)
    try:
        with _cache_key(scope.cache_key):
            yield scope
    finally:
        _innermost.reset(token)


def _scopes() -> Iterator[Scope]:
    scope = _innermost.get()
    while scope is not None:
        yield scope
        scope = scope.parent


def is_building() -> bool:
    """Whether a model is being built: shapes are real, values are not."""
    return any(scope.building for scope in _scopes())


def in_scope() -> bool:
    """Whether variables are bound to the values of a trace."""
    return _innermost.get() is not None


def read(variable: Any, own: Any) -> Any:
    """The value of `variable` here; `own` is what it holds outside every scope."""
    key = id(variable)
    for scope in _scopes():
        if key in scope.values:
            return scope.values[key][1]
        if not scope.building:
            scope.foreign.append(variable)
    if _innermost.get() is None and _is_compiling():
        variable.is_baked = True
    return own


def _is_compiling() -> bool:
    """Whether the value that is read now becomes a constant of a user's jitted function."""
    return get_opaque_trace_state(convention="flax") != _eager and isinstance(jnp.zeros(()), Tracer)


def forget_traces(variable: Any) -> None:
    """Have every jitted function traced anew: one of them holds a value of `variable` that it no longer has."""
    variable.is_baked = False
    _cache_key.set_global(next(_numbers))


def write(variable: Any, value: Any) -> bool:
    """Bind `variable` to `value` in the scope that knows it; False where none does."""
    key = id(variable)
    for scope in _scopes():
        if scope.building or key in scope.values:
            _refuse_inner_trace(scope, variable)
            scope.values[key] = (variable, value)
            return True
    return _written_in_vain(variable, value)


def _written_in_vain(variable: Any, value: Any) -> bool:
    """Bind a variable that no scope knows in the innermost one, to be forgotten with it; False if it may not be."""
    scope = _innermost.get()
    if scope is None or not variable.forgettable:
        return False
    _refuse_inner_trace(scope, variable)
    scope.values[id(variable)] = (variable, value)
    return True


def _refuse_inner_trace(scope: Scope, variable: Any) -> None:
    if get_opaque_trace_state(convention="flax") != scope.trace:
        raise TypeError(
            f"{variable.path} is assigned inside a JAX transformation (checkpoint, scan, vmap, cond …) of the traced "
            "function, where its new value cannot leave; return the value and assign it outside the transformation"
        )


def pure(fn: Callable[..., Any], variables: Sequence[Any], values: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
    """Call `fn` with `variables` bound to `values`; give `(what it returned, the new values)`.

    Variables outside the list are read as they are and cannot be assigned. No variable is changed, whatever `fn`
    assigns: the new values come back in the order of `variables`.

    ```python
    out, new = pure(model, model.variables, [v.value for v in model.variables], x)
    ```
    """
    with _entered(Scope(variables, values)) as scope:
        out = fn(*args, **kwargs)
        # Decayed here: a Variable among the results would be read outside the scope.
        out = jax.tree.map(lambda leaf: leaf, out)
    return out, [scope.value(v) for v in variables]


@contextmanager
def building() -> Iterator[None]:
    """A block in which variables may be written freely and nothing written stays."""
    with _entered(Scope((), (), building=True)):
        yield


@contextmanager
def outside() -> Iterator[None]:
    """A block outside every scope: what a user's `build` assigns stays."""
    token = _innermost.set(None)
    try:
        with _cache_key(None):
            yield
    finally:
        _innermost.reset(token)
