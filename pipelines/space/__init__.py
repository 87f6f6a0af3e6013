"""What is uploaded to a Hugging Face Space: assembled from this repository, checked, started, sent.

Knows files, requirement lines and the Hub's front matter; nothing of models, tabs or the page.
"""
