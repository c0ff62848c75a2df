"""The layers that models are made of, such as `Dense`."""

from penstock.engine.layers import *
