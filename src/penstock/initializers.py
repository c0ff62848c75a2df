"""The initializers that give weights their first values."""

from penstock.engine.initializers import *
