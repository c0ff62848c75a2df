"""How far predicted quantities are from the true ones."""

from ..losses.regression import mean_absolute_error, mean_squared_error
from .means import FunctionMean


class MeanSquaredError(FunctionMean):
    """The mean of squared errors over all samples."""

    direction = "down"

    def __init__(self, name: str = "mean_squared_error", dtype: str | None = None) -> None:
        super().__init__(mean_squared_error, name, dtype)


class MeanAbsoluteError(FunctionMean):
    """The mean of absolute errors over all samples."""

    direction = "down"

    def __init__(self, name: str = "mean_absolute_error", dtype: str | None = None) -> None:
        super().__init__(mean_absolute_error, name, dtype)
