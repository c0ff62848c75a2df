"""What weights are made to be after every update, and their look-up by name."""

from penstock.engine.constraints import *
