"""Commands that show the graph as pages: served, or as a folder."""

from __future__ import annotations

import sys

from cybercoop.interfaces.cli.commands import LANG, NEEDED, Given, Option, a_folder, command
from cybercoop.problems.problem import one_of, refuse, sentence


@command(
    Option("--host ADDRESS", "The address of this machine to serve at; 0.0.0.0 for all.", "127.0.0.1"),
    Option("--port NUMBER", "The port; 0 takes any that is free.", 8000, take=int, least=0),
    Option("--workers NUMBER", "How many processes answer.", 1, take=int, least=1),
    Option("--query-seconds NUMBER", "How long a query in SPARQL may take.", 15.0, float, 0.01),
    Option("--base URL", "The address that the world knows the pages by, behind a proxy.", ""),
    LANG,
)
def serve(given: Given) -> None:
    """Serve the graph as pages in English, French and Arabic, until Ctrl-C.

    Needs the extra web: pip install cybercoop[web]. Nothing is written but pages that are kept beside the store, and no
    other site is called.

    Example: cybercoop serve --port 8080
    """
    try:
        from cybercoop.interfaces.web.serve import serve as serving
    except ImportError:
        raise refuse("extra-missing", value="web") from None

    def say(address: str) -> None:
        print(sentence("serving", given.lang, address=address), flush=True)

    serving(given.host, given.port, given.workers, given.base, given.query_seconds, say)


@command(
    Option(
        "WHAT",
        "build: write the pages into a folder.",
        NEEDED,
        take=lambda text: one_of(text, ("build",)),
        choices=("build",),
    ),
    Option("-o, --out FOLDER", "The folder to write into.", NEEDED, take=a_folder),
    LANG,
)
def site(given: Given) -> None:
    """Write the pages into a folder, for any host, or to be opened without one; search works there, too.

    Needs the extra web: pip install cybercoop[web]. Where scripts/browser has built the npm part, queries in SPARQL are
    answered in the reader's own browser.

    Example: cybercoop site build -o build/site
    """
    try:
        from cybercoop.interfaces.web.folder import build
    except ImportError:
        raise refuse("extra-missing", value="web") from None
    count = build(given.graph, given.out)
    print(sentence("site-built", given.lang, folder=given.out, count=count), file=sys.stderr)
