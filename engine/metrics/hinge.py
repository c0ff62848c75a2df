"""Hinges, divergences and their like over all samples; for what they are, see the functions of the same names."""

from ..losses.divergence import kl_divergence, poisson
from ..losses.hinge import categorical_hinge, hinge, squared_hinge
from .means import FunctionMean


class Hinge(FunctionMean):
    """The mean hinge over all samples."""

    direction = "down"

    def __init__(self, name: str = "hinge", dtype: str | None = None) -> None:
        super().__init__(hinge, name, dtype)


class SquaredHinge(FunctionMean):
    """The mean squared hinge over all samples."""

    direction = "down"

    def __init__(self, name: str = "squared_hinge", dtype: str | None = None) -> None:
        super().__init__(squared_hinge, name, dtype)


class CategoricalHinge(FunctionMean):
    """The mean categorical hinge over all samples."""

    direction = "down"

    def __init__(self, name: str = "categorical_hinge", dtype: str | None = None) -> None:
        super().__init__(categorical_hinge, name, dtype)


class KLDivergence(FunctionMean):
    """The mean Kullback-Leibler divergence over all samples."""

    direction = "down"

    def __init__(self, name: str = "kl_divergence", dtype: str | None = None) -> None:
        super().__init__(kl_divergence, name, dtype)


class Poisson(FunctionMean):
    """The mean Poisson loss over all samples."""

    direction = "down"

    def __init__(self, name: str = "poisson", dtype: str | None = None) -> None:
        super().__init__(poisson, name, dtype)
