"""Text metrics: how near texts are to those that were wanted, or how varied they are, with every count that
the figure is made of.
"""
