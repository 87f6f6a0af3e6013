"""Items that a visitor brings: CSV, JSON or JSON lines, or a list of objects."""
