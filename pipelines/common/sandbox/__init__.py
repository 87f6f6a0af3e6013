"""Code of a stranger, or of a model, run where it can do no harm; or not at all."""
