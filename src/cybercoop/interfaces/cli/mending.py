"""What `cybercoop validate` does beyond judging: mend what is certain, and write what is fine where it belongs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cybercoop.judge.reports.text import said
from cybercoop.problems.problem import refuse, sentence

if TYPE_CHECKING:
    from cybercoop.graph import Graph


def mend(graph: Graph, paths: list[str], engine: str | None, lang: str, *, write: bool) -> None:
    """Write the mends into the files and go on; or show them as a diff and leave."""
    from cybercoop.workspace.files import write_files

    mended = graph.mend(*(paths or [str(graph.workspace.root / "data")]), engine=engine)
    if not write:
        print(mended.diff(), end="")
        print(sentence("could-mend", lang, count=mended.count, files=len(mended.changed)), file=sys.stderr)
        sys.exit(0 if mended.report.conforms else 1)
    write_files(mended.contents())
    print(sentence("mended", lang, count=mended.count, files=len(mended.changed)), file=sys.stderr)


def accept(graph: Graph, paths: list[str], engine: str | None, lang: str, into: Path) -> None:
    """Write the good records below a folder, say why the others are not among them, and leave."""
    if not paths:
        raise refuse("accept-nothing", value=str(into))
    verdict = graph.accept(*paths, into=into, engine=engine)
    told = [*verdict.report.problems, *(found for entry in verdict.refused for found in entry.problems)]
    for text in dict.fromkeys(said(found, lang, graph.workspace.line(found.where)) for found in told):
        print(text + "\n")
    verdict.write()
    counts = {"accepted": len(verdict.accepted), "refused": len(verdict.refused), "files": len(verdict.contents)}
    print(sentence("accepted", lang, folder=into, **counts))
    sys.exit(1 if verdict.refused or not verdict.report.conforms else 0)
