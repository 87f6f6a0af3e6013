"""One cell of a run as a Python file of plain transformers: text from what the run has kept."""
