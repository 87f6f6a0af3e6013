"""How a question is put, with solved ones before it: as one text, or as the turns of a chat, both as
lm-evaluation-harness does. Standard library only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.evaluation.records import Answerer

BETWEEN = "\n\n"  # after each solved question


@dataclass(frozen=True)
class Put:
    """``solved`` are (question, answer); ``said`` stands before all; ``gap`` between question and answer."""

    question: str
    solved: Sequence[tuple[str, str]] = ()
    said: str = ""
    gap: str = " "

    def text(self) -> str:
        """
        >>> Put("Q: 2 + 2\\nA:", [("Q: 1 + 1\\nA:", "2")], said="Add.\\n\\n").text()
        'Add.\\n\\nQ: 1 + 1\\nA: 2\\n\\nQ: 2 + 2\\nA:'
        """
        solved = "".join(f"{asked}{self.gap}{answer}{BETWEEN}" for asked, answer in self.solved)
        return f"{self.said}{solved}{self.question}"

    def turns(self) -> list[dict[str, str]]:
        system = [{"role": "system", "content": self.said}] if self.said else []
        solved = [turn for pair in self.solved for turn in _exchange(*pair)]
        return [*system, *solved, {"role": "user", "content": self.question}]

    def context(self, model: Answerer, chat: bool) -> str:
        return model.chat(self.turns()) if chat else self.text()


def _exchange(asked: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
