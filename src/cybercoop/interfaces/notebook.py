"""Notebooks: `%load_ext cybercoop`, then `%cybercoop QUESTION --parameter value`, or `%%cybercoop` above a query."""

from __future__ import annotations

import shlex
from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from cybercoop.ask.answer import Answer
from cybercoop.ask.catalogue import listed
from cybercoop.ask.explanation import Explanation
from cybercoop.documents import html
from cybercoop.interfaces.cli import ask
from cybercoop.interfaces.cli.commands import Command, Given, Option, given
from cybercoop.judge.reports.people import said
from cybercoop.problems.problem import Refusal, refuse

_AS = Option("--as NAME", "Keep the answer under this name.", "")
_ELSEWHERE = {"format", "sparql", "file", "plot", "show_sparql", "pager", "help"}
"""What commands take that a notebook has other ways for."""
_COMMANDS = {
    word: command._replace(takes=(*(each for each in command.takes if each.word not in _ELSEWHERE), _AS))
    for word, command in {"": ask.query, "explain": ask.explain, "search": ask.search}.items()
}
"""What a line takes, by the word it begins with."""
_OF_CELLS = [each for each in ask.query.takes if each.word.startswith(("endpoint", "lang", "limit"))]


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
            word, asked = self.read(line, cell)
            lang = asked.lang
            answer = self.answer(word, asked) if cell is None else asked.graph.sparql(cell.rstrip(), ask.limits(asked))
        except Refusal as refusal:
            return Said(said(refusal.problem, lang, refusal.line))
        if (name := vars(asked)["as"]) and answer is not None:
            self.variables[name] = answer
        return answer

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the notebook."""
        found: dict[str, Any] = self.shell.user_ns if self.shell else {}
        return found

    def read(self, line: str, cell: str | None) -> tuple[str, Given]:
        """Return the word that a line begins with, where it is that of a command, and what else it gives."""
        try:
            parts = shlex.split(line)
        except ValueError as error:
            raise refuse("unknown-parameter", value=str(error), known="--NAME VALUE") from None
        if cell is not None:
            return "", given("%%cybercoop", Command(ask.query.run, (*_OF_CELLS, _AS)), parts)
        word = parts.pop(0) if parts and parts[0] in _COMMANDS else ""
        return word, given(f"%cybercoop {word}".strip(), _COMMANDS[word], parts)

    def answer(self, word: str, asked: Given) -> Answer | Explanation | None:
        """Return the answer to a question; where none is named, print the catalogue.

        The words `explain` and `search` before others do what the commands of that name do.
        """
        if word == "explain":
            return asked.graph.explain(self.said(asked.thing), asked.property)
        if word == "search":
            return asked.graph.search(self.said(asked.text), asked.kind)
        if not asked.name:
            print(listed(asked.graph.questions.values(), asked.lang, asked.search), end="")
            return None
        values = {key: self.values(texts) for key, texts in asked.parameters.items()}
        return asked.graph.query(asked.name, with_sources=asked.with_sources, limits=ask.limits(asked), **values)

    def said(self, texts: list[str]) -> str:
        """Return words as one text."""
        return " ".join(map(str, self.values(texts)))

    def values(self, texts: list[str]) -> list[Any]:
        """Return what is given to a parameter, with `$name` as the variable of that name holds it."""
        found: list[Any] = []
        for text in texts:
            value = self.variables.get(text[1:], text) if text.startswith("$") else text
            found += value if isinstance(value, (list, tuple)) else [value]
        return found


def load_ipython_extension(shell: Any) -> None:
    """Make the magic known to a notebook."""
    shell.register_magics(Cybercoop)
