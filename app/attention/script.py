"""What the scripts that a visitor can take away begin with: the model's class, and how the text is read."""

from pipelines.attention.requests import WRITTEN_TOKENS, Subject

AUTO = {
    "causal-lm": "AutoModelForCausalLM",
    "masked-lm": "AutoModelForMaskedLM",
    "seq2seq-lm": "AutoModelForSeq2SeqLM",
    "encoder": "AutoModel",
}
_GIVEN = "    ids = inputs.input_ids"
_CONTINUED = "    ids = model.generate(**inputs, max_new_tokens={count}, do_sample=False)"
_TARGET = """\
    target = tokenizer({target!r}, return_tensors="pt").input_ids
    start = torch.tensor([[model.config.decoder_start_token_id]])
    ids = torch.cat([start, target], 1)"""
_WRITTEN = "    ids = model.generate(**inputs, max_new_tokens={count}, do_sample=False, num_beams=1)"


def reading(kind: str, subject: Subject, asked: str) -> str:
    """Lines, indented once, that make ``ids``, what the model (its decoder) has read, and ``output``, what it
    gave with ``asked`` (``output_attentions``, ``output_hidden_states``). They need ``inputs``.
    """
    read, given = _read(kind, subject)
    return f"{read}\n    output = model({given}, {asked}=True)"


def _read(kind: str, subject: Subject) -> tuple[str, str]:
    """What makes ``ids``, and what the model is then given."""
    if kind == "seq2seq-lm":
        wrote = _WRITTEN.format(count=subject.new_tokens or WRITTEN_TOKENS)
        given = subject.target and not subject.new_tokens
        return _TARGET.format(target=subject.target) if given else wrote, "**inputs, decoder_input_ids=ids"
    if subject.new_tokens:
        return _CONTINUED.format(count=subject.new_tokens), "ids"
    return _GIVEN, "**inputs"
