"""A script of a model for every strategy that takes it through all of its kinds of calls."""

from pipelines.prompting.calls import Call, Text


class _Twice:
    does = "doubles"

    def __call__(self, given: str) -> str:
        return given * 2


TOOLS = {"twice": _Twice()}


def _thinking(call: Call):
    if call.purpose != "thought":
        return f"likely 1, by {call.seed % 7}"
    return [Text(f" {call.seed % 10}{i}", 2, "stop") for i in range(call.samples)]


SCRIPTS = {
    "direct": lambda call: "12",
    "cot": lambda call: "7 + 5 = 12",
    "few_shot_cot": lambda call: "12",
    "self_consistency": lambda call: [f"{(call.seed + i) % 3}" for i in range(call.samples)],
    "tot": _thinking,
    "react": lambda call: f"Action: twice[{len(call.messages)}]" if len(call.messages) < 8 else "finish",
    "self_refine": lambda call: f"{call.purpose} {len(call.messages)}",
    "least_to_most": lambda call: "Why 1?\nWhy 2?" if call.purpose == "split" else f"{call.seed % 9}",
    "scratchpad": lambda call: "12",
}
