"""Models that callbacks are tried on without training."""

import pytest


class Paced:
    """A model that is nothing but an optimizer with a learning rate, as Keras' callbacks and penstock's ask for it."""

    def __init__(self, rate=0.5):
        self.optimizer = self
        self.learning_rate = rate
        self.stop_training = False

    def metric_direction(self, name):
        return None


@pytest.fixture
def paced():
    """Makes models that have a learning rate and nothing else."""
    return Paced
