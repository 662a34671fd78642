"""Engines move a tumor forward in time; kernels do the arithmetic."""
