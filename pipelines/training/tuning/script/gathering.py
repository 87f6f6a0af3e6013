"""What a script must know of a run beside its spec: from the files of its base and of its job. No torch."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipelines.core.errors import ConflictError
from pipelines.core.files import read_json
from pipelines.jobs.job_dir import JobDir
from pipelines.models.adapters import Place
from pipelines.models.catalogue import Catalogue
from pipelines.models.elsewhere import place_of, what_it_is
from pipelines.models.hub import on_disk
from pipelines.models.names import Source as Kind
from pipelines.models.names import parse
from pipelines.training.tuning.chat_template import HOUSE
from pipelines.training.tuning.script.facts import Facts, Source
from pipelines.training.tuning.specs import EncoderSpec, SftSpec

_LIBRARIES = (
    "accelerate", "bitsandbytes", "datasets", "jinja2", "numpy", "peft", "scikit-learn", "seqeval", "torch",
    "transformers", "trl",
)  # fmt: skip


def facts_of(spec: SftSpec | EncoderSpec, job: JobDir, catalogue: Catalogue) -> Facts:
    """Raises :class:`GlassworksError` for a base that is not here and whose chat template must be known."""
    place = _place(spec.base, catalogue)
    line = list(reversed([*place.line()])) if place else []
    names = [at.name for at in line] or [spec.base]
    plan = _last(job, "plan")
    config = read_json(place.config / "config.json", {}) if place else {}
    return Facts(
        base=source_of(names[0]),
        adapters=tuple(map(source_of, names[1:])),
        start=source_of(spec.start_adapter) if spec.start_adapter else None,
        template=_template(spec, place),
        model_type=str(config.get("model_type", "")),
        steps=int(plan.get("total_steps", 0)),
        tokens=int(plan.get("tokens", 0)),
        precision=str(plan.get("precision", "")),
        ended=_ended(spec, job, plan),
        versions=_versions(job),
        job_id=job.path.name,
    )


def source_of(name: str) -> Source:
    """How a script asks for a model that goes by this name here."""
    parsed = parse(name)
    return Source(place_of(parsed), what_it_is(parsed))


def template_in(folder: Path) -> str:
    """The chat template of a tokenizer's folder, where transformers finds it; empty where it has none."""
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    config = read_json(folder / "tokenizer_config.json", {})
    told = config.get("chat_template") if isinstance(config, dict) else None
    if isinstance(told, list):  # several, by name
        told = next((one.get("template") for one in told if one.get("name") == "default"), None)
    return told if isinstance(told, str) else ""


def _place(name: str, catalogue: Catalogue) -> Place | None:
    """None for a model of the Hub that is not here: nothing is fetched for a script."""
    parsed = parse(name)
    return None if parsed.source is Kind.HUB and not on_disk(parsed.rest) else catalogue.place(name)


def _template(spec: SftSpec | EncoderSpec, place: Place | None) -> str:
    if not hasattr(spec, "chat_template") or spec.task == "continue":
        return ""
    if spec.chat_template == "house":
        return HOUSE
    if place is None:
        raise ConflictError(
            f"{spec.base} is not on this machine yet, so its chat template is not known. Start the run, "
            "which fetches it, then export the script."
        )
    return template_in(place.tokenizer)


def _last(job: JobDir, kind: str) -> dict[str, Any]:
    found, cursor = {}, 0
    while True:
        events, after = job.read_events(cursor)
        found = next((event for event in reversed(events) if event.get("type") == kind), found)
        if after == cursor:
            return found
        cursor = after


def _ended(spec: SftSpec | EncoderSpec, job: JobDir, plan: dict[str, Any]) -> int:
    """The step at which a visitor ended the run; 0 where it was not, and where patience may have done it."""
    metrics = _last(job, "result").get("metrics") or {}
    steps = int(metrics.get("steps", 0))
    return steps if not spec.patience and 0 < steps < int(plan.get("total_steps", 0)) else 0


def _versions(job: JobDir) -> dict[str, str]:
    """Those that the run has written down, of the others those that are installed; as PyPI has them."""
    told = read_json(job.artifact / "glassworks.json", {}).get("versions") or {}
    here = {name: found for name in _LIBRARIES if (found := _installed(name))}
    return {name: str(found).partition("+")[0] for name, found in (here | told).items()}


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
