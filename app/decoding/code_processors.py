"""A strategy's processors as they are written in code that a visitor takes away. Only text is made here."""

from pipelines.generation.strategy import Strategy

_COUNTS = '''

class CountPenalty(LogitsProcessor):
    """logit - frequency * count - presence * [count > 0], the counts being those of the new text."""

    def __init__(self, frequency, presence, prompt):
        self.frequency, self.presence, self.prompt = frequency, presence, prompt

    def __call__(self, input_ids, scores):
        new = input_ids[:, self.prompt :]
        counts = torch.zeros_like(scores).scatter_add_(1, new, torch.ones_like(new, dtype=scores.dtype))
        return scores - self.frequency * counts - self.presence * (counts > 0)

'''
_WARPERS = (  # in transformers' own order
    ("temperature", 1, "TemperatureLogitsWarper"),
    ("top_h", 0, "TopHLogitsWarper"),
    ("top_k", 0, "TopKLogitsWarper"),
    ("top_p", 1, "TopPLogitsWarper"),
    ("min_p", 0, "MinPLogitsWarper"),
    ("typical_p", 1, "TypicalLogitsWarper"),
    ("epsilon_cutoff", 0, "EpsilonLogitsWarper"),
    ("eta_cutoff", 0, "EtaLogitsWarper"),
)


def class_of_counts(one: Strategy) -> str:
    """The class of the two penalties that transformers does not have, where they are on."""
    return _COUNTS if counts_call(one) else ""


def counts_call(one: Strategy) -> list[str]:
    if not (one.frequency_penalty or one.presence_penalty):
        return []
    return [f"CountPenalty({one.frequency_penalty}, {one.presence_penalty}, prompt)"]


def processor_calls(one: Strategy) -> list[str]:
    """All that are on, in order, each as the expression that makes it."""
    calls = []
    if one.repetition_penalty != 1:
        calls.append(f"transformers.RepetitionPenaltyLogitsProcessor({one.repetition_penalty})")
    calls += counts_call(one)
    if one.no_repeat_ngram_size:
        calls.append(f"transformers.NoRepeatNGramLogitsProcessor({one.no_repeat_ngram_size})")
    if not one.draws:
        return calls
    drawn = ((getattr(one, name), off, made) for name, off, made in _WARPERS)
    return calls + [f"transformers.{made}({value})" for value, off, made in drawn if value != off]
