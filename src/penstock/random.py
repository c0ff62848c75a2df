"""Where random numbers come from."""

from penstock.engine.random import SeedGenerator as SeedGenerator
