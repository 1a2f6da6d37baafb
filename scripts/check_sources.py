"""Check that the source texts in a folder still say what was read there, and each claim at its own passage."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyoxigraph as ox

from cybercoop.records.reading import Reading
from cybercoop.records.statements import Statement
from cybercoop.terms import names
from cybercoop.terms.labels import NAME, OTHER_NAME, fold
from cybercoop.terms.names import DCT, NS, XSD
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ROOT.parent / "shared" / "seeds"

MONTHS = (
    *(("january", "janvier"), ("february", "février"), ("march", "mars"), ("april", "avril"), ("may", "mai")),
    *(("june", "juin"), ("july", "juillet"), ("august", "août"), ("september", "septembre"), ("october", "octobre")),
    *(("november", "novembre"), ("december", "décembre")),
)
NUMBERS = {"3": "three", "5": "five", "25": "twenty five", "70": "seventy"}
"""Numbers that the texts write in words."""

NAMED = {"activity", "country", "instrument", "organisation", "place", "programme", "project"}
"""Kinds of things that texts call by name; objectives, outputs, recommendations and sources bear names of ours."""

EXPLAINED = {
    "activity/2005-05-17-cairo-launching-conference coop:partOf": "the report calls it the Project",
    "activity/2006-02-24-rabat-organised-crime-conference coop:partOf": "the report calls it the Project",
    "organisation/criminal-affairs-and-amnesty-department-ma coop:unitOf": "its country stands elsewhere",
    "source/eu-neighbours-cybersouth-plus-page coop:alsoInLanguage": "a language is named in itself, not by its code",
}
"""Claims whose passage holds their value in other words: which."""

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


def unheld_claims(reading: Reading, source: str, text: str, named: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield the claims of a source without a passage of their own, and those whose passages do not hold their value."""
    graph = ox.NamedNode(source)
    said = [each for each in reading.statements if each.quad.graph_name == graph]
    about: dict[str, dict[str, list[str]]] = {}
    for each in said:
        node = about.setdefault(str(each.quad.subject)[1:-1], {})
        node.setdefault(each.quad.predicate.value.removeprefix(NS), []).append(getattr(each.quad.object, "value", ""))
    record_of = {thing: record for record in sorted(about) for thing in about[record].get("about", ())}
    record_of |= {record.thing: names.record(source, record.thing) for record in reading.records}
    for each in said:
        thing, word = str(each.quad.subject)[1:-1], each.quad.predicate.value
        if thing not in record_of or word == names.RDF_TYPE or record_of.get(_value(each), "") == record_of[thing]:
            continue
        record = about[record_of[thing]]
        cited = [about[node] for node in record.get("citation", ())]
        where = [at for node in cited if {word, thing, _value(each)} & set(node["says"]) for at in node["cites"]]
        where = where or (record["passage"] if len(record.get("passage", ())) == 1 else [])
        spans = [about[at] for at in where if "firstCharacter" in about[at]]
        passages = [text[int(at["firstCharacter"][0]) : int(at["endCharacter"][0])] for at in spans]
        place = f"{each.where.file}:{each.where.line}: {names.short(thing)}: {names.short(word)}"
        if not passages:
            yield f"{place}: has no passage of its own"
        elif f"{names.short(thing)} {names.short(word)}" in EXPLAINED:
            continue
        elif not any(holds(passage, each.quad, named) for passage in passages):
            yield f"{place}: no passage of it holds {names.short(_value(each))}"


def _value(statement: Statement) -> str:
    return str(getattr(statement.quad.object, "value", ""))


def named_things(reading: Reading) -> dict[str, set[str]]:
    """Return what the things that texts name are called, in any language and by any source."""
    found: dict[str, set[str]] = {}
    for statement in reading.statements:
        quad = statement.quad
        thing = str(quad.subject)[1:-1]
        if quad.predicate.value in (NAME, OTHER_NAME) and names.short(thing).split("/")[0] in NAMED:
            found.setdefault(thing, set()).add(_value(statement))
    return found


def holds(passage: str, quad: ox.Quad, named: Mapping[str, set[str]]) -> bool:
    """Return whether a passage holds a value: its number, its date, its words, or those of a name of it.

    What is put in words of ours (descriptions, concepts, yes and no) is not looked for.
    """
    value, word = quad.object, quad.predicate.value
    if isinstance(value, ox.NamedNode):
        return value.value not in named or any(told(passage, name) for name in named[value.value])
    if not isinstance(value, ox.Literal) or word == DCT + "description":
        return True
    kind = value.datatype.value.removeprefix(XSD)
    if kind in ("date", "gYear", "gYearMonth"):
        year, month, day = (*value.value.split("-"), "", "")[:3]
        return (
            year in passage
            and (not month or any(told(passage, name) for name in MONTHS[int(month) - 1]))
            and (not day or int(day) in map(int, re.findall(r"\b\d{1,2}\b", passage)))
        )
    if kind in ("integer", "decimal") or word == NS + "duration":
        number = re.sub(r"\D", "", value.value).rstrip("0") if kind == "decimal" else re.sub(r"\D", "", value.value)
        digits = {re.sub(r"\D", "", part) for part in re.findall(r"\d[\d.,]*", passage)}
        return number in digits or NUMBERS.get(number, number) in fold(passage).replace("-", " ")
    return kind == "boolean" or told(passage, value.value)


def told(passage: str, name: str) -> bool:
    """Return whether the words of a name stand in a passage, perhaps with another ending (Morocco, Moroccan)."""
    words = re.findall(r"\w+", fold(passage))
    wanted = [word for word in re.findall(r"\w+", fold(name)) if len(word) > 2 or len(fold(name)) < 4]
    return all(any(word.startswith(part[: max(4, len(part) - 2)]) for word in words) for part in wanted)


def main(folder: Path) -> int:
    """Check every source whose text is in the folder; return 1 when anything is wrong."""
    reading = Workspace(ROOT).data()
    data = tuple(f"{names.SCHEME}source-kind/{kind}" for kind in ("code-list", "dataset"))  # no running text
    cards = {iri: card for iri, card in collected(reading, "source").items() if "sha256" in card}
    cards = {iri: card for iri, card in cards.items() if first(card, "sourceKind") not in data}
    passages, named = collected(reading, "passage"), named_things(reading)
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
        problems += unheld_claims(reading, iri, file.read_bytes().decode(), named)
        checked += len(own)
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"{len(cards)} source texts, {checked} passages checked, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else TEXTS))
