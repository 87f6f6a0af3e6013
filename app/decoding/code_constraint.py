"""What a text must be, as code that a visitor takes away: a logits processor and the call that makes it. Only
text is made here.
"""

from pipelines.generation.strategy import Strategy

_GRAMMAR = '''

SPACES = {"whitespace_pattern": r" |\\n {0,12}"}  # in JSON; a model could else write blanks forever


class Constraint(LogitsProcessor):
    """Only tokens after which the text can still become what it must be."""

    def __init__(self, grammar, prompt):
        self.matcher, self.fed = LLMatcher(llguidance.hf.from_tokenizer(tokenizer), grammar), prompt

    def __call__(self, input_ids, scores):
        for token in input_ids[0, self.fed :].tolist():
            self.matcher.consume_token(token)
        self.fed = input_ids.shape[1]
        bits = numpy.frombuffer(self.matcher.compute_bitmask(), numpy.uint8)
        allowed = numpy.unpackbits(bits, count=scores.shape[-1], bitorder="little")
        return scores.masked_fill(~torch.from_numpy(allowed).bool(), float("-inf"))

'''
_WORDS = '''

class Constraint(LogitsProcessor):
    """Free until there is just room for the words that have not occurred; no end before all of them have."""

    def __init__(self, words, room, prompt):
        self.words, self.room, self.prompt = words, room, prompt

    def __call__(self, input_ids, scores):
        new = input_ids[0, self.prompt :].tolist()
        missing = [word for word in self.words if word not in tokenizer.decode(new)]
        plan = [id for word in missing for id in tokenizer(" " + word, add_special_tokens=False).input_ids]
        left = self.room - len(new)
        if missing:
            scores = scores.clone()
            scores[:, model.generation_config.eos_token_id] = float("-inf")
        if missing and left <= len(plan):
            scores[:] = float("-inf")
            scores[:, plan[len(plan) - left]] = 0
        return scores

'''
_MADE = {
    "regex": 'LLMatcher.grammar_from_regex(regex_to_lark({!r}, "d"))',
    "json_schema": "LLMatcher.grammar_from_json_schema({!r}, defaults=SPACES)",
    "grammar": "LLMatcher.grammar_from_lark({!r})",
}


def class_of_constraint(one: Strategy) -> str:
    if one.constraint == "none":
        return ""
    return _WORDS if one.constraint == "must_contain" else _GRAMMAR


def constraint_call(one: Strategy, count: int) -> list[str]:
    """The expression that makes the processor; none for a strategy without."""
    if one.constraint == "none":
        return []
    if one.constraint == "must_contain":
        words = [line.strip() for line in one.pattern.splitlines() if line.strip()]
        return [f"Constraint({words!r}, {count}, prompt)"]
    return [f"Constraint({_MADE[one.constraint].format(one.pattern)}, prompt)"]
