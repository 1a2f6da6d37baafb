"""Notebooks: `%load_ext cybercoop`, then `%cybercoop QUESTION --parameter value`, or `%%cybercoop` above a query."""

from __future__ import annotations

import itertools
import os
import shlex
from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from cybercoop.ask.answer import Answer
from cybercoop.ask.catalogue import listed
from cybercoop.ask.explanation import Explanation
from cybercoop.ask.parameters import given_options
from cybercoop.documents import html
from cybercoop.engines.remote.endpoint import Endpoint
from cybercoop.graph import Graph
from cybercoop.judge.reports.people import said
from cybercoop.problems.problem import Refusal, known_language, refuse
from cybercoop.sparql.limits import DEFAULT, Limits
from cybercoop.workspace.workspace import Workspace

_FLAGS = {"with-sources"}
_COMMANDS = {"explain": "property", "search": "kind"}
"""Words that are no question, and the option that each takes."""

_LIMITS = list(Limits._fields)


class Said:
    """A refusal as a notebook shows it: in words, not as a traceback."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return html.preformatted(self.text)


@magics_class
class Cybercoop(Magics):
    """The magic `cybercoop`."""

    @no_var_expand
    @line_cell_magic
    def cybercoop(self, line: str, cell: str | None = None) -> Answer | Explanation | Said | None:
        """Ask a question of the catalogue, or the SPARQL query in the cell; a bare line lists the questions.

        `explain THING` tells who says what of a thing (`--property` one property of it), `search WORDS` finds things by
        their names (`--kind` those of one class).
        `--lang fr` is the language, `--with-sources` adds what each row rests on, `--as NAME` keeps the answer;
        `--endpoint URL` asks the server there, `--limit-rows` and the like limit a query. A parameter `$name` is the
        value of that variable of the notebook. CYBERCOOP_LANG and CYBERCOOP_ENDPOINT hold here too.
        """
        lang = "en"
        try:
            name, given = self.read(line)
            lang = known_language(_last(given.pop("lang", [os.environ.get("CYBERCOOP_LANG", lang)])))
            kept = _last(given.pop("as", [""]))
            url = _last(given.pop("endpoint", [os.environ.get("CYBERCOOP_ENDPOINT", "")]))
            graph = Graph(Workspace.find(), lang, Endpoint(url) if url else None)
            limits = _limits(given)
            answer = (
                self.answer(graph, name, given, limits)
                if cell is None
                else self.asked(graph, cell, name, given, limits)
            )
        except Refusal as refusal:
            return Said(said(refusal.problem, lang, refusal.line))
        if kept and answer is not None:
            self.variables[kept] = answer
        return answer

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the notebook."""
        found: dict[str, Any] = self.shell.user_ns if self.shell else {}
        return found

    def read(self, line: str) -> tuple[str, dict[str, list[Any]]]:
        """Return the question and the options of a line."""
        try:
            parts = shlex.split(line)
        except ValueError as error:
            raise refuse("unknown-parameter", value=str(error), known="--NAME VALUE") from None
        name = parts.pop(0) if parts and not parts[0].startswith("--") else ""
        if name in _COMMANDS:
            words = list(itertools.takewhile(lambda part: not part.startswith("--"), parts))
            del parts[: len(words)]
            name = " ".join([name, *map(str, self.values(words))])
        flags = [part for part in parts if part.removeprefix("--") in _FLAGS]
        given = given_options([part for part in parts if part not in flags])
        return name, {**given, **{flag.removeprefix("--"): [flag] for flag in flags}}

    def asked(self, graph: Graph, cell: str, name: str, given: dict[str, list[Any]], limits: Limits) -> Answer:
        """Return the answer to the query in a cell."""
        if name or given:
            known = " ".join(["--lang", "--as", "--endpoint", *(f"--limit-{part}" for part in _LIMITS)])
            raise refuse("unknown-parameter", value=name or next(iter(given)), known=known)
        return graph.sparql(cell.rstrip(), limits)

    def answer(
        self, graph: Graph, name: str, given: dict[str, list[Any]], limits: Limits
    ) -> Answer | Explanation | None:
        """Return the answer to a question; where none is named, print the catalogue.

        The words `explain` and `search` before others do what the commands of that name do.
        """
        command, _, words = name.partition(" ")
        if command in _COMMANDS:
            option = _last(given.pop(_COMMANDS[command], [None]))
            if given or not words:
                raise refuse("unknown-parameter", value=next(iter(given), name), known=f"--{_COMMANDS[command]}")
            return graph.explain(words, option) if command == "explain" else graph.search(words, option)
        if not name:
            print(listed(graph.questions.values(), graph.lang, _last(given.get("search", [""]))), end="")
            return None
        cites = bool(given.pop("with-sources", []))
        values = {key: self.values(texts) for key, texts in given.items()}
        return graph.query(name, with_sources=cites, limits=limits, **values)

    def values(self, texts: list[str]) -> list[Any]:
        """Return what is given to a parameter, with `$name` as the variable of that name holds it."""
        found: list[Any] = []
        for text in texts:
            value = self.variables.get(text[1:], text) if text.startswith("$") else text
            found += value if isinstance(value, (list, tuple)) else [value]
        return found


def _limits(given: dict[str, list[Any]]) -> Limits:
    """Return the limits that are given, and take them from what is."""
    asked = {part: _number(part, given.pop(f"limit-{part}")) for part in _LIMITS if f"limit-{part}" in given}
    return DEFAULT._replace(**asked)


def _number(name: str, texts: list[Any]) -> Any:
    """Return a limit: seconds, or a whole number."""
    try:
        found = float(_last(texts)) if name == "seconds" else int(_last(texts))
    except ValueError:
        found = 0
    if not found > 0:
        raise refuse("bad-literal", value=_last(texts), term=f"--limit-{name}", form="xsd:decimal")
    return found


def _last(texts: list[Any]) -> Any:
    return texts[-1]


def load_ipython_extension(shell: Any) -> None:
    """Make the magic known to a notebook."""
    shell.register_magics(Cybercoop)
