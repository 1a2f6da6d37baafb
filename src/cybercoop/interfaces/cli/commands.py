"""The commands by name, each read from its file when it is first asked for: reading all takes longer than most work."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "build": "build",
    "explain": "explain",
    "export": "export",
    "format": "tidy",
    "mcp": "mcp",
    "publish": "publish",
    "query": "query",
    "search": "search",
    "template": "template",
    "validate": "validate",
}
"""Every command, with the file here that holds it."""


class Commands(TyperGroup):
    """All commands, as Typer asks for them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of that name, or None."""
        return _read(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that stands first on the line; where there is none of that name, the nearest is named."""
        if args[0] not in COMMANDS:
            self.commands.update({name: _read(name) for name in COMMANDS})
        return super().resolve_command(ctx, args)


def _read(name: str) -> Any:
    """Return the command in a file, with the settings that stand there."""
    file = import_module(f"{__package__}.{COMMANDS[name]}")
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, **getattr(file, "SETTINGS", {}))(file.command)
    return typer.main.get_command(alone)
