"""One file a format. Each has ``read(source, name, draft)``: the open file, the name it came by and the draft
to write into; it raises :class:`GlassworksError` with the reason, without the file's name. They run in the
bounded process alone, and only the one that is needed is imported."""
