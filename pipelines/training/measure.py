"""How much held-out text one validation reads. Apart, so that the torch-free estimate can know it."""

EVAL_TOKENS = 32_768  # a standard error of about 0.015 nats, cheap beside the training in between
