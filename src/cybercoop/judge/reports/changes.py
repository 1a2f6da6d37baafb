"""A comparison in words, as JSON, and as the patch that makes the one of the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import pyoxigraph as ox

from cybercoop.documents import CODE, NAME, Block, Heading, Item, Line, Paragraph, Text, filled, markdown, text
from cybercoop.judge.compare import CHANGED, KINDS, NEW, Comparison, Entry, Told, Value
from cybercoop.problems.problem import LANGUAGES, listed, one_of, sentence, visible
from cybercoop.problems.values import in_words
from cybercoop.terms import patch
from cybercoop.terms.literals import date_type
from cybercoop.terms.names import ID, RDF_TYPE, XSD, short

_NAMED = 8
"""How many lost things are named before they are counted, and how many values of other sources."""
_LONG = 80
"""From how many characters on, of two texts, what they share at both ends is left out."""
_AMOUNT, _POSITION = ID + "amount/", ID + "position/"


def written(found: Comparison, form: str = "text", most: int | None = None) -> str:
    """Return a comparison in one of the forms, telling of no more than `most` things of each kind of change.

    Raises `Refusal` for a form that does not exist.
    """
    return FORMATS[one_of(form, FORMATS)](found, most)


def as_text(found: Comparison, most: int | None = None) -> str:
    """Return the comparison for reading in a terminal."""
    return text.write(_blocks(found, most), found.lang, text.terminal_width())


def as_markdown(found: Comparison, most: int | None = None) -> str:
    """Return the comparison for the summary of a change."""
    return markdown.write(_blocks(found, most), found.lang) + "\n"


def as_json(found: Comparison, most: int | None = None) -> str:
    """Return the comparison for programs: IRIs, with names and sentences in its language."""
    before, after = found.digests
    shown = _shown(found, most)
    whole = {
        "before": {"name": found.names[0], "statements": len(found.before), "sha256": before},
        "after": {"name": found.names[1], "statements": len(found.after), "sha256": after},
        "same": found.same,
        "added": len(found.added),
        "withdrawn": len(found.withdrawn),
        "kinds": {
            kind: {"added": added, "withdrawn": withdrawn} for kind, (added, withdrawn) in found.counts().items()
        },
        "not_compared": list(found.left_out),
        "losses": [
            {**_linked(found, loss.kind), "before": loss.before, "after": loss.after, "gone": list(loss.gone)}
            for loss in found.losses
        ],
        "things": [_told(found, told) for told in shown],
        "more": len(found.told) - len(shown),
        "notices": [{"name": name, "notice": notice} for name, notice in _notices(found, shown)],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def as_patch(found: Comparison, _most: int | None = None) -> str:
    """Return the RDF patch that makes the latter of the former."""
    return patch.written(found.before, found.after)


FORMATS: dict[str, Callable[[Comparison, int | None], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "json": as_json,
    "patch": as_patch,
}
"""Every form by the name that people type."""


def _blocks(found: Comparison, most: int | None) -> Iterator[Block]:
    """Yield what there is to read of a comparison: counts, losses, then each kind of change, thing by thing."""
    lang, (before, after) = found.lang, found.names
    counts = {"added": len(found.added), "withdrawn": len(found.withdrawn), "count": len(found.after)}
    code = "compare-same" if found.same else "compare-head"
    yield Heading(1, filled(sentence(code, lang, before="\0", after="\1", **counts), _name(before), _name(after)))
    if found.left_out:
        graphs = listed(map(short, found.left_out), lang)
        yield Paragraph([filled(sentence("compare-left-out", lang, graphs="\0"), Text(graphs, CODE))])
    for loss in found.losses:
        things = listed((_called(found, thing) for thing in loss.gone[:_NAMED]), lang) + " …" * (
            len(loss.gone) > _NAMED
        )
        values = {"count": len(loss.gone), "before": loss.before}
        said = sentence("compare-loss", lang, kind="\0", things="\1", **values)
        yield Paragraph([filled(said, _name(_called(found, loss.kind)), _name(things))])
    shown = _shown(found, most)
    for kind, (added, withdrawn) in found.counts().items():
        if added or withdrawn:
            title = sentence(f"compare-{kind}", lang)
            yield Heading(2, [f"{title} ", Text(f"(+{added} −{withdrawn})", NAME)])
        yield from (Item([line]) for told in shown if told.kind == kind for line in _lines(found, told))
        more = sum(told.kind == kind for told in found.told) - sum(told.kind == kind for told in shown)
        if more:
            yield Item([[sentence("compare-more", lang, count=more)]])
    for name, notice in _notices(found, shown):
        yield Paragraph([filled(sentence("notice", lang, name="\0", notice="\1"), _name(name), _name(notice))])


def _shown(found: Comparison, most: int | None) -> tuple[Told, ...]:
    """Return what is told of: of each kind of change, no more than `most` things."""
    return tuple(told for kind in KINDS for told in [each for each in found.told if each.kind == kind][:most])


def _lines(found: Comparison, told: Told) -> Iterator[Line]:
    """Yield a sentence for each change of a thing; for a thing that came or went, one for each source."""
    thing = _called(found, told.thing)
    if told.now:
        yield _said(found, "compare-moved", thing=_addressed(thing, told.thing), now=short(told.now))
    for source in dict.fromkeys(entry.source for entry in told.entries):
        entries = [entry for entry in told.entries if entry.source == source]
        if told.state == CHANGED:
            named = _addressed(thing, told.thing) if told.thing.startswith(_POSITION) else thing
            yield from _changes(found, named, source, entries)
            continue
        gone, come = (
            [(entry.term, entry.withdrawn) for entry in entries if entry.withdrawn],
            [(entry.term, entry.added) for entry in entries if entry.added],
        )
        for code, values in (("compare-gone", gone), ("compare-new" if told.state == NEW else "compare-adds", come)):
            pairs = [(term, [(None, value) for value in several]) for term, several in values]
            claims = [_claim(found, term, new, tag) for term, each in pairs for _, new, tag in _once(each, found.lang)]
            whole = listed(claims, found.lang, ";")
            if claims:
                yield _said(found, code, source, thing=_addressed(thing, told.thing), claims=whole)
    added, withdrawn = told.places
    if added or withdrawn:
        yield _said(found, "compare-places", thing=thing, counts=f"+{added} −{withdrawn}")


def _addressed(thing: str, iri: str) -> str:
    """Return what a thing is called, with its address where it has a name."""
    return thing if thing == visible(short(iri)) else f"{thing} ({short(iri)})"


def _changes(found: Comparison, thing: str, source: str, entries: list[Entry]) -> Iterator[Line]:
    """Yield a sentence for each value that a source changed, then for what it adds, and for what it says no more."""
    pairs = [(entry.term, *pair) for entry in entries for pair in _once(entry.pairs, found.lang)]
    others = {entry.term: entry.others for entry in entries}
    for term, old, new, tag in pairs:
        if old is not None and new is not None:
            dates = all(isinstance(value, ox.Literal) and date_type(value.value) for value in (old, new))
            before, after = _apart(_value(found, old, tag), _value(found, new, tag))
            code = "compare-date" if dates else "compare-changed"
            line = _said(found, code, source, thing=thing, property=_called(found, term), old=before, new=after)
            told = [] if getattr(new, "language", None) else [_counted(found, *each) for each in others[term][:_NAMED]]
            more = _said(found, "compare-others", values=", ".join(told)) if told else []
            yield [*line, " ", *more] if more else line
    come = [(term, new, tag) for term, old, new, tag in pairs if old is None]
    gone = [(term, old, tag) for term, old, new, tag in pairs if new is None]
    for one, several, values in (("added", "adds", come), ("withdrawn", "drops", gone)):
        if len(values) == 1:
            ((term, value, tag),) = values
            parts = {"property": _called(found, term), "value": visible(_value(found, value, tag))}
            yield _said(found, f"compare-{one}", source, thing=thing, **parts)
        elif values:
            claims = listed((_claim(found, *each) for each in values), found.lang, ";")
            yield _said(found, f"compare-{several}", source, thing=thing, claims=claims)


def _counted(found: Comparison, value: Value, count: int) -> str:
    return f"{visible(_value(found, value))} ({count})"


def _claim(found: Comparison, term: str, value: Value | None, tag: str) -> str:
    return f"{_called(found, term)} {visible(_value(found, value, tag))}"


_Pair: TypeAlias = tuple[Value | None, Value | None]


def _once(pairs: Iterable[_Pair], lang: str) -> Iterator[tuple[Value | None, Value | None, str]]:
    """Yield values as (before, after, languages), of translations only those in the reader's language.

    Translations are texts in languages of ours, equally many in each, that came, went or were changed alike.
    """
    alike: dict[tuple[bool, bool], dict[str, list[_Pair]]] = {}
    for old, new in pairs:
        language = getattr(old or new, "language", None) or ""
        alike.setdefault((old is None, new is None), {}).setdefault(language, []).append((old, new))
    for said in alike.values():
        ours = [language for language in LANGUAGES if language in said]
        own = lang if lang in ours else ours[0] if ours else ""
        once = len({len(said[language]) for language in ours}) == 1
        for language, values in said.items():
            if not once or language == own or language not in ours:
                tag = ", ".join(ours) if once and language == own else language
                yield from ((old, new, tag) for old, new in values)


def _said(found: Comparison, code: str, source: str = "", **parts: str) -> Line:
    """Return a sentence as a line in which each part keeps its own direction; without a source, nobody says it."""
    marks = {name: chr(number) for number, name in enumerate(parts)}
    says = {"says": "", "by": ""}
    if source:
        name = chr(len(parts))
        says = {word: sentence(f"compare-{word}", found.lang, source=name) for word in says}
    line = sentence(code, found.lang, **marks, **says)
    return filled(line, *map(_name, [*parts.values(), *([_called(found, source)] if source else [])]))


def _name(shown: str) -> Text:
    return Text(shown, NAME)


def _called(found: Comparison, iri: str) -> str:
    """Return what a thing is called, a sum by its amount; without a name, its short address."""
    if iri == RDF_TYPE:
        return sentence("compare-type", found.lang)
    if iri.startswith(_AMOUNT):
        currency, _, value = iri.removeprefix(_AMOUNT).partition("-")
        number = ox.Literal(value, datatype=ox.NamedNode(XSD + "decimal"))
        return f"{in_words(number, found.lang)} {currency.upper()}"
    return visible(found.labels.get(iri, found.lang)) if iri in found.labels.names else visible(short(iri))


def _value(found: Comparison, value: Value | None, tag: str = "") -> str:
    """Return a value as people read it; a text with its language, or with `tag`."""
    if isinstance(value, ox.NamedNode):
        return _called(found, value.value)
    if isinstance(value, ox.Literal):
        return f"{value.value} [{tag or value.language}]" if value.language else in_words(value, found.lang)
    return str(value)


def _apart(old: str, new: str) -> tuple[str, str]:
    """Return two values cut to what people read at once; of long ones, without what they share at both ends."""
    if min(len(old), len(new)) > _LONG:
        start = old.rfind(" ", 0, _shared(old, new)) + 1
        old, new = old[start:], new[start:]
        shared = _shared(old[::-1], new[::-1])
        space = old.find(" ", len(old) - shared)
        end = len(old) - space if space > 0 else 0
        before, behind = "… " if start else "", " …" if end else ""
        old, new = (f"{before}{each[: len(each) - end]}{behind}" for each in (old, new))
    return visible(old), visible(new)


def _shared(one: str, other: str) -> int:
    """Return with how many of the same characters two texts begin."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _notices(found: Comparison, shown: tuple[Told, ...]) -> list[tuple[str, str]]:
    """Return (name, designation notice) for everything told of whose name carries one."""
    values = [value for told in shown for entry in told.entries for value in (*entry.withdrawn, *entry.added)]
    things = {told.thing for told in shown} | {value.value for value in values if isinstance(value, ox.NamedNode)}
    things |= {thing for loss in found.losses for thing in loss.gone[:_NAMED]}
    texts = (value.value for value in values if isinstance(value, ox.Literal))
    return found.labels.noticed(things, texts, found.lang)


def _linked(found: Comparison, iri: str) -> dict[str, Any]:
    return {"iri": iri, "label": _called(found, iri)}


def _told(found: Comparison, told: Told) -> dict[str, Any]:
    return {
        **_linked(found, told.thing),
        "kind": told.kind,
        "state": told.state,
        "replaced_by": told.now or None,
        "records": {"added": told.places[0], "withdrawn": told.places[1]},
        "changes": [
            {
                "property": _linked(found, entry.term),
                "source": _linked(found, entry.source) if entry.source else None,
                "withdrawn": [_literal(found, value) for value in entry.withdrawn],
                "added": [_literal(found, value) for value in entry.added],
                "others": [{**_literal(found, value), "sources": count} for value, count in entry.others],
            }
            for entry in told.entries
        ],
        "said": ["".join(line) for line in _lines(found, told)],
    }


def _literal(found: Comparison, value: Value) -> dict[str, Any]:
    if isinstance(value, ox.Literal):
        return {"value": value.value, "language": value.language, "datatype": value.datatype.value}
    return {"value": str(value) if not isinstance(value, ox.NamedNode) else value.value, "label": _value(found, value)}
