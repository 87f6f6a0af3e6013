"""Parts of the Fine-tune tab: its form, the chooser of its data, what it shows, what comes after a run."""
