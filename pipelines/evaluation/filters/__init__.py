"""What is read out of the texts that a model wrote, as lm-evaluation-harness reads it."""
