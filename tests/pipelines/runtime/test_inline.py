import subprocess
import sys

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from pipelines.core.errors import NotFoundError
from pipelines.generation.requests import Finished, GenerateRequest, Token
from pipelines.generation.specs import DecodingSpec
from pipelines.runtime.inline import InlineRuntime
from pipelines.runtime.messages import Loading, PreloadRequest, UnloadRequest
from tests.support.adapters import save_adapter, wrap


@pytest.fixture
def runtime(settings):
    made = InlineRuntime(settings.model_copy(update={"threads": 1}))
    yield made
    made.close()


def test_answers_as_the_worker_does(runtime, tiny_llama):
    model = f"path:{tiny_llama}"
    request = GenerateRequest(model, "Once", DecodingSpec(max_new_tokens=4))
    assert runtime.call(PreloadRequest(model)) == [Loading(model)]
    assert runtime.loaded() == (model,)
    events = runtime.call(request)
    assert isinstance(events[-1], Finished)
    assert events[1:-1] == runtime.call(request)[1:-1]
    assert "".join(event.text for event in events if isinstance(event, Token)) == events[-1].text
    with pytest.raises(NotFoundError):
        runtime.call(PreloadRequest("house/nope"))
    runtime.call(UnloadRequest())
    assert runtime.loaded() == ()


def test_an_adapter_writes_as_its_base_with_it(runtime, tiny_llama, tmp_path):
    wrapped = wrap(AutoModelForCausalLM.from_pretrained(tiny_llama), task_type="CAUSAL_LM")
    name, base = f"path:{tmp_path / 'a'}", f"path:{tiny_llama}"
    save_adapter(wrapped, tmp_path / "a", base)
    spec = DecodingSpec(max_new_tokens=6, temperature=0, repetition_penalty=1)
    ids = AutoTokenizer.from_pretrained(tiny_llama)("Once", return_tensors="pt").input_ids
    made = wrapped.generate(input_ids=ids, max_new_tokens=6, do_sample=False)[0, ids.shape[1] :].tolist()
    told = [e for e in runtime.call(GenerateRequest(name, "Once", spec)) if isinstance(e, Token)]
    assert [token.token_id for token in told] == made[: len(told)] and told
    assert runtime.loaded() == (name,)  # the base is not held beside it


def test_a_closed_stream_is_cancelled(runtime, tiny_llama):
    stream = runtime.stream(GenerateRequest(f"path:{tiny_llama}", "Once", DecodingSpec(max_new_tokens=40)))
    next(stream), next(stream)
    stream.close()
    assert runtime.call(UnloadRequest()) == []


def test_the_page_s_side_imports_no_torch():
    modules = "pipelines.runtime.inline, pipelines.runtime.client"
    code = f"import sys, {modules}; assert not {{'torch', 'transformers'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
