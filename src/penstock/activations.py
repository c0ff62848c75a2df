"""The activation functions that layers apply, and their look-up by name."""

from penstock.engine.activations import *
