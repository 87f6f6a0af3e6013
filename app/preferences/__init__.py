"""The Preferences tab: pairs from people, training on them, and a vote on what came of it."""
