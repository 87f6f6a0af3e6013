"""What the form says before a tokenizer is trained: how it will cut, and how many tokens are left to be
learnt. Text of visitors is escaped here.
"""

from html import escape

from pipelines.tokenization.specs import TokenizerSpec

_HOW = {
    "bpe": "A text is later merged in the order in which the merges were learnt.",
    "wordpiece": "A word is later cut into the longest pieces that fit, from the left.",
    "unigram": "A word is later cut in the likeliest way. The curve takes a training at each size, so it is "
    "slower to come.",
}


def how_html(spec: TokenizerSpec) -> str:
    """What the algorithm makes of a text later, and how the vocabulary is shared out."""
    return f'<p class="gw-how">{_HOW[spec.algorithm]} {_shares(spec)}</p>'


def _shares(spec: TokenizerSpec) -> str:
    special, least = len(spec.tokens), spec.smallest
    parts = [f"<b>{special:,}</b> special"]
    if least > special:
        twice = ", each twice" if least - special > 256 else ""
        parts.append(f"<b>{least - special:,}</b> for the bytes{twice}")
    rest = f"<b>{spec.vocab_size - least:,}</b> left to be learnt"
    alphabet = "" if spec.byte_level else ", the corpus's alphabet included"
    unknown = spec.filling("unk")
    lost = not (spec.byte_level or spec.byte_fallback)
    said = f" Characters that the corpus lacks become <code>{escape(unknown or '')}</code>." if lost else ""
    return f"Of {spec.vocab_size:,} tokens {', '.join(parts)}, {rest}{alphabet}.{said}"
