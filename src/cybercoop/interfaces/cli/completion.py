"""What the tab key offers in bash, zsh and fish: commands, options, questions, their parameters, and values."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from cybercoop.interfaces.cli.commands import Command, find, given, summaries
from cybercoop.problems.problem import Refusal, one_of, sentence

_SCRIPTS = {
    ("bash", ".bashrc"): """
_cybercoop() { local IFS=$'\n'; COMPREPLY=($(_CYBERCOOP_COMPLETE=bash "$1" "${COMP_WORDS[@]:1:COMP_CWORD}")); }
complete -o default -F _cybercoop cybercoop
""",
    ("zsh", ".zshrc"): """
(( $+functions[compdef] )) || { autoload -Uz compinit; compinit }
_cybercoop() {
  local -a found=("${(@f)$(_CYBERCOOP_COMPLETE=zsh $words[1] "${(@Q)words[2,CURRENT]}")}")
  if [[ -n $found ]]; then _describe cybercoop found -U; else _files; fi
}
compdef _cybercoop cybercoop
""",
    ("fish", ".config/fish/completions/cybercoop.fish"): """
function __cybercoop
    set -l words (commandline -opc) (commandline -ct)
    _CYBERCOOP_COMPLETE=fish $words; or __fish_complete_path $words[-1]
end
complete --command cybercoop --no-files --arguments '(__cybercoop)'
""",
}
"""A shell, the file below the home folder that it reads when it begins, and what it is told there: to run the command
with the name of the shell in `_CYBERCOOP_COMPLETE` and the words so far."""


def teach(shell: str, *, shown: bool) -> None:
    """Tell a shell, by default that which runs this, how to complete; or show what it would be told.

    Raises `Refusal` for a shell that is none of these three.
    """
    known = {name: (Path.home() / place, script) for (name, place), script in _SCRIPTS.items()}
    if not shell:
        with suppress(OSError):
            shell = Path(f"/proc/{os.getppid()}/comm").read_text(encoding="utf-8").strip()
        shell = shell if shell in known else Path(os.environ.get("SHELL", "")).name
    place, script = known[one_of(shell, known)]
    if shown:
        sys.stdout.write(script)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a+", encoding="utf-8", errors="surrogateescape") as file:
        file.seek(0)
        if script not in file.read():
            file.write(script)
    print(sentence("completion-installed", _lang(), shell=shell, file=place))


def offer(shell: str, words: Sequence[str], start: Command) -> None:
    """Print what the last of the words so far may become, as a shell reads it; `start` is the command line itself.

    Raises `SystemExit` with 1 where nothing is offered.
    """
    *before, begun = (re.sub("[\"'\\\\]", "", word) for word in words or [""])
    option, equals, value = begun.rpartition("=")  # bash makes three words of --option=value
    before = [word for word in (*before, option) if word not in ("", "=")]
    joined = option + equals if option else ""
    found: list[tuple[str, str]] = []
    with suppress(Refusal):
        found += ((joined + word, said) for word, said in _offered(before, value, start))
    for word, said in found:
        meaning = " ".join(said.split())
        print({"zsh": word.replace(":", "\\:") + f":{meaning}", "fish": f"{word}\t{meaning}"}.get(shell, word))
    sys.exit(not found)


def _offered(before: list[str], begun: str, start: Command) -> Iterator[tuple[str, str]]:
    """Yield what may follow some words and begins so, with a line on each."""
    *_, last = ["", *before]
    command = find(before[0]) if before else start
    option = command.named.get(last)
    waits = last.startswith("-") and not (option and option.is_flag)
    so_far = given("", command, [*before[1 : len(before) - waits], "--help"])
    if command.loose and not (waits and option):
        yield from _asked(so_far.name, last[2:] if waits else "", begun)
    if waits:
        offers = dict.fromkeys(option.choices if option else (), "")
    elif begun.startswith("-"):
        offers = {each: option.help for each, option in command.named.items()}
    elif before:
        missing = [option for option in command.arguments if not getattr(so_far, option.word)]
        offers = {choice: "" for option in missing[:1] for choice in option.choices}
    else:
        offers = dict(summaries())
    yield from ((word, said) for word, said in offers.items() if word.startswith(begun))


def _asked(question: str, parameter: str, begun: str) -> Iterator[tuple[str, str]]:
    """Return questions of the catalogue; after one, its parameters, and after a parameter its values."""
    from cybercoop.ask import catalogue
    from cybercoop.workspace.workspace import Workspace

    workspace, lang = Workspace.find(), _lang()
    if not question:
        return catalogue.questions(workspace, begun, lang)
    if parameter:
        return catalogue.values(workspace, question, parameter, begun, lang)
    return catalogue.parameters(workspace, question, begun or " ", lang)


def _lang() -> str:
    return os.environ.get("CYBERCOOP_LANG", "en")
