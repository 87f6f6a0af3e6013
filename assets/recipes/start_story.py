"""Write ``assets/samples/start_story.jsonl``: the story that the *Start* tab shows before one is asked for.

    python -m assets.recipes.start_story [SEED]

It is the log of a real run, by the request and the worker that answer a visitor. The seed was chosen among
the first eight for a story that holds together.
"""

import sys
import tempfile
from pathlib import Path

from app.decoding.moment import follow
from app.start.story import KEPT, StoryLog, story_request
from pipelines.core.settings import Settings
from pipelines.runtime.client import RuntimeClient

PROMPT, SEED = "Once upon a time, a little robot", 5


def written(runtime: RuntimeClient, seed: int) -> str:
    request, mark = story_request({"prompt": PROMPT, "seed": seed, "after": [], "mark": "kept"})
    log = StoryLog(request, mark)
    return [log.after(moment) for moment in follow(request, runtime.stream(request))][-1]


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), device="cpu")
        settings.make_folders()
        runtime = RuntimeClient(settings)
        try:
            written(runtime, SEED)  # the first one waits for the model
            KEPT.write_text(
                written(runtime, int(sys.argv[1]) if sys.argv[1:] else SEED) + "\n", encoding="utf-8"
            )
        finally:
            runtime.close()


if __name__ == "__main__":
    main()
