"""Questions about a collection, and how well searches and answers do on them. Torch-free: what searches and
answers is handed in.
"""
