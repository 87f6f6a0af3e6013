"""What a loss on held-out text says, and figures that were measured once. Torch-free."""

import math

EVAL_TOKENS = 32_768  # a standard error of about 0.015 nats, cheap beside the training in between
# Up to so many tokens, and from so many dimensions a head, attention by plain products beats the fused kernel
# of the CPU.
SHORT_CONTEXT, WIDE_HEAD = 512, 64


def perplexity(loss: float) -> float:
    return math.exp(min(loss, 700.0))


def bits_per_byte(loss: float, bytes_per_token: float) -> float:
    """Nats a token → bits a byte of text, which compares models whatever their tokens are."""
    return loss / math.log(2) / bytes_per_token
