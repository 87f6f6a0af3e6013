"""A tuning run as one Python file of plain TRL, PEFT and transformers: text from a spec and a few facts."""
