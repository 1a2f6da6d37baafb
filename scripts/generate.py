"""Write the files that follow from others: the context, what the graph holds, and the references."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pyoxigraph as ox
import yaml
from data_page import data_text
from owl_files import catalogue_text, whole_text

from cybercoop.graph import Graph
from cybercoop.problems.problem import LANGUAGES, catalogue
from cybercoop.terms import context, names
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).parent.parent
DEFINITION = names.SKOS + "definition"
LANGUAGE_NAMES = {"en": "English", "fr": "Français", "ar": "العربية"}
MESSAGES = ROOT / "src" / "cybercoop" / "problems" / "messages.json"
MADE = "<!-- Made by scripts/generate.py; do not edit. -->\n"


def ontology_triples() -> list[ox.Triple]:
    """Return the ontology's own modules, without concepts and alignments."""
    files = sorted((ROOT / "ontology").glob("*.ttl"))
    return [quad.triple for path in files for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)]


def messages_text() -> str:
    """Return messages.json: the messages as the library reads them."""
    whole = yaml.safe_load(MESSAGES.with_suffix(".yaml").read_text(encoding="utf-8"))
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def context_text(workspace: Workspace) -> str:
    """Return ontology/context.jsonld."""
    found = context.generate(ontology_triples(), workspace.shapes.triples)
    entries = [f"    {json.dumps(name)}: {json.dumps(meaning)}" for name, meaning in found.items()]
    return '{\n  "@context": {\n' + ",\n".join(entries) + "\n  }\n}\n"


def problems_text(workspace: Workspace) -> str:
    """Return docs/problems.md: every problem by its code, with its cure, in three languages."""
    entries: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
        code: (entry["message"], entry["cure"], "reading and asking") for code, entry in catalogue()["problems"].items()
    }
    for shape in workspace.shapes.constraints.values():
        entries[shape.code] = (dict(shape.message), dict(shape.cure), f"shapes, {shape.severity}")
    lines = [MADE, "# Problems\n", "Every problem that `cybercoop` reports, by its code, with its cure.\n"]
    for code, (message, cure, origin) in sorted(entries.items()):
        lines.append(f"## {code}\n\n*{origin}*\n")
        for lang in LANGUAGES:
            said = _COUNTED.sub(_of_many, f"{message.get(lang, '')} {cure.get(lang, '')}")
            direction = ' dir="rtl"' if lang == "ar" else ""
            lines.append(f'- <span lang="{lang}"{direction}>{_escaped(said)}</span>')
        lines.append("")
    return "\n".join(lines)


def model_text() -> str:
    """Return docs/model.md: every class and property with its definition."""
    facts: dict[str, dict[str, list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]]] = {}
    for triple in ontology_triples():
        facts.setdefault(str(triple.subject)[1:-1], {}).setdefault(triple.predicate.value, []).append(triple.object)
    lines = [MADE, "# The model\n", "Every term, as `ontology/` defines it.\n"]
    for title, kinds in (("Classes", ("Class",)), ("Properties", ("ObjectProperty", "DatatypeProperty"))):
        lines += [f"## {title}\n", "| term | label (en, fr, ar) | definition | values |", "|---|---|---|---|"]
        for iri, said in sorted(facts.items()):
            types = {str(kind)[1:-1] for kind in said.get(names.RDF_TYPE, [])}
            if iri.startswith(names.NS) and types & {names.OWL + kind for kind in kinds}:
                labels = _by_language(said.get(names.SKOS + "prefLabel", []))
                definition = _by_language(said.get(DEFINITION, [])).get("en", "")
                ranges = ", ".join(names.short(str(value)[1:-1]) for value in said.get(names.RDFS + "range", []))
                shown = " · ".join(labels[lang] for lang in LANGUAGES if lang in labels)
                lines.append(f"| `{names.short(iri)}` | {shown} | {_escaped(definition)} | {ranges} |")
        lines.append("")
    return "\n".join(lines)


def commands_text() -> str:
    """Return docs/cli.md: the help of every command."""
    from cybercoop.interfaces.cli import start
    from cybercoop.interfaces.cli.commands import COMMANDS, find, screen

    commands = {"cybercoop": start, **{f"cybercoop {name}": find(name) for name in COMMANDS}}
    sections = (f"## {name}\n\n```text\n{screen(name, command)}```\n" for name, command in commands.items())
    return "\n".join([MADE, "# The command line\n", *sections])


def _by_language(values: list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]) -> dict[str, str]:
    return {value.language or "": value.value for value in values if isinstance(value, ox.Literal)}


_COUNTED = re.compile(r"\{(\w+):[^{}]*\|([^|{}]*)\}")
"""A placeholder with its forms by number, of which the last is shown."""


def _of_many(found: re.Match[str]) -> str:
    return found[2].replace("#", f"{{{found[1]}}}")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def main() -> int:
    """Write the files, or with --check say which are stale."""
    stale = settled({MESSAGES: messages_text()})  # first: what follows is said in its words
    stale += settled({ROOT / "ontology" / "context.jsonld": context_text(Workspace(ROOT))})  # records are read with it
    workspace = Workspace(ROOT)
    made: dict[Path, str] = {}
    made[ROOT / "ontology" / "catalog-v001.xml"] = catalogue_text(ROOT / "ontology")
    made[ROOT / "ontology" / "cybercoop.owl"] = whole_text(ROOT / "ontology")
    made[ROOT / "docs" / "problems.md"] = problems_text(workspace)
    made[ROOT / "docs" / "model.md"] = model_text()
    made[ROOT / "docs" / "cli.md"] = commands_text()
    made[ROOT / "docs" / "data.md"] = data_text(Graph(workspace))
    made[ROOT / "docs" / "schemas" / "record.json"] = Graph(workspace).editor_schema().decode()
    stale += settled(made)
    return 1 if stale and "--check" in sys.argv else 0


def settled(made: dict[Path, str]) -> list[Path]:
    """Write those files that are stale, or with --check name them; return them."""
    stale = [path for path, text in made.items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in stale:
        if "--check" in sys.argv:
            print(f"{path.relative_to(ROOT)} is stale: run scripts/generate.py", file=sys.stderr)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(made[path], encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return stale


if __name__ == "__main__":
    sys.exit(main())
