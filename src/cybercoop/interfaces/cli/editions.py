"""Commands for a graph over time: what changed from one to another."""

from __future__ import annotations

import sys

from cybercoop.interfaces.cli.commands import LANG, NEEDED, OUT, Given, Option, command
from cybercoop.interfaces.cli.pager import put
from cybercoop.judge.reports.changes import FORMATS, written

_SIDES = "now, the folder of a graph, a folder of records, an RDF file or a revision of git."


@command(
    Option("BEFORE", _SIDES, NEEDED),
    Option("[AFTER]", "The same.", "now"),
    Option("--format TEXT", ", ".join(FORMATS) + ".", "text", choices=FORMATS),
    Option("--max NUMBER", "Tell of no more things than this for each kind of change.", take=int, least=1),
    OUT,
    LANG,
)
def compare(given: Given) -> None:
    """Say in words what was added, withdrawn and changed from one graph to another, by thing and source.

    Exit code, as of diff: 0: both say the same; 1: they differ; 2: wrong use.

    Examples:
      cybercoop compare HEAD~1
      cybercoop compare cybercoop-before.nq cybercoop.nq --format patch

    """
    from cybercoop.problems.problem import one_of
    from cybercoop.workspace.files import apart

    one_of(given.format, FORMATS)
    if given.out is not None:
        apart([given.out], given.graph.workspace.inputs())
    found = given.graph.compare(given.before, given.after)
    put(written(found, given.format, given.max), given.out)
    sys.exit(0 if found.same else 1)
