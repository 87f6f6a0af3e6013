"""Milliseconds from a request to its first token, through the real client and worker. Claim: under 500.

The model has the house's size and is in memory; the time includes the way there and back. A second figure
is taken while another request generates.

    python -m benchmarks.first_token [model folder] [--requests 20]
"""

import argparse
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.house_size import PROMPT, save_house_size
from pipelines.core.settings import Settings
from pipelines.generation.requests import GenerateRequest, Token
from pipelines.generation.specs import DecodingSpec
from pipelines.runtime.client import RuntimeClient
from pipelines.runtime.messages import PreloadRequest


def first_token(client: RuntimeClient, model: str) -> float:
    """Milliseconds until the first token; the rest is cancelled."""
    started = time.perf_counter()
    with closing(client.stream(GenerateRequest(model, PROMPT, DecodingSpec(max_new_tokens=20)))) as stream:
        next(event for event in stream if isinstance(event, Token))
        return 1000 * (time.perf_counter() - started)


def report(what: str, times: list[float]) -> None:
    print(f"{what}: median {statistics.median(times):.0f} ms, slowest {max(times):.0f} ms of {len(times)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", help="a model folder; left out: random weights of house size")
    parser.add_argument("--requests", type=int, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(args.model) if args.model else save_house_size(Path(scratch) / "model")
        model = f"path:{folder.resolve()}"
        with closing(RuntimeClient(Settings(home=Path(scratch) / "home"))) as client:
            client.call(PreloadRequest(model))
            report("alone", [first_token(client, model) for _ in range(args.requests)])
            spec = DecodingSpec(max_new_tokens=900)
            with closing(client.stream(GenerateRequest(model, PROMPT, spec))) as busy:
                next(event for event in busy if isinstance(event, Token))
                report("beside another", [first_token(client, model) for _ in range(args.requests)])


if __name__ == "__main__":
    main()
