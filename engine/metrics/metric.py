"""The base of every metric: variables that batches add to, and a result computed from them."""

from typing import Any, Literal, Self

import jax
import jax.numpy as jnp

from .. import config
from ..beside import Beside
from ..holder import Holder
from ..initializers import get as get_initializer
from ..names import snake_case
from ..scope import pure
from ..variable import Variable

_givers = Beside()


def giver_of(result: Any) -> "Metric | None":
    """The metric whose call gave this very array; None where none did."""
    return _givers.get(result)


class Metric(Holder):
    """A figure gathered over batches.

    Subclasses write `__init__` (with `add_weight`), `update_state(y_true, y_pred, sample_weight=None)` and `result()`,
    which gives a scalar or a dict of scalars; `reset_state` if zeros are not where it starts (`reset_states`, the
    older spelling, is called where that is what a subclass wrote). `direction` says whether "up" or "down" is better,
    for callbacks that have to know.

    ```python
    class Positives(ps.metrics.Metric):
        def __init__(self, name="positives", **kwargs):
            super().__init__(name=name, **kwargs)
            self.total = self.add_weight(name="total", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(jnp.sum(y_pred > 0.5))

        def result(self):
            return self.total
    ```
    """

    direction: Literal["up", "down"] | None = None
    # False while variables are missing whose shapes the first batch tells.
    built: bool = True

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls, *args, **kwargs)
        # Not numbered: the model that is compiled with several of one name tells them apart.
        self.__dict__.update(_name=snake_case(cls.__name__), _dtype=None)
        return self

    def __init__(self, dtype: str | None = None, name: str | None = None) -> None:
        self._dtype = dtype
        self._name = name or self._name

    @classmethod
    def kind(cls) -> type[Holder]:
        return Metric

    @property
    def dtype(self) -> str:
        """The float type of the variables and of the result."""
        return self._dtype or config.floatx()

    def add_variable(
        self, shape: tuple[int, ...] = (), initializer: Any = None, dtype: str | None = None, name: str | None = None
    ) -> Variable:
        """A new variable of the metric; zeros unless `initializer` says otherwise."""
        initial = get_initializer("zeros" if initializer is None else initializer)
        variable = Variable(
            initial, shape=tuple(shape), dtype=dtype or self.dtype, trainable=False, name=name, autocast=False
        )
        variable.path = f"{self.name}/{variable.name}"
        variable.forgettable = True
        self._keep(variable)
        return variable

    def add_weight(
        self, shape: tuple[int, ...] = (), initializer: Any = None, dtype: str | None = None, name: str | None = None
    ) -> Variable:
        """`add_variable` by its older name."""
        return self.add_variable(shape, initializer, dtype, name)

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Add a batch."""
        raise NotImplementedError(f"{type(self).__name__} has no `update_state` method")

    def result(self) -> Any:
        """The figure over all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} has no `result` method")

    def reset_state(self) -> None:
        """Begin anew: every variable becomes zeros."""
        kind = type(self)
        if kind.reset_states is not Metric.reset_states and kind.reset_state is Metric.reset_state:
            self.reset_states()
        else:
            self._zero()

    def reset_states(self) -> None:
        """`reset_state` by its older name."""
        if type(self).reset_state is not Metric.reset_state:
            self.reset_state()
        else:
            self._zero()

    def _zero(self) -> None:
        for variable in self.variables:
            variable.assign(jnp.zeros(variable.shape, variable.dtype))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Add a batch, and give the figure so far."""
        self.update_state(*args, **kwargs)
        result = self.result()
        if isinstance(result, (jax.Array, Variable)):
            _givers.set(result, self)
        return result

    def stateless_update_state(self, metric_variables: list[Any], *args: Any, **kwargs: Any) -> list[jax.Array]:
        """The values of `variables` after a batch was added to `metric_variables`; changes nothing."""
        return pure(self.update_state, self.variables, metric_variables, *args, **kwargs)[1]

    def stateless_result(self, metric_variables: list[Any]) -> Any:
        """The figure that the values `metric_variables` stand for."""
        return pure(self.result, self.variables, metric_variables)[0]

    def stateless_reset_state(self) -> list[jax.Array]:
        """The values of `variables` after a reset; changes nothing."""
        variables = self.variables
        return pure(self.reset_state, variables, [v.value for v in variables])[1]

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
