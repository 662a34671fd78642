"""Probabilities without simulation, for linear multitype birth-death processes."""
