"""What commands take, as data: how the words of a line become values by it, and what help says.

A line is read as [POSIX utilities and GNU long options](https://www.gnu.org/software/libc/manual/html_node/Argument-Syntax.html)
are. No name may be shortened, and what follows an option that takes a value is its value, whatever that looks like.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from cybercoop.problems.problem import LANGUAGES, Refusal, known_language, nearest, one_of, refuse, sentence

if TYPE_CHECKING:
    from cybercoop.graph import Graph

NEEDED: Any = object()
"""The default of what a command does nothing without."""


def a_text(text: str) -> str:
    """Return a text as it is typed. Raises `Refusal` for none at all, which would be taken for what is not given."""
    if not text.strip():
        raise refuse("argument-empty")
    return text


def texts(words: list[str]) -> list[str]:
    """Return words as they are typed. Raises `Refusal` where one is empty."""
    return [*map(a_text, words)]


class Option(NamedTuple):
    """An option or an argument, written as help shows it: `-o, --out PATH`, `--fix`, `[PATH]...`, `THING`.

    `take` makes the value of a text, `least` is the smallest number taken, `env` names the variable that stands in for
    the option, `choices` is what the shell offers.
    """

    shown: str
    help: str
    default: Any = None
    take: Callable[[Any], Any] = a_text
    least: float | None = None
    env: str = ""
    choices: Collection[str] = ()

    @property
    def names(self) -> list[str]:
        """All names of an option; an argument has none."""
        return [word.strip(",") for word in self.shown.split() if word.startswith("-")]

    @property
    def is_flag(self) -> bool:
        """Whether it is an option without a value."""
        return self.shown.split()[-1].startswith("-")

    @property
    def word(self) -> str:
        """What the value is called in the code of the command: its first long name, or that of the argument."""
        long = [name for name in self.names if name.startswith("--")]
        return [*long, self.shown.split()[0]][0].strip("-[].").replace("-", "_").lower()


HELP = Option("-h, --help", "Show this message and exit.")


class Given(SimpleNamespace):
    """What a line gives to a command: a value for each option and argument, by its word."""

    @cached_property
    def graph(self) -> Graph:
        """The graph in the language of the line, asked at the endpoint that it names, if any."""
        from cybercoop.graph import open as open_graph

        asked = vars(self)
        graph = open_graph(lang=self.lang, endpoint=asked.get("endpoint"), edition=asked.get("edition"))
        if (edition := graph.edition) is not None:
            self.say("edition-asked", version=edition.version, date=edition.date)
        return graph

    def say(self, code: str, **values: object) -> None:
        """Say a sentence of `messages.yaml` on standard error, in the language of the line."""
        print(sentence(code, self.lang, **values), file=sys.stderr)


class Command(NamedTuple):
    """What does a command, whose docstring is its help, and what it takes.

    A `loose` one is also given the options that it does not have, as `parameters`: name → values.
    """

    run: Callable[[Given], None]
    takes: tuple[Option, ...]
    loose: bool = False

    @property
    def named(self) -> dict[str, Option]:
        """Its options by each of their names."""
        return {name: option for option in self.takes for name in option.names}

    @property
    def arguments(self) -> list[Option]:
        """What no name goes before."""
        return [option for option in self.takes if not option.names]


def command(*takes: Option, loose: bool = False) -> Callable[[Callable[[Given], None]], Command]:
    """Make a command of a function."""
    return lambda run: Command(run, (*takes, HELP), loose)


COMMANDS = {
    "build": "export.build",
    "compare": "editions.compare",
    "explain": "ask.explain",
    "export": "export.export",
    "format": "contribute.tidy",
    "lake": "export.lake",
    "mcp": "ask.mcp",
    "publish": "export.publish",
    "query": "ask.query",
    "release": "editions.release",
    "search": "ask.search",
    "serve": "export.serve",
    "site": "export.site",
    "template": "contribute.template",
    "validate": "contribute.validate",
}
"""Every command, with the module here and the name in it; a module is read when one of its commands is asked for.

