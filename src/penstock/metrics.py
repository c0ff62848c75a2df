"""The metrics that training reports, and their look-up by name."""

from penstock.engine.metrics import *
