"""Training on devices with JAX: models, their steps, and the loop that feeds them."""
