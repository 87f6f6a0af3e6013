"""What the tokenizer worker answers about a prompt. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PromptToken:
    """``text`` are its characters, as they stand in the prompt (of one that takes several tokens the first
    has it); ``part`` says whose they are: ``system``, ``history``, ``passage``, ``question``, ``words`` (of
    the house's form) or ``template`` (of the model's chat template). ``special`` is a control token: only
    the template has any."""

    id: int
    text: str
    part: str
    special: bool


@dataclass(frozen=True)
class Prompted:
    """``messages`` are (role, text), ``text`` is what the model reads, with its ``tokens`` (none of a
    server, which has the tokenizer itself). ``used`` are the ids of the passages in it, in their order
    there; ``cut`` is the id of the one of which only a part is there, ``left_out`` are those that had no
    room. ``turns`` counts the earlier turns in it. ``room`` is how many tokens the answer may have, -1
    where the context is not known."""

    messages: tuple[dict[str, str], ...]
    text: str
    tokens: tuple[PromptToken, ...]
    used: tuple[str, ...]
    cut: str
    left_out: tuple[str, ...]
    turns: int
    room: int