To read all takes longer than most work.
"""


def find(name: str) -> Command:
    """Return the command of that name; raises `Refusal` for another, with the nearest."""
    module, _, place = COMMANDS[one_of(name, COMMANDS)].partition(".")
    found: Command = getattr(import_module(f"{__package__}.{module}"), place)
    return found


def summaries() -> list[tuple[str, str]]:
    """Return all commands with what each does, in a sentence."""
    return [(name, (find(name).run.__doc__ or "").partition("\n")[0]) for name in COMMANDS]


def unknown(name: str, command: Command, word: str) -> Refusal:
    """Return the refusal of an option that a command does not have, with the nearest that it has."""
    known = command.named
    return refuse("unknown-option", value=word, nearest=nearest(word, known), command=name, known=" ".join(known))


def given(name: str, command: Command, line: Sequence[str]) -> Given:
    """Return what a command is given, by the word of each option and argument; of an option repeated, the last counts.

    Raises `Refusal` for an option that the command does not have, one that lacks its value or has one that cannot be
    taken, and for too few or too many arguments, unless help is asked for.
    """
    named, texts, words, parameters = command.named, dict[str, str](), list[str](), dict[str, list[str]]()
    waiting = [*reversed(line)]
    while waiting:
        word = waiting.pop()
        if word == "--":
            words += reversed(waiting)
            break
        key, joined, value = word.partition("=") if word.startswith("--") else (word[:2], word[2:], word[2:])
        option = named.get(key)
        if word == "-" or not word.startswith("-"):
            words.append(word)
        elif option is None and command.loose and word.startswith("--"):
            if not joined and (not waiting or waiting[-1] == "--" or waiting[-1].partition("=")[0] in named):
                raise refuse("option-without-value", value=key, command=name)
            parameters.setdefault(key[2:], []).append(value if joined else waiting.pop())
        elif option is None or (option.is_flag and joined[:1] in {"=", "-"}):
            raise unknown(name, command, word)
        elif option.is_flag:
            texts[option.word] = key
            waiting += [f"-{value}"] if value else []
        elif joined or waiting:
            texts[option.word] = value if joined else waiting.pop()
        else:
            raise refuse("option-without-value", value=key, command=name)
    found = Given(help=HELP.word in texts, parameters=parameters)
    for option in command.takes:
        text: Any = texts.get(option.word, os.environ.get(option.env, "") or None)
        if option.shown.endswith("..."):
            text, words = words or None, []
        elif not option.names and words:
            text = words.pop(0)
        if text is None and option.default is NEEDED and not found.help:
            raise refuse("argument-missing", value=option.shown.strip("."), command=name)
        setattr(found, option.word, option.default if text is None else _taken(option, text))
    if words and not found.help:
        raise refuse("argument-extra", value=words[0], command=name)
    return found


def _taken(option: Option, text: Any) -> Any:
    if option.is_flag:
        return not text.startswith(("--no-", "--without-"))
    if option.least is None:
        return option.take(text)
    with suppress(ValueError):
        if (number := option.take(text)) >= option.least:
            return number
    example = str(option.take("10"))
    raise refuse("bad-number", value=text, term=option.names[0], least=str(option.least), example=example)


def screen(name: str, command: Command) -> str:
    """Return the help of a command as it is called by `name`, as wide as the terminal, 80 columns at most."""
    import inspect
    import shutil
    from textwrap import fill

    width = max(min(shutil.get_terminal_size().columns, 80), 50)

    def block(text: str, first: str = "", start: int = 2) -> str:
        indents = {"initial_indent": first.ljust(start), "subsequent_indent": " " * start}
        return fill(text, width, break_on_hyphens=False, **indents)  # type: ignore[arg-type]

    usage = [name, "[OPTIONS]", *(option.shown for option in command.arguments)]
    usage += ["[--PARAMETER VALUE]..."] if command.loose else []
    told = inspect.cleandoc(command.run.__doc__ or "").split("\n\n")
    parts = [block(" ".join(usage), "Usage: "), *(part if "\n  " in part else block(part) for part in told)]
    tables = {
        "Arguments": [(option.shown, _said(option)) for option in command.arguments if option.help],
        "Options": [(option.shown, _said(option)) for option in command.takes if option.names],
        "Commands": [] if " " in name else summaries(),
    }
    for title, rows in tables.items():
        start = max((len(shown) for shown, _ in rows), default=0) + 4
        parts += ["\n".join([f"{title}:", *(block(said, f"  {shown}", start) for shown, said in rows)])] if rows else []
    return "\n\n".join(parts) + "\n"


def _said(option: Option) -> str:
    """Return what help says of an option, with what holds where it is not given."""
    default = "" if option.is_flag or option.default is NEEDED else option.default
    notes = {"env var: ": option.env, "default: ": default, "at least ": option.least}
    said = [f"{note}{value}" for note, value in notes.items() if value] + ["required"] * (option.default is NEEDED)
    return option.help + (f"  [{'; '.join(said)}]" if said else "")


def a_path(text: str) -> Path:
    """Return a path as it is typed. Raises `Refusal` for none at all, which would be the current folder."""
    if not text:
        raise refuse("empty-path")
    return Path(text)


def an_output(text: str) -> Path | None:
    """Return where to write, or None for `-`, standard output; a file of that name is `./-`."""
    return None if text == "-" else a_path(text)


def a_folder(text: str) -> Path:
    """Return a folder to write into. Raises `Refusal` for `-`."""
    if text == "-":
        raise refuse("output-no-folder")
    return a_path(text)


ENDPOINT = Option(
    "--endpoint URL", "Ask the SPARQL server there, or the cluster (sc://), instead.", env="CYBERCOOP_ENDPOINT"
)
EDITION = Option("--edition TEXT", "As stated in an edition: 0.1.0, or the folder of a release.")
LANG = Option("--lang TEXT", "Language: en, fr or ar.", "en", known_language, env="CYBERCOOP_LANG", choices=LANGUAGES)
OUT = Option("-o, --out PATH", "Write to this file; - is standard output.", take=an_output)
