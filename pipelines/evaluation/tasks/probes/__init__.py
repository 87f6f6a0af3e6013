"""Probes: what a model prefers or says that it had better not."""
