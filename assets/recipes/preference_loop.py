"""The whole loop of preferences through a running app's endpoints, with a program in people's place:

    python -m assets.recipes.preference_loop http://127.0.0.1:7860 [--into file.json]

It opens a round, has ``house/story-instruct`` answer prompts of the bundled set twice, and votes by a rule
that a program can check: a happy ending, and at most 80 words. The better answer it makes better still, as an
annotator would: it ends the story where it has become happy, or writes a happy sentence below its beginning.
What was collected trains a DPO adapter (``preference_loop.json``); then base and tuned answer fresh prompts,
blind, and the rule votes again. Prints how often each keeps the rule, with Wilson intervals, the win rate,
the length, and the perplexity that the run has measured.
"""

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any
from zlib import crc32

from gradio_client import Client

from pipelines.common.proportions import proportion
from pipelines.common.sentences import sentences_of
from pipelines.preferences.formats import read
from pipelines.preferences.records import Pair

MODEL = "house/story-instruct"
Vote = Callable[[str, str], dict[str, Any]]  # of the left text and the right one
RECIPE = Path(__file__).with_suffix(".json")
WARM, COOL = (
    1.0,
    0.7,
)  # temperatures: pairs that differ are collected, and stories that hold together compared
MOST_WORDS, LEAST_WORDS, MOST_BEGUN = 80, 25, 65
_HAPPY = re.compile(
    r"\b(happy|happily|happier|happiest|smil\w+|laugh\w*|glad|joy\w*|hugg?\w*|proud|love[ds]?|cheer\w*|fun|"
    r"friends?|together|safe|wonderful|delight\w*|thank\w*)\b",
    re.IGNORECASE,
)
_SAD = re.compile(
    r"\b(sad\w*|cr(?:y|ied|ying)|angry|scared|afraid|hurt\w*|alone|never|not|n't|mad|died?)\b", re.I
)
_ENDED = re.compile(r"[.!?][\"”']?$")
_NAME = re.compile(r"(?<=[a-z,] )(?!The|They|It)[A-Z][a-z]+")
_ENDINGS = (
    "{} smiled and was very happy.", "Everyone laughed and felt happy.", "They were all so glad.",
    "{} and the others hugged and went home together.", "{} felt proud and happy.", "{} laughed with joy.",
    "They became good friends and played together.", "What a wonderful day it was for {}!",
    "They all cheered and thanked {}.", "And so {} was safe and happy at home.",
)  # fmt: skip
# Of fresh prompts: none of these stands in the bundled set.
_WHO = ("hedgehog", "carpenter", "swan", "twin", "juggler", "beaver", "postman", "lizard", "nurse", "donkey")
_WHAT = (
    "who paints a fence", "who loses a shoe in the mud", "who learns to whistle", "who bakes too many buns",
    "who finds a map in a jar", "who is late for the parade", "who builds a kite from a curtain",
    "who cannot open a gate", "who hears music at night", "who shares the last apple",
    "who wants to see the snow", "who gets a letter for somebody else", "who carries water up a hill",
    "who is given a tiny drum", "who counts all the boats", "who gets stuck on a roof",
    "who looks for a lost button", "who plants a tree for a neighbour", "who talks to the wind",
    "who wins a very big pumpkin",
)  # fmt: skip


def ends_happily(text: str) -> bool:
    """Its last sentence is a whole one, has a happy word and no sad one."""
    found = sentences_of(text)
    if not found or not _ENDED.search(text.strip()):
        return False
    last = text[slice(*found[-1])]
    return bool(_HAPPY.search(last)) and not _SAD.search(last)


def is_short(text: str) -> bool:
    return 0 < len(text.split()) <= MOST_WORDS


def keeps_rule(text: str) -> bool:
    return is_short(text) and ends_happily(text)


def mended(text: str) -> str:
    """The text as the program would rather have it; empty where it keeps the rule already, or has too little
    of a beginning."""
    return "" if keeps_rule(text) else cut(text) or rewritten(text)


def cut(text: str) -> str:
    """Until the first happy sentence; empty where none comes in time."""
    found = (begun for begun in _beginnings(text) if keeps_rule(begun))
    return next((begun for begun in found if len(begun.split()) >= LEAST_WORDS), "")


def rewritten(text: str) -> str:
    """As much of the beginning as leaves room for a happy sentence, and such a sentence, about somebody whom
    the text names most often."""
    begun = [one for one in _beginnings(text) if LEAST_WORDS <= len(one.split()) <= MOST_BEGUN]
    if not begun:
        return ""
    names = Counter(_NAME.findall(begun[-1])).most_common(1)
    fitting = [one for one in _ENDINGS if names or "{}" not in one]
    made = f"{begun[-1]} {fitting[crc32(text.encode()) % len(fitting)]}".format(*(name for name, _ in names))
    return made if keeps_rule(made) else ""


def _beginnings(text: str) -> Iterator[str]:
    return (text[:end].strip() for _, end in sentences_of(text))


def ballot(left: str, right: str) -> dict[str, Any]:
    """What the program says of two answers: better is the one that keeps the rule, else the one that comes to
    keep it when it is cut, else the one that can be rewritten; without any both are bad."""
    better = max(left, right, key=lambda text: (keeps_rule(text), bool(cut(text)), len(mended(text))))
    if not keeps_rule(better) and not mended(better):
        return {"choice": "both_bad"}
    choice = "left" if better is left else "right"
    return {"choice": choice, "strength": 2, "tags": ["ending", "length"], "edited": mended(better)}


