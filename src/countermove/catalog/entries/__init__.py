"""The entries: one folder each, read by ``catalog.folders``."""
