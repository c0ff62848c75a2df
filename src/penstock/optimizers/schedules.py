"""Learning rates that depend on the step, and their look-up by name."""

from penstock.engine.schedules import *
