"""The strategies of the literature, each a small generator over the same calls. Standard library only."""
