"""How batches come to be, from rows in a known order to finished arrays, without JAX."""
