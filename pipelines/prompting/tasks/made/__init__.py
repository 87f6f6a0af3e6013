"""Items written from a seed: one kind a file, each with ``KIND`` and ``items(seed)``, which never ends."""
