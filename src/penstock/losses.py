"""The losses that training minimises, and their look-up by name."""

from penstock.engine.losses import *
