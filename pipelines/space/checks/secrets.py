"""No token, password or private key in any file: what is uploaded is read by everybody."""

import re
from collections.abc import Iterator

from pipelines.space.tree import Tree

# How each issuer's tokens begin, with as many characters after that as real ones have. A pattern begins with
# plain letters, which are found fast in megabytes of weights.
_KINDS = {
    "a Hugging Face token": (rb"hf_[A-Za-z0-9]{30,}", rb"api_org_[A-Za-z0-9]{30,}"),
    "an OpenAI or Anthropic key": (rb"sk-[A-Za-z0-9_-]{24,}",),
    "a GitHub token": (rb"gh[pousr]_[A-Za-z0-9]{36}", rb"github_pat_[A-Za-z0-9_]{40,}"),
    "a GitLab token": (rb"glpat-[A-Za-z0-9_-]{20}",),
    "an AWS key": (rb"AKIA[0-9A-Z]{16}", rb"ASIA[0-9A-Z]{16}"),
    "a Google key": (rb"AIza[0-9A-Za-z_-]{35}",),
    "a Slack token": (rb"xox[abprs]-[0-9A-Za-z-]{20,}",),
    "a package index token": (rb"pypi-[A-Za-z0-9_-]{50,}",),
    "a private key": (rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----",),
    "a password in an address": (rb"://[\w.%-]+:(?!password@|secret@)[^\s/@'\"{}<>$]{3,}@",),
}
_PATTERNS = [(kind, re.compile(pattern)) for kind, patterns in _KINDS.items() for pattern in patterns]
_BEGINS = re.compile(rb"(?<!\w)|(?!\w)")


def tokens(tree: Tree) -> Iterator[str]:
    """Where one stands and whose it is; never the token itself."""
    for name in tree.files:
        content = b"" if (tree.root / name).is_symlink() else (tree.root / name).read_bytes()
        for kind, line in _found(content):
            yield f"{name}, line {line}, holds {kind}. Take it out, and revoke it where it was made."


def _found(content: bytes) -> Iterator[tuple[str, int]]:
    """Kind and line of each. What begins inside a word is none: ``risk-`` is no ``sk-``."""
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(content):
            if _BEGINS.match(content, match.start()):
                yield kind, content.count(b"\n", 0, match.start()) + 1
