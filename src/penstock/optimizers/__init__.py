"""The optimizers that update weights, and their look-up by name."""

from penstock.engine.optimizers import *

from . import schedules as schedules
