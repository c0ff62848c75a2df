"""Measures the input layer and the engine, and names the bottleneck."""
