"""What is kept of a visitor: told, taken along as a zip, and deleted."""
