"""A warm process that runs the command line in children, one for each line that it is told: paths and bounds.

What it answers for each: how the child ended, the CPU seconds and the memory that it took, and what it printed.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import cybercoop
import cybercoop.graph
from cybercoop.interfaces.cli import main

_HANGS = 100


def status(word: str) -> int:
    """Bytes of memory of this process, as the system counts them under a word."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(word + ":"))
    return int(line.split()[1]) * 1024


def child(arguments: list[str], seconds: int, memory: int, out: int) -> None:
    """Run the command line within bounds, both of its streams into a file."""
    os.dup2(out, 1)
    os.dup2(out, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    bound = status("VmSize") + memory
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    signal.alarm(_HANGS)
    sys.argv = ["cybercoop", *arguments]
    code = 70
    try:
        if arguments[0] == "--exec":
            exec(arguments[1])
        main()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 70
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve() -> None:
    """Answer line by line."""
    graph = cybercoop.open()
    cybercoop.graph.open = lambda *_, **__: graph
    paths = sys.argv[1:]  # read here, so that each child finds modules, shapes and footprint as they are
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        for path in paths:
            for form in ("text", "json"):
                sys.argv = ["cybercoop", "validate", "--no-cache", "--format", form, path]
                with suppress(SystemExit):
                    main()
    home = status("VmRSS")
    for line in sys.stdin:
        job = json.loads(line)
        with tempfile.TemporaryFile() as out:
            number = os.fork()
            if number == 0:
                child(job["arguments"], job["seconds"], job["memory"], out.fileno())
            _, ended, used = os.wait4(number, 0)
            out.seek(0)
            answer = {
                "code": os.waitstatus_to_exitcode(ended),
                "seconds": used.ru_utime + used.ru_stime,
                "memory": max(used.ru_maxrss * 1024 - home, 0),
                "printed": out.read().decode(errors="replace"),
            }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve()
