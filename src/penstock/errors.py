"""The exceptions that callers may want to catch."""

from penstock.pipeline.errors import *
