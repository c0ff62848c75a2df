"""Figures gathered over batches, and their look-up by name."""

from .metric import Metric

__all__ = ["Metric"]
