"""The text before what is scored: a description, solved examples and the question, parted as
lm-evaluation-harness parts them. Standard library only.
"""

from dataclasses import dataclass

from pipelines.evaluation.records import Answerer

_BETWEEN = "\n\n"  # solved examples


@dataclass(frozen=True)
class Lead:
    """What stands before an item: ``solved`` are (context, right continuation); ``delimiter`` stands between
    the two, and before what is scored. As ``chat`` each is a message, and nothing stands between."""

    description: str = ""
    solved: tuple[tuple[str, str], ...] = ()
    delimiter: str = " "
    chat: bool = False

    def before(self, context: str, model: Answerer) -> str:
        """All that the model reads before the continuation."""
        return model.chat(self.messages(context)) if self.chat else self.text(context)

    def continued(self, continuation: str) -> str:
        return continuation if self.chat else f"{self.delimiter}{continuation}"

    def text(self, context: str) -> str:
        """
        >>> Lead("Sums.\\n\\n", (("1 + 1 =", "2"),)).text("2 + 2 =")
        'Sums.\\n\\n1 + 1 = 2\\n\\n2 + 2 ='
        """
        examples = (f"{before}{self.delimiter}{right}{_BETWEEN}" for before, right in self.solved)
        return f"{self.description}{''.join(examples)}{context}"

    def messages(self, context: str) -> list[dict[str, str]]:
        """Each example as a turn, the description as the system's word."""
        told = [("system", self.description)] if self.description else []
        for before, right in self.solved:
            told += [("user", before), ("assistant", right)]
        return [{"role": role, "content": content} for role, content in (*told, ("user", context))]
