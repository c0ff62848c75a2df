"""What weights and outputs cost by themselves, and their look-up by name."""

from penstock.engine.regularizers import *
