"""Which float types layers keep their weights in and compute in."""

from penstock.engine.mixed_precision import *
from penstock.engine.optimizers import LossScaleOptimizer as LossScaleOptimizer
