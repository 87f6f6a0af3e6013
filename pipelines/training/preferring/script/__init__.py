"""A run on preferences or rewards as one Python file of plain TRL: text from a spec and a few facts."""
