"""What is looked at before a fine-tuning run may start: each fault with its rows and how to mend it."""
