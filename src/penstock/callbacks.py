"""The callbacks that training calls at its events."""

from penstock.engine.callbacks import *
