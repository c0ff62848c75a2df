"""The kinds of model: sequential, functional and subclassed."""

from penstock.engine.models import *
