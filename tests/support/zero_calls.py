"""Calls on a borrowed GPU, made in a process of their own, which becomes a ZeroGPU Space for good:
``python -m tests.support.zero_calls <model folder>`` prints what came of them as JSON.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from tests.support.zero_gpu import DeviceApi, without_cuda


def main(folder: str) -> dict[str, Any]:
    api = DeviceApi()
    os.environ.update(api.environment())
    without_cuda()
    from pipelines.core.settings import Settings
    from pipelines.runtime.zero import inference

    calls = Calls(api, inference(Settings()), f"path:{folder}")
    found = {name: getattr(calls, name)() for name in CALLS}
    return {"settings": Settings().device, **found}


CALLS = ("twice", "refused_there", "closed", "killed", "steps", "no_quota")


class Calls:
    """Each method is one story and returns what a test looks at."""

    def __init__(self, api: DeviceApi, runtime: Any, model: str):
        from pipelines.generation.requests import GenerateRequest
        from pipelines.generation.specs import DecodingSpec

        self.api, self.runtime, self.model = api, runtime, model
        self.long = GenerateRequest(model, "Once", DecodingSpec(max_new_tokens=400))
        self.short = GenerateRequest(model, "Once", DecodingSpec(max_new_tokens=4))

    def twice(self) -> dict[str, Any]:
        """The same request again: of the same copy, while it lives."""
        first, again = (self._texts(self.short) for _ in range(2))
        here = self.runtime._lent.__wrapped__.__self__._engine is None
        ours = os.getpid() in self.api.pids
        return {"first": first, "again": again, "copies": len(self.api.pids), "none_here": here, "ours": ours}

    def refused_there(self) -> str:
        """By the handler, in the copy."""
        from pipelines.generation.fill_mask_requests import FillMaskRequest

        return self._fault(lambda: self.runtime.call(FillMaskRequest(self.model, "A <|mask|>.")))

    def closed(self) -> dict[str, Any]:
        """A stream that nobody reads to its end gives its GPU back, and the copy goes on."""
        before = self.api.released
        stream = self.runtime.stream(self.long)
        begun = [type(next(stream)).__name__ for _ in range(3)]
        stream.close()
        after = self._texts(self.short)
        return {"begun": begun, "released": self.api.released - before, "after": after}

    def killed(self) -> dict[str, Any]:
        """As a GPU is taken back when its time is over."""
        stream = self.runtime.stream(self.long)
        for _ in range(3):
            next(stream)
        os.kill(self.api.pids[-1], signal.SIGKILL)
        fault = self._fault(lambda: list(stream))
        return {"fault": fault, "after": self._texts(self.short), "copies": len(self.api.pids)}

    def steps(self) -> dict[str, Any]:
        """A step of a run is shown, also by a copy that has not made the run."""
        from pipelines.generation.comparing import DecodeRequest, StepRequest
        from pipelines.generation.strategy import strategy

        drawn = strategy("temperature")
        run = DecodeRequest(self.model, "Once", (drawn,), max_new_tokens=5, seed=3, run="a run", trace=2)
        asked = StepRequest(self.model, "a run", column=0, sample=0, position=2, strategy=drawn)
        self.runtime.call(run)
        (seen,) = self.runtime.call(asked)
        self.api.idle = False
        anew = [e for e in self.runtime.call(asked) if type(e) is type(seen)]
        lost = StepRequest(self.model, "no run", column=0, sample=0, position=2, strategy=drawn)
        fault = self._fault(lambda: self.runtime.call(lost))
        first, *again = [(one.chosen, one.now, one.stages.probs.tolist()) for one in (seen, *anew)]
        return {"first": first, "again": again, "lost": fault}

    def no_quota(self) -> str:
        self.api.wait = 3600
        return self._fault(lambda: self.runtime.call(self.short))

    def _texts(self, request: Any) -> list[str]:
        return [getattr(event, "text", type(event).__name__) for event in self.runtime.call(request)]

    def _fault(self, call: Callable[[], Any]) -> str:
        try:
            call()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
