"""The command line: one file per command, and the plainest question without any of them."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import NoReturn

from cybercoop.interfaces.cli.plain import answered
from cybercoop.problems.problem import LANGUAGES, Notice, Refusal, in_language


def spoken(args: list[str]) -> str:
    """Return the language that a command line asks for, even where the rest of it is wrong."""
    joined = " ".join(args).replace("--lang=", "--lang ").split()
    asked = joined[joined.index("--lang") + 1 :][:1] if "--lang" in joined else [os.environ.get("CYBERCOOP_LANG", "")]
    return asked[0] if asked and asked[0] in LANGUAGES else "en"


def main() -> NoReturn:
    """Run the command line; results on stdout, everything else on stderr; 0 fine, 1 problems found, 2 wrong use."""
    import warnings

    def shown(message: Warning | str, *_: object, **__: object) -> None:
        told = in_language(message.texts, spoken(sys.argv)) if isinstance(message, Notice) else message
        print(told, file=sys.stderr)

    if sys.argv[1:2] != ["mcp"]:  # a process that ends with its answer leaves nothing to collect
        gc.disable()
        atexit.register(gc.freeze)
    warnings.showwarning = shown
    try:
        if not answered(sys.argv[1:]):
            from cybercoop.interfaces.cli.app import app

            app(standalone_mode=True)
    except Refusal as refusal:
        from cybercoop.judge.reports.text import said

        print(said(refusal.problem, spoken(sys.argv), refusal.line), file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)
