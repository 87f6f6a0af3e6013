"""A pretraining run as a script of plain torch and transformers, for a visitor to take away.

Only text is made here, part by part in :mod:`app.pretrain_script`.
"""

from app.pretrain_script.data import batches_code, texts_code, tokenizer_code
from app.pretrain_script.learning import optimizer_code, schedule_code
from app.pretrain_script.model import imports_of, model_code
from app.pretrain_script.objective import loss_code
from app.pretrain_script.running import ending_code, loop_code
from pipelines.training.specs import PretrainSpec

_HEAD = '''\
"""{title}  pip install torch transformers accelerate

The settings are those of the run; the random order of the text is the script's own, so losses agree in their
course and not digit by digit. Left out: checkpoints to resume from, samples on the way, torch.compile.
"""
'''


def pretrain_code(spec: PretrainSpec) -> str:
    """A script that trains the same model in the same way on the documents of ``corpus.txt`` and, where there
    is a second corpus, of ``second.txt``."""
    title = "Train a language model on." if spec.start_from else "Pretrain a language model from scratch."
    parts = (
        _HEAD.format(title=title) + imports_of(spec),
        texts_code(spec),
        tokenizer_code(spec),
        batches_code(spec),
        model_code(spec),
        loss_code(spec),
        optimizer_code(spec),
        schedule_code(spec),
        loop_code(spec),
        ending_code(spec),
    )
    return "\n".join(parts)