def verdict(left: str, right: str) -> dict[str, Any]:
    """The rule alone: who keeps it is better; a tie where both do, both bad where none does."""
    keeps = keeps_rule(left), keeps_rule(right)
    choices = {(True, False): "left", (False, True): "right", (True, True): "tie", (False, False): "both_bad"}
    return {"choice": choices[keeps]}


def fresh_prompts(count: int) -> list[str]:
    return [f"Tell a story about a {who} {what}." for what, who in product(_WHAT, _WHO)][:count]


def voted(client: Client, round: str, pairs: int, vote: Vote) -> None:
    """Have so many pairs written, and vote on each."""
    began = time.monotonic()
    for at in range(pairs):
        pair = client.predict(round, api_name="/preference_pair")
        client.predict(pair["pair"], **vote(pair["left"], pair["right"]), api_name="/preference_vote")
        if at % 25 == 24:
            print(f"{at + 1} votes in {time.monotonic() - began:.0f} s", flush=True)


def good(rows: str) -> list[str]:
    """The rows whose preferred text keeps the rule: of two that break it the better one teaches little."""
    return [row for row in rows.splitlines() if keeps_rule(json.loads(row)["chosen"])]


def checked(client: Client, asked: str, rows: list[str]) -> dict[str, Any]:
    """What the check says of the rows without those that it would have left out."""
    found = client.predict(asked, rows="\n".join(rows), api_name="/check_dataset")
    bad = {row for one in found["findings"] for row in one["mend"].get("drop_rows", ())}
    if found["blocked"] and bad:
        return checked(client, asked, [row for number, row in enumerate(rows, 1) if number not in bad])
    return found


def trained(client: Client, rows: list[str]) -> tuple[str, dict[str, float]]:
    """The tuned model's name, and what its run has measured."""
    recipe = json.loads(RECIPE.read_text(encoding="utf-8"))
    kind, spec = recipe["kind"], recipe["spec"]
    found = checked(client, json.dumps({"task": kind, **spec}), rows)
    print(f"{found['training']} of {len(rows)} rows to train on, blocked: {found['blocked']}", flush=True)
    job = client.predict(kind, json.dumps({**spec, "dataset": found["dataset"]}), api_name="/submit_job")
    while (state := client.predict(job, api_name="/job"))["state"] in ("queued", "running", "pausing"):
        time.sleep(2)
    if state["state"] != "succeeded":
        raise SystemExit(f"The training ended as {state['state']}: {state}")
    events = client.predict(job, 0, api_name="/job_events")["events"]
    return state["artifact"], next(one["metrics"] for one in events if one["type"] == "result")


def told_of(texts: Sequence[str]) -> dict[str, Any]:
    """How a model's answers keep the rule and its parts, as shares, and the median of their words."""
    rules = {"rule": keeps_rule, "short": is_short, "happy": ends_happily}
    shares = {name: proportion(sum(map(rule, texts)), len(texts)) for name, rule in rules.items()}
    words = sorted(len(text.split()) for text in texts)[len(texts) // 2]
    return {**{name: asdict(one) for name, one in shares.items()}, "words": words}


def round_of(client: Client, **settings: Any) -> str:
    return client.predict(json.dumps(settings), api_name="/preference_round")["id"]


def pairs_of(client: Client, round: str) -> list[Pair]:
    """What the models wrote in a round, with their names."""
    pairs, _ = read(client.predict(round, "trl", True, True, api_name="/preferences_export"))
    return [one for one in pairs if one.origin == "generated"]


def texts_of(pairs: Sequence[Pair], model: str) -> list[str]:
    sides = [side for one in pairs for side in ((one.model_a, one.text_a), (one.model_b, one.text_b))]
    return [text for name, text in sides if name == model]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--fresh", type=int, default=200, help="prompts, at most 200")
    parser.add_argument("--into", default="", help="a file for the figures, as JSON")
    options = parser.parse_args()
    client = Client(options.url, verbose=False)
    common = {"model_a": MODEL, "max_new_tokens": 200, "repeat_share": 0.0}
    warm = {"model_b": MODEL, "temperature_a": WARM, "temperature_b": WARM}
    collected = round_of(client, title="Happy endings", **common, **warm)
    voted(client, collected, options.pairs, ballot)
    rows = client.predict(collected, "trl", False, False, api_name="/preferences_export")
    tuned, metrics = trained(client, good(rows))
    cool = {"model_b": tuned, "temperature_a": COOL, "temperature_b": COOL}
    fresh = {"purpose": "revote", "prompts": "own", "own_prompts": fresh_prompts(options.fresh)}
    again = round_of(client, title="Happy endings, again", **common, **cool, **fresh)
    voted(client, again, options.fresh, verdict)
    pairs = pairs_of(client, again)
    figures = {"before": told_of(texts_of(pairs, MODEL)), "after": told_of(texts_of(pairs, tuned))}
    rates = client.predict(again, api_name="/preferences_report")["win_rates"]
    won = next(one for one in rates if one["model"] == tuned)
    figures |= {"won": won, "artifact": tuned, "metrics": metrics}
    print(json.dumps(figures, indent=2))
    if options.into:
        Path(options.into).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
