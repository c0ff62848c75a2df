"""The everyday names of `keras.backend`, such as `std` and `clear_session`."""

from penstock.engine.backend import *
