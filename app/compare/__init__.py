"""Several runs beside each other: their curves, what differs in their settings, how they ended."""
