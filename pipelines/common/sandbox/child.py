"""The confined process: limits itself, then runs what stands on its input. Started by :mod:`run`, as a script
of its own, with no packages and no environment. Standard library only.

Its arguments are the bytes of memory, the seconds of computing, and whether to confine itself (``inside``) or
to trust in what surrounds it (``around``). Where it cannot confine itself it runs nothing, and says why.
"""

import os
import resource
import sys
import sysconfig
from importlib import import_module


def main() -> None:
    memory, seconds, how = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    code = sys.stdin.buffer.read().decode("utf-8", "replace")
    sys.argv = [""]
    _limit(memory, seconds)
    if how == "inside":
        _confine()
    exec(compile(code, "<code>", "exec"), {"__name__": "__main__", "__builtins__": __builtins__})


def _limit(memory: int, seconds: int) -> None:
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    for name, most in limits.items():
        resource.setrlimit(name, (most, most))


def _confine() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    try:
        landlock, seccomp = import_module("landlock"), import_module("seccomp")  # they lie beside this file
        landlock.see_only({*_libraries()})
        seccomp.refuse()
    except OSError as error:
        print(error, file=sys.stderr)
        sys.stderr.flush()
        os._exit(1)
    finally:
        sys.path.remove(here)


def _libraries() -> list[str]:
    """Python's own modules and the shared libraries that they load."""
    own = sysconfig.get_paths()
    return [
        own["stdlib"],
        own["platstdlib"],
        f"{sys.base_prefix}/lib",
        "/lib",
        "/lib64",
        "/usr/lib",
        "/usr/lib64",
    ]


if __name__ == "__main__":
    main()
