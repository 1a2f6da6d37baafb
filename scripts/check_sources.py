"""Check that the source texts in a folder still say, at each place that a record cites, what was read there."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from cybercoop.records.reading import Reading
from cybercoop.terms import names
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ROOT.parent / "shared" / "seeds"

Said = dict[str, list[tuple[str, str]]]
"""What the records say of one source card or one passage: property → values with their places."""


def first(said: Said, name: str) -> str:
    """Return the first value of a property, or an empty text."""
    return said[name][0][0] if name in said else ""


def digest(text: str) -> str:
    """Return the digest by which a record cites a passage."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def collected(reading: Reading, kind: str) -> dict[str, Said]:
    """Return what is said of every thing of a kind (`source`, `passage`), by its IRI."""
    found: dict[str, Said] = {}
    for statement in reading.statements:
        subject, value = str(statement.quad.subject)[1:-1], statement.quad.object
        if subject.startswith(f"{names.ID}{kind}/"):
            local = statement.quad.predicate.value.replace("#", "/").rsplit("/", 1)[-1]
            said = found.setdefault(subject, {}).setdefault(local, [])
            said.append((getattr(value, "value", ""), f"{statement.where.file}:{statement.where.line}"))
    return found


def text_of(card: Said, folder: Path) -> Path | None:
    """Return the file that holds a source's text: the one named by its identifier, else the one with its sha256."""
    named = folder / f"{first(card, 'identifier')}.txt"
    if named.is_file():
        return named
    return next((file for file in folder.glob("*.txt") if sha256(file) == first(card, "sha256")), None)


def moved(text: str, length: int, wanted: str) -> str:
    """Return where a passage stands now, in words."""
    for start in range(len(text) - length + 1):
        if digest(text[start : start + length]) == wanted:
            return f"it now stands at {start}-{start + length}"
    return "the words that were read stand nowhere in the text any more"


def wrong_passages(text: str, passages: dict[str, Said]) -> Iterator[str]:
    """Yield what is wrong with the passages of one source."""
    for passage in (said for said in passages.values() if "firstCharacter" in said):
        start, end = int(first(passage, "firstCharacter")), int(first(passage, "endCharacter"))
        found = digest(text[start:end])
        about = f'"{first(passage, "section")}", characters {start}-{end}'
        if "digest" not in passage:
            yield f"{passage['firstCharacter'][0][1]}: {about}: write digest: {found}"
        for value, where in passage.get("digest", []):
            if value != found:
                place = moved(text, end - start, value)
                yield f"{where}: {about}: the digest there is {found}, not {value}; {place}"


def uncited_records(reading: Reading, source: str, passages: dict[str, Said]) -> Iterator[str]:
    """Yield the records of a source whose text is known that cite no passage of it."""
    citing = {
        str(statement.quad.subject)[1:-1]
        for statement in reading.statements
        if "digest" in passages.get(getattr(statement.quad.object, "value", ""), {})
    }
    for record in reading.records:
        if record.source == source and names.record(source, record.thing) not in citing:
            yield f"{record.where}: {names.short(record.thing)}: cites no passage with its digest"


def main(folder: Path) -> int:
    """Check every source whose text is in the folder; return 1 when anything is wrong."""
    reading = Workspace(ROOT).data()
    cards = {iri: card for iri, card in collected(reading, "source").items() if "sha256" in card}
    passages = collected(reading, "passage")
    problems, checked = list[str](), 0
    for iri, card in sorted(cards.items()):
        file = text_of(card, folder)
        if file is None:
            print(f"{names.short(iri)}: skipped, its text is not in {folder}", file=sys.stderr)
            continue
        wanted, where = card["sha256"][0]
        if sha256(file) != wanted:
            problems.append(f"{where}: {names.short(iri)}: the sha256 of {file.name} is {sha256(file)}, not {wanted}")
        own = {name: said for name, said in passages.items() if names.source_of_parts(name) == iri.rsplit("/", 1)[-1]}
        problems += wrong_passages(file.read_bytes().decode(), own)
        problems += uncited_records(reading, iri, own)
        checked += len(own)
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"{len(cards)} source texts, {checked} passages checked, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else TEXTS))
