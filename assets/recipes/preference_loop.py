"""The whole loop of preferences through a running app's endpoints, with a program in people's place:

    python -m assets.recipes.preference_loop http://127.0.0.1:7860 [--pairs 200] [--fresh 200] [--rate 2e-4]

It opens a round, has ``house/story-instruct`` answer prompts of the bundled set twice, and votes by a rule
that a program can check: a happy ending, and at most 60 words. Of an answer that is longer, the longest
beginning that keeps the rule is the edited text, better than both. What was collected trains a DPO adapter
(``/submit_job``); then base and tuned answer fresh prompts, blind, and the rule votes again. Prints how often
each keeps the rule, with Wilson intervals, the win rate, and the perplexity that the run has measured.
"""

import argparse
import json
import re
import time
from collections.abc import Sequence
from itertools import product
from typing import Any

from gradio_client import Client

from pipelines.common.proportions import proportion
from pipelines.common.sentences import sentences_of
from pipelines.preferences.formats import read
from pipelines.preferences.records import Pair

MODEL = "house/story-instruct"
MOST_WORDS, LEAST_WORDS = 60, 30
_HAPPY = re.compile(
    r"\b(happy|happily|happier|happiest|smil\w+|laugh\w*|glad|joy\w*|hugg?\w*|proud|love[ds]?|cheer\w*|fun|"
    r"friends?|together|safe|wonderful|delight\w*|thank\w*)\b",
    re.IGNORECASE,
)
_SAD = re.compile(
    r"\b(sad\w*|cr(?:y|ied|ying)|angry|scared|afraid|hurt\w*|alone|never|not|n't|mad|died?)\b", re.I
)
_ENDED = re.compile(r"[.!?][\"”']?$")
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
    """The longest beginning of whole sentences that keeps the rule and is a story still; empty where the text
    keeps it already, or has none."""
    if keeps_rule(text):
        return ""
    for _, end in reversed(sentences_of(text)):
        begun = text[:end].strip()
        if keeps_rule(begun) and len(begun.split()) >= LEAST_WORDS:
            return begun
    return ""


def ballot(left: str, right: str) -> dict[str, Any]:
    """What the program says of two answers: the one that keeps the rule is better, else the one with the
    longer beginning that does, which it makes the better text; without any both are bad."""
    better = max(left, right, key=lambda text: (keeps_rule(text), len(mended(text))))
    if not keeps_rule(better) and not mended(better):
        return {"choice": "both_bad"}
    choice = "left" if better is left else "right"
    return {"choice": choice, "strength": 2, "tags": ["ending", "length"], "edited": mended(better)}


def fresh_prompts(count: int) -> list[str]:
    return [f"Tell a story about a {who} {what}." for what, who in product(_WHAT, _WHO)][:count]


def voted(client: Client, round: str, pairs: int) -> None:
    """Have so many pairs written, and vote on each."""
    began = time.monotonic()
    for at in range(pairs):
        pair = client.predict(round, api_name="/preference_pair")
        client.predict(pair["pair"], **ballot(pair["left"], pair["right"]), api_name="/preference_vote")
        if at % 25 == 24:
            print(f"{at + 1} votes in {time.monotonic() - began:.0f} s", flush=True)


def trained(client: Client, rows: str, options: argparse.Namespace) -> tuple[str, dict[str, float]]:
    """The tuned model's name, and the perplexity before and after."""
    spec = {
        "base": MODEL, "name": "happy endings", "beta": options.beta, "loss_type": options.loss,
        "learning_rate": options.rate, "max_steps": options.steps, "batch_size": 8, "lora_r": 4,
        "lora_alpha": 8.0, "max_length": 256, "eval_every": 25,
    }  # fmt: skip
    asked = json.dumps({"task": "dpo", **spec})
    checked = client.predict(asked, rows=rows, api_name="/check_dataset")
    print(f"{checked['training']} rows to train on, blocked: {checked['blocked']}")
    spec["dataset"] = checked["dataset"]
    began, job = time.monotonic(), client.predict("dpo", json.dumps(spec), api_name="/submit_job")
    while (state := client.predict(job, api_name="/job"))["state"] in ("queued", "running", "pausing"):
        time.sleep(2)
    if state["state"] != "succeeded":
        raise SystemExit(f"The training ended as {state['state']}: {state}")
    print(f"trained in {time.monotonic() - began:.0f} s: {state['artifact']}")
    events = client.predict(job, 0, api_name="/job_events")["events"]
    return state["artifact"], {"events": events}


def report(name: str, texts: Sequence[str]) -> None:
    share = proportion(sum(map(keeps_rule, texts)), len(texts))
    short, happy = (100 * sum(map(rule, texts)) / len(texts) for rule in (is_short, ends_happily))
    words = sorted(len(text.split()) for text in texts)[len(texts) // 2]
    kept = f"{100 * share.share:.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f}) of {len(texts)}"
    print(f"{name}: keeps the rule {kept}; short {short:.0f} %, happy {happy:.0f} %, median {words} words")


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
    parser.add_argument("--fresh", type=int, default=200)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--beta", type=float, default=0.1)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--loss", default="sigmoid")
    parser.add_argument("--round", default="", help="a round that was collected before")
    options = parser.parse_args()
    client = Client(options.url, verbose=False)
    settings = {"model_a": MODEL, "model_b": MODEL, "max_new_tokens": 200, "repeat_share": 0.0}
    collected = options.round or round_of(client, title="Happy endings", **settings)
    if not options.round:
        voted(client, collected, options.pairs)
    print(f"round {collected}")
    rows = client.predict(collected, "trl", False, False, api_name="/preferences_export")
    tuned, told = trained(client, rows, options)
    for event in told["events"]:
        if event["type"] in ("forgetting", "measured", "eval"):
            print(json.dumps(event)[:300])
    again = {**settings, "model_b": tuned, "purpose": "revote", "prompts": "own"}
    revoted = round_of(
        client, title="Happy endings, again", own_prompts=fresh_prompts(options.fresh), **again
    )
    voted(client, revoted, options.fresh)
    found = pairs_of(client, revoted)
    for model in (MODEL, tuned):
        report(model, texts_of(found, model))
    ratings = client.predict(revoted, api_name="/preferences_report")["ratings"]
    print(json.dumps(ratings)[:600])


if __name__ == "__main__":
    main()
