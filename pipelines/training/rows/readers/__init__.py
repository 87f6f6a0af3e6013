"""One kind of file a module: bytes in, rows out."""
