"""The summary of a capture as what the page is given: frames with data, and the sentences around them. No
Gradio. ``assets/js/attention_summary.js`` draws the data as text, never as HTML.
"""

import json
from dataclasses import asdict
from html import escape
from typing import Any

from app.attention.summary_data import last_tokens, losses, part_data, tokens_data
from app.attention.summary_words import KINDS, MEASURES, PARTS, RULE, repeated
from app.python_code import code_html
from app.tokenizer.chips import hint_html
from app.tokenizer.glyphs import glyph_text
from pipelines.attention.answers import Captured, Part
from pipelines.attention.even import repeats
from pipelines.attention.requests import Subject
from pipelines.attention.text_loss import TextLoss

_LONGEST = 40  # characters of a token that are shown
_STREAMS = (
    "<h3>Residual stream</h3><p>Each layer adds what its sub-layers write to the residual stream. Lengths of "
    "these vectors, mean over the tokens: what is long beside the stream changes it much. What a layer "
    "writes stands between the stream before and after it. Where a model normalises after adding, as BERT "
    "does, the stream stays about as long.</p>"
)
_NO_LOSS = {
    "masked-lm": "A masked model guesses hidden tokens from both sides: it gives no probability to a text "
    "token by token, so there is no loss and no perplexity. Fill in, in the Decoding tab, shows its guesses.",
    "encoder": "This model has no prediction head for tokens: it makes vectors of them, or labels of those, "
    "so there is no loss here.",
    "causal-lm": "How this model’s residual stream becomes predictions could not be followed exactly, so no "
    "loss is shown rather than a wrong one.",
}


def empty_html() -> str:
    return hint_html("Write a text and press Look inside: what every head does on it stands here in numbers.")


def heads_html(subject: Subject, captured: Captured) -> str:
    """The frame of the map, the kinds and the table."""
    data = {
        "subject": asdict(subject),
        "measures": {name: asdict(measure) for name, measure in MEASURES.items()},
        "kinds": KINDS,
        "rule": RULE,
        "parts": [
            {**part_data(part), "title": PARTS[part.name], "said": _repeated(part)} for part in captured.parts
        ],
    }
    return f'<div class="gw-sum">{carried_html(data)}<div class="gw-sum-place"></div></div>'


def streams_html() -> str:
    """What stands above the figure of the norms."""
    return f'<div class="gw-sum-section">{_STREAMS}</div>'


def text_html(subject: Subject, captured: Captured, code: str) -> str:
    """How well the text was expected, its tokens coloured by it, and the code."""
    heading = "<h3>How well the model expected the text</h3>"
    shown = f"{heading}{_numbers(subject, captured)}"
    if captured.kind in ("causal-lm", "seq2seq-lm") and _any_loss(captured):
        tokens = tokens_data(captured)
        tokens["texts"] = [_token(text) for text in tokens["texts"]]
        shown += f'{carried_html({"tokens": tokens})}<div class="gw-sum-place"></div>'
    fold = f'<details class="gw-att-fold"><summary>The same in Python</summary>{code_html(code)}</details>'
    return f'<div class="gw-sum gw-sum-section">{shown}</div>{fold}'


def _any_loss(captured: Captured) -> bool:
    return any(rank >= 0 for rank in captured.ranks.tolist())


def _numbers(subject: Subject, captured: Captured) -> str:
    if not _any_loss(captured):
        if len(last_tokens(captured).ids) < 2 and captured.kind in ("causal-lm", "seq2seq-lm"):
            return "<p>A single token has nothing before it that would predict it: there is no loss here.</p>"
        return f"<p>{_NO_LOSS.get(captured.kind, _NO_LOSS['causal-lm'])}</p>"
    found = losses(subject, captured)
    said = [_text_words(found["text_loss"], captured.kind)] if found["text_loss"] else []
    if found["written_loss"]:
        said.append(_written_words(found["written_loss"]))
    return "".join(f"<p>{words}</p>" for words in said)


def _text_words(found: TextLoss, kind: str) -> str:
    what = "of the target, given the text" if kind == "seq2seq-lm" else "of the text"
    bits = found.bits_per_byte
    per_byte = (
        f"<b>{bits:.3f}</b> bits per byte ({found.bytes:,} bytes of UTF-8), which compares across tokenizers"
        if bits is not None
        else "bits per byte are not known, because the tokenizer does not say where its tokens stand"
    )
    tokens = f"{found.tokens:,} token{'s' * (found.tokens != 1)}"
    first = "" if kind == "seq2seq-lm" else ", nor does a first token that nothing precedes"
    uncounted = f"Special tokens do not count{first}."
    return (
        f"Perplexity <b>{_perplexity(found)}</b> over {tokens} {what}: as hard as a choice among so many "
        f"alike (mean loss {found.loss:.3f} nats); {per_byte}. {uncounted}"
    )


def _written_words(found: TextLoss) -> str:
    tokens = f"{found.tokens:,} token{'s' * (found.tokens != 1)}"
    return (
        f"Of the {tokens} that the model wrote itself the perplexity is <b>{_perplexity(found)}</b> (mean "
        f"loss {found.loss:.3f} nats): always the likeliest was taken, so this says how sure it was."
    )


def _perplexity(found: TextLoss) -> str:
    return f"{found.perplexity:,.2f}" if found.perplexity < 1e6 else f"{found.perplexity:.3g}"


def _repeated(part: Part) -> str:
    return "" if part.name == "cross" else repeated(repeats(part))


def _token(text: str) -> str:
    return glyph_text(text[:_LONGEST]) + "…" * (len(text) > _LONGEST)


def carried_html(data: dict[str, Any]) -> str:
    """Data that the page's script reads. An attribute: what stands in a template stays when the framework
    changes a page's HTML in place."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return f'<div hidden data-carried="{escape(text)}"></div>'
