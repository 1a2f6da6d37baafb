"""What the shell offers when a person presses the tab key."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from typer.core import TyperCommand


def among(known: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Return a completion over words that are always the same."""
    return lambda incomplete: [word for word in known() if word.startswith(incomplete)]


def question(incomplete: str) -> list[tuple[str, str]]:
    """Return the questions of the catalogue that begin so."""
    from cybercoop.ask import catalogue
    from cybercoop.problems.problem import Refusal
    from cybercoop.workspace.workspace import Workspace

    try:
        return list(catalogue.questions(Workspace.find(), incomplete, _lang()))
    except Refusal:
        return []


OPEN = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""The settings of a command whose options are those of the question that stands on the line."""


class Asking(TyperCommand):
    """The command `query`, whose options are those of the question that stands on the line."""

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Return the options of the question, or values for the option at hand."""
        from cybercoop.ask import catalogue
        from cybercoop.problems.problem import Refusal
        from cybercoop.workspace.workspace import Workspace

        name, last = ctx.params.get("name") or "", ctx.args[-1] if ctx.args else ""
        try:
            if last.startswith("--") and not incomplete.startswith("-"):
                return _items(catalogue.values(Workspace.find(), name, last[2:], incomplete, _lang()))
            own = (
                catalogue.parameters(Workspace.find(), name, incomplete, _lang()) if incomplete.startswith("-") else ()
            )
            return [*_items(own), *super().shell_complete(ctx, incomplete)]
        except Refusal:
            return []


def _lang() -> str:
    return os.environ.get("CYBERCOOP_LANG", "en")


def _items(found: Iterable[tuple[str, str]]) -> list[Any]:
    from typer._click.shell_completion import CompletionItem

    return [CompletionItem(word, help=" ".join(help_.split()) or None) for word, help_ in found]
