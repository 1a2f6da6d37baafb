"""Copies of real records in each format, and the ways in which one fact of a copy can be wrong."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import pyoxigraph as ox

from cybercoop import export
from cybercoop.records.reading import Reading
from cybercoop.terms import names
from cybercoop.terms.context import LANGUAGE, LINK, Context, Term
from cybercoop.terms.names import CONTEXT, ID, RDF_TYPE, SCHEME, SH, XSD
from cybercoop.workspace.workspace import Workspace

FORMS = {"yaml": ".yaml", "csv": ".csv", "turtle": ".ttl", "jsonld": ".jsonld"}
_ROWS = 3
_LINES = {
    "yaml": re.compile(r"(?P<word>\w+): (?P<value>\S.*)"),
    "turtle": re.compile(r"    (?P<word>a|[a-z]+:\w+) (?P<value>.+) ;"),
    "jsonld": re.compile(r' +"(?P<word>@?\w+)": (?P<value>"[^"]*"|\d+),?'),
}
_PAIR = re.compile(r"^\{(en|fr|ar): ([^{}]*)\}$")
_END = "9999-01-01"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Copy:
    """A copy of real records: its text, and what it describes and points at."""

    form: str
    name: str
    text: str
    describes: frozenset[str]
    mentions: frozenset[str]


@dataclass(frozen=True)
class Fact:
    """A property and its value as they stand on one line, in the record of a thing."""

    line: int
    word: str
    value: str
    at: tuple[int, int]
    begins: tuple[int, int]
    iri: str
    term: Term | None
    thing: str
    record: range
    heads: frozenset[int]


@dataclass(frozen=True)
class Broken:
    """A copy with one fact wrong: the text, the lines that may be named, and the record."""

    kind: str
    copy: Copy
    text: str
    lines: frozenset[int]
    record: range
    thing: str


@dataclass(frozen=True)
class Rules:
    """What tells a fault from a change: which names exist, what must be there, and what points at a class."""

    context: Context
    things: frozenset[str]
    stated: Counter[tuple[str, str]]
    classed: frozenset[str]
    required: frozenset[tuple[str, str]]
    types: dict[str, str]

    @classmethod
    def of(cls, workspace: Workspace) -> Rules:
        """Return the rules of the records and shapes of a graph."""
        quads = [*workspace.data().quads(), *workspace.vocabulary()]
        facts: dict[str, dict[str, list[str]]] = {}
        for triple in workspace.shapes.triples:
            value = triple.object.value if isinstance(triple.object, ox.Literal) else str(triple.object)[1:-1]
            facts.setdefault(str(triple.subject)[1:-1], {}).setdefault(triple.predicate.value, []).append(value)
        required = {
            (target, facts[shape][SH + "path"][0])
            for node in facts.values()
            for target in node.get(SH + "targetClass", [])
            for shape in node.get(SH + "property", [])
            if SH + "minCount" in facts.get(shape, {})
        }
        return cls(
            workspace.context,
            frozenset(str(quad.subject)[1:-1] for quad in quads),
            Counter((str(quad.subject)[1:-1], quad.predicate.value) for quad in quads),
            frozenset(fact[SH + "path"][0] for fact in facts.values() if SH + "class" in fact and SH + "path" in fact),
            frozenset(required),
            {str(quad.subject)[1:-1]: str(quad.object)[1:-1] for quad in quads if quad.predicate.value == RDF_TYPE},
        )


def copies(workspace: Workspace, every: int = 1) -> dict[str, list[Copy]]:
    """Return copies of the records of a graph: files of YAML, rows of tables, and records as Turtle and JSON-LD.

    With `every`, of each so many files of YAML, and tables, only one.
    """
    found: dict[str, list[Copy]] = {form: [] for form in FORMS}
    files = workspace.data_files()
    tables = [path for path in files if path.suffix == ".csv"]
    for path in [path for path in files if path.suffix != ".csv"][::every] + tables[::every]:
        text, name = path.read_text("utf-8"), path.stem
        if path.suffix == ".csv":
            header, *rows = list(csv.reader(io.StringIO(text)))
            plain = [row for row in rows if "\n" not in "".join(row)]
            for start in range(0, len(plain), _ROWS):
                out = io.StringIO()
                csv.writer(out, lineterminator="\n").writerows([header, *plain[start : start + _ROWS]])
                found["csv"].append(_copy("csv", f"{name}-{start}", out.getvalue(), workspace))
            continue
        found["yaml"].append(_copy("yaml", name, text, workspace))
        for number, part in enumerate(re.split(r"(?m)^---\n", text)):
            quads = list(_read("yaml", part, workspace).quads())
            if quads:
                found["turtle"].append(_copy("turtle", f"{name}-{number}", _turtle(quads, workspace), workspace))
                found["jsonld"].append(_copy("jsonld", f"{name}-{number}", _jsonld(quads, workspace), workspace))
    return found


def broken(copy: Copy, rules: Rules) -> Iterator[Broken]:
    """Yield the copy with each of its facts wrong in each way that fits it."""
    facts = list(_rows(copy, rules) if copy.form == "csv" else _facts(copy, rules))
    single = Counter((fact.thing, fact.iri) for fact in facts)
    ends = {fact.thing: fact.line for fact in facts if fact.iri.endswith("/endDate") and _DAY.search(fact.value)}
    for fact in facts:
        if fact.iri.endswith("/startDate") and _DAY.search(fact.value) and _dated(fact, rules, ends):
            both = frozenset({fact.line, ends[fact.thing]})
            turned = _with("period reversed", copy, fact, fact.at, _DAY.sub(_END, fact.value))
            yield replace(turned, lines=both)
        for kind, change in _CHANGES.items():
            value = change(fact, rules)
            if value is not None and value != fact.value:
                yield _with(kind, copy, fact, fact.at, value)
        if fact.term is not None or fact.iri == RDF_TYPE:
            yield from _around(copy, fact, rules, single)


def _around(copy: Copy, fact: Fact, rules: Rules, single: Counter[tuple[str, str]]) -> Iterator[Broken]:
    """Yield the faults that touch more than a value: the word, the line, the marks around it."""
    lines = copy.text.split("\n")
    line = lines[fact.line - 1]
    if copy.form == "csv":
        yield from _in_a_table(copy, fact, rules)
    if fact.term is not None and len(fact.term.name) > 4 and copy.form != "csv":
        word = fact.word[:-3] + fact.word[-2:]
        if word.rpartition(":")[2] not in rules.context.terms and word != fact.word:
            yield _with("misspelt property", copy, fact, fact.begins, word)
    whole = copy.form != "yaml" or not lines[fact.line].startswith((" ", "-")) or lines[fact.line].startswith("---")
    if copy.form != "csv" and whole and _needed(fact, rules) and single[fact.thing, fact.iri] == 1:
        text = "\n".join(lines[: fact.line - 1] + lines[fact.line :])
        if copy.form != "jsonld" or line.endswith(","):
            record = range(fact.record.start, fact.record.stop - 1)
            yield Broken("removed fact", copy, text, fact.heads, record, fact.thing)
    if copy.form in ("yaml", "jsonld") and whole and line.endswith(",") == (copy.form == "jsonld"):
        text = "\n".join([*lines[: fact.line], line, *lines[fact.line :]])
        record = range(fact.record.start, fact.record.stop + 1)
        yield Broken("duplicate key", copy, text, frozenset({fact.line + 1}), record, fact.thing)
    if copy.form == "yaml" and line.endswith(("}", "]")) and whole:
        yield _with("mark not closed", copy, fact, (len(line) - 1, len(line)), "")
    if copy.form == "turtle" and line.endswith(" ;") and lines[fact.line].strip() != ".":
        yield _with("semicolon missing", copy, fact, (len(line) - 2, len(line)), "")
    if copy.form == "turtle" and '"' in fact.value:
        yield _with("mark not closed", copy, fact, (line.rindex('"'), line.rindex('"') + 1), "")
    if copy.form == "jsonld" and line.endswith('",'):
        yield _with("comma missing", copy, fact, (len(line) - 1, len(line)), "")
        yield _with("mark not closed", copy, fact, (len(line) - 2, len(line) - 1), "")


def _dated(fact: Fact, rules: Rules, ends: Mapping[str, int]) -> bool:
    """Return whether the period of a thing is stated here and by no other source."""
    dates = (fact.iri, fact.iri.replace("startDate", "endDate"))
    return fact.thing in ends and all(rules.stated[names.expand(fact.thing), date] == 1 for date in dates)


def _in_a_table(copy: Copy, fact: Fact, rules: Rules) -> Iterator[Broken]:
    if _needed(fact, rules) or fact.word == "source":
        yield _with("removed fact", copy, fact, fact.at, "")
    if fact.word == "type":
        yield _with("cell too many", copy, fact, fact.at, fact.value + ",x")
        yield _with("mark not closed", copy, fact, fact.at, '"' + fact.value)
    header, *rows = copy.text.split("\n")
    if fact.term is not None and len(fact.term.name) > 4 and fact.line == 2:
        words = [word if word != fact.word else f"{word[:3]}{word[4:]}" for word in header.split(",")]
        text = "\n".join([",".join(words), rows[0], ""])
        yield Broken("misspelt column", copy, text, frozenset({1}), fact.record, fact.thing)


def _needed(fact: Fact, rules: Rules) -> bool:
    kind = rules.types.get(names.expand(fact.thing), "")
    alone = rules.stated[names.expand(fact.thing), fact.iri] == 1
    return fact.word == "source" or (alone and ((kind, fact.iri) in rules.required or fact.iri == RDF_TYPE))


def _with(kind: str, copy: Copy, fact: Fact, at: tuple[int, int], text: str) -> Broken:
    lines = copy.text.split("\n")
    line = lines[fact.line - 1]
    lines[fact.line - 1] = line[: at[0]] + text + line[at[1] :]
    return Broken(kind, copy, "\n".join(lines), frozenset({fact.line}), fact.record, fact.thing)


def _facts(copy: Copy, rules: Rules) -> Iterator[Fact]:
    """Yield the facts that stand on a line of their own, each with the lines and the head of its record."""
    lines = copy.text.split("\n")
    heads = _heads(copy.form, lines)
    prefixed = {names.short(term.iri): term for term in rules.context.terms.values()}
    for number, line in enumerate(lines, 1):
        match = _LINES[copy.form].fullmatch(line)
        start = max((at for at in heads if at <= number), default=0)
        if not match or not start:
            continue
        thing, own = heads[start]
        word = match["word"]
        term = prefixed.get(word) if copy.form == "turtle" else rules.context.terms.get(word)
        iri = RDF_TYPE if word in ("a", "type", "@type") else term.iri if term else word
        if (term is None and iri != RDF_TYPE) or thing.startswith(("record/", "passage/")):
            continue
        stop = min((at for at in heads if at > start), default=len(lines) + 1)
        value, begins = match.span("value"), match.span("word")
        yield Fact(number, word, match["value"], value, begins, iri, term, thing, range(start, stop), own)


def _heads(form: str, lines: list[str]) -> dict[int, tuple[str, frozenset[int]]]:
    """Return the thing of each record by the line on which that begins, and the lines that stand for the record."""
    found: dict[int, tuple[str, frozenset[int]]] = {}
    start = 1
    for number, line in enumerate(lines, 1):
        if form == "yaml" and line == "---":
            start = number + 1
        elif form == "yaml" and line.startswith("id: "):
            found[start] = (line[4:], frozenset({start, number}))
        elif form == "turtle" and (match := re.fullmatch(r"<(.+)>", line)):
            found[number] = (names.short(names.BASE + match[1]), frozenset({number}))
        elif form == "jsonld" and (match := re.fullmatch(r' +"id": "(.+)",', line)):
            found[number - 1] = (match[1], frozenset({number - 1, number}))
    return found


def _rows(copy: Copy, rules: Rules) -> Iterator[Fact]:
    """Yield the cells of a table that need no quotation marks."""
    lines = copy.text.split("\n")
    header = next(csv.reader([lines[0]]))
    for number, line in enumerate(lines[1:], 2):
        cells = next(csv.reader([line]), [])
        if '"' in line or len(cells) != len(header):
            continue
        offset = 0
        for word, cell in zip(header, cells, strict=True):
            term = rules.context.terms.get(word.partition("@")[0])
            iri = RDF_TYPE if word == "type" else term.iri if term else word
            if cell and (term or word == "type"):
                at = (offset, offset + len(cell))
                thing, own = cells[header.index("id")], range(number, number + 1)
                yield Fact(number, word, cell, at, at, iri, term, thing, own, frozenset(own))
            offset += len(cell) + 1


#### What may be wrong with a value ####


def _inner(fact: Fact) -> tuple[str, str, str] | None:
    """Return a single value without the marks around it, and these marks."""
    match = re.fullmatch(r"""(?P<before>[\["<]*)(?P<value>[^\s\[\]{}"<>,|]+)(?P<after>.*)""", fact.value)
    return (match["before"], match["value"], match["after"]) if match else None


def _misspelt_class(fact: Fact, rules: Rules) -> str | None:
    parts = _inner(fact)
    return f"{parts[0]}{parts[1][:-2]}{parts[1][-1]}{parts[2]}" if parts and fact.iri == RDF_TYPE else None


def _reference(fact: Fact, rules: Rules, *, code: bool) -> tuple[str, str, str] | None:
    """Return the parts of a value that points at a thing that some shape wants to be of a class."""
    if fact.term is None or fact.term.kind != LINK or fact.iri not in rules.classed or "://" in fact.value:
        return None
    return _inner(fact) if fact.term.base.startswith(SCHEME) == code else None


def _misspelt(parts: tuple[str, str, str] | None, fact: Fact, rules: Rules) -> str | None:
    if parts is None or fact.term is None:
        return None
    word = parts[1] + "q"
    known = {fact.term.base + word, ID + word, names.BASE + word}
    return None if known & rules.things else f"{parts[0]}{word}{parts[2]}"


def _misspelt_reference(fact: Fact, rules: Rules) -> str | None:
    return _misspelt(_reference(fact, rules, code=False), fact, rules)


def _misspelt_code(fact: Fact, rules: Rules) -> str | None:
    return _misspelt(_reference(fact, rules, code=True), fact, rules)


def _bad_name(fact: Fact, rules: Rules) -> str | None:
    parts = _reference(fact, rules, code=False)
    return f"{parts[0]}{parts[1][:2]} é{parts[1][2:]}{parts[2]}" if parts else None


def _wrong_class(fact: Fact, rules: Rules) -> str | None:
    parts = _reference(fact, rules, code=False)
    if parts is None:
        return None
    return f"{parts[0]}{SCHEME}theme/cybercrime{parts[2]}"


def _date(fact: Fact, rules: Rules, text: str) -> str | None:
    if fact.term is None or fact.term.kind != XSD + "date":
        return None
    return re.sub(r"\d{4}(?:-\d\d(?:-\d\d)?)?", text, fact.value, count=1)


def _bad_date(fact: Fact, rules: Rules) -> str | None:
    return _date(fact, rules, "2024-13-41")


def _other_notation(fact: Fact, rules: Rules) -> str | None:
    return _date(fact, rules, "21/05/2024")


def _wrong_datatype(fact: Fact, rules: Rules) -> str | None:
    if fact.term is None or fact.term.kind not in (XSD + "integer", XSD + "decimal", XSD + "boolean"):
        return None
    return re.sub(r"[\d.]+|true|false", "eight", fact.value, count=1)


def _wrong_language(fact: Fact, rules: Rules) -> str | None:
    if fact.term is None or fact.term.kind != LANGUAGE:
        return None
    return re.sub(
        r"^\{(en|fr|ar):|(?<=\"@)(en|fr|ar)$", lambda tag: tag[0].replace(tag[1] or tag[2], "e_n"), fact.value
    )


def _no_language(fact: Fact, rules: Rules) -> str | None:
    if fact.term is None or fact.term.kind != LANGUAGE or not _shaped(fact, rules):
        return None
    if match := _PAIR.match(fact.value):
        return None if ":" in match[2] or "," in match[2] else match[2]
    return (
        re.sub(r'(?<=")@\w+$', "", fact.value) if fact.value.startswith('"') and "@" in fact.word + fact.value else None
    )


def _shaped(fact: Fact, rules: Rules) -> bool:
    return fact.term is not None and fact.term.name in ("prefLabel", "altLabel", "title", "description", "termUsed")


def _unseen(fact: Fact, rules: Rules) -> str | None:
    return None if fact.value[0] in "[{>|" else fact.value[:3] + "\u200b" + fact.value[3:]


_CHANGES: dict[str, Callable[[Fact, Rules], str | None]] = {
    "bad date": _bad_date,
    "date in another notation": _other_notation,
    "language missing": _no_language,
    "misspelt class": _misspelt_class,
    "misspelt code": _misspelt_code,
    "misspelt reference": _misspelt_reference,
    "no name": _bad_name,
    "reference to the wrong class": _wrong_class,
    "unseen character": _unseen,
    "wrong datatype": _wrong_datatype,
    "wrong language tag": _wrong_language,
}


#### Making copies ####


def _read(form: str, text: str, workspace: Workspace) -> Reading:
    from cybercoop import records

    return records.read(text.encode(), "a" + FORMS[form], workspace.context)


def _copy(form: str, name: str, text: str, workspace: Workspace) -> Copy:
    reading = _read(form, text, workspace)
    describes = frozenset(subject for record in reading.records for subject in record.subjects)
    mentions = frozenset(str(quad.object)[1:-1] for quad in reading.quads() if isinstance(quad.object, ox.NamedNode))
    return Copy(form, name, text, describes, mentions - describes)


def _turtle(quads: list[ox.Quad], workspace: Workspace) -> str:
    out = io.BytesIO()
    export.export("turtle", quads, workspace.context.source, out)
    return out.getvalue().decode()


def _jsonld(quads: list[ox.Quad], workspace: Workspace) -> str:
    out = io.BytesIO()
    export.export("jsonld", quads, workspace.context.source, out)
    document = json.loads(out.getvalue())
    return json.dumps({**document, "@context": CONTEXT}, ensure_ascii=False, indent=2) + "\n"
