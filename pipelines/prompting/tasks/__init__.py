"""Labelled items to ask a model: made here from a seed, brought by a visitor, or public. Standard library and
core only; what reads the Hub and YAML is imported when it is asked for.
"""
