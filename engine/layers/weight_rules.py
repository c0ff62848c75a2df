"""Which weights of a layer are regularized and constrained, by the names of the arguments that say so."""

from typing import Any

from .. import constraints, regularizers


class WeightRules:
    """What `kernel_regularizer`, `bias_constraint` and the like were given as."""

    def __init__(self) -> None:
        self._by_argument: dict[str, Any] = {}

    def set(self, rules: dict[str, Any]) -> None:
        for argument, given in rules.items():
            self._by_argument[argument] = _table(argument).get(given)

    def regularizer(self, weight: str | None) -> Any:
        """That of a weight; None where there is none."""
        return self._by_argument.get(f"{weight}_regularizer")

    def constraint(self, weight: str | None) -> Any:
        """That of a weight; None where there is none."""
        return self._by_argument.get(f"{weight}_constraint")

    def config(self) -> dict[str, Any]:
        return {argument: _table(argument).serialize(rule) for argument, rule in self._by_argument.items()}


def _table(argument: str) -> Any:
    return regularizers if argument.endswith("_regularizer") else constraints
