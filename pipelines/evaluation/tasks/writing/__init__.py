"""Tasks whose answers a model writes out; each says how its answers are read and compared."""
