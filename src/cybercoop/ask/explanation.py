"""Every claim about a thing: by property, with who says so and where, and which value is shown first and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from cybercoop.documents import NAME, Block, Heading, Item, Line, Paragraph, Text, html, markdown, text
from cybercoop.problems.problem import in_language, listed, seen, sentence
from cybercoop.problems.values import in_words
from cybercoop.terms.labels import Labels
from cybercoop.terms.names import RDF_TYPE, short
from cybercoop.terms.places import Place, carrying
from cybercoop.workspace.policy import Policy, Reason, Value

_SHOWN = 8
"""How many things that point at another are listed before they are counted."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A source as it speaks of the thing: its card, where it does, and by what reason where that is a judgement.

    `said` holds its places in order, each with the properties and things that a record says to be read there.
    """

    source: str
    kind: str
    publishers: tuple[str, ...]
    issued: str
    said: Mapping[Place, frozenset[str]]
    reason: Mapping[str, str]

    def places(self, *words: str) -> tuple[Place, ...]:
        """Return where the source says a property or names a thing; without any, all its places."""
        found = carrying(self.said, *words)
        return tuple(place for place in self.said if place in found)


@dataclass(frozen=True, slots=True)
class Stated:
    """A value with the sources that state it; `reason` says why it stands where it stands among the others."""

    value: Value
    sources: tuple[str, ...]
    preferred: bool = False
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Property:
    """What is said by one property; `contradicted` where two sources state what cannot both be right."""

    iri: str
    values: tuple[Stated, ...]
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class Pointer:
    """The things that name this one by a property, each with the sources that say so."""

    iri: str
    things: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """What the graph holds about one thing, ready to be said in a language.

    `contents` are the values of things that bear no name, such as amounts.
    """

    thing: str
    classes: tuple[str, ...]
    properties: tuple[Property, ...]
    pointing: tuple[Pointer, ...]
    witnesses: Mapping[str, Witness]
    contents: Mapping[str, tuple[Value, ...]]
    policy: Policy
    labels: Labels
    lang: str

    def __repr__(self) -> str:
        return as_text(self).rstrip()

    def _repr_html_(self) -> str:
        """Return the explanation as a notebook shows it."""
        return as_html(self)

    def _repr_markdown_(self) -> str:
        """Return the explanation for notebooks that show no HTML."""
        return as_markdown(self)

    def named(self, iri: str, within: tuple[str, ...] = ()) -> str:
        """Return what a thing is called; without a name, what it consists of but for things `within`, else its IRI."""
        if iri == RDF_TYPE:
            return sentence("explain-type", self.lang)
        if iri in self.contents and iri not in within:
            return " · ".join(dict.fromkeys(self.shown(value, (*within, iri)) for value in self.contents[iri]))
        return self.labels.get(iri, self.lang) if iri in self.labels.names else short(iri)

    def shown(self, value: Value, within: tuple[str, ...] = ()) -> str:
        """Return a value as people read it; a text with its language."""
        if isinstance(value, ox.NamedNode):
            return self.named(value.value, within)
        return f"{value.value} [{value.language}]" if value.language else in_words(value, self.lang)

    def why(self, reason: Reason | None) -> str:
        """Return the reason for a value's place as a sentence."""
        if reason is None:
            return ""
        texts = {name: self._filled(reason.code, value) for name, value in reason.values.items()}
        return sentence(reason.code, self.lang, **texts)

    def notices(self) -> list[tuple[str, str]]:
        """Return (name, designation notice) for everything met here whose name carries one."""
        values = [stated.value for entry in self.properties for stated in entry.values]
        values += [value for parts in self.contents.values() for value in parts]
        things = {self.thing, *(value.value for value in values if isinstance(value, ox.NamedNode))}
        things.update(iri for pointer in self.pointing for iri, _ in pointer.things)
        return self.labels.noticed(
            things, (value.value for value in values if isinstance(value, ox.Literal)), self.lang
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain values: IRIs, with labels and reasons in its language."""
        return {
            "thing": self.thing,
            "label": self.named(self.thing),
            "classes": list(map(self._linked, self.classes)),
            "properties": [self._property(entry) for entry in self.properties],
            "pointing": [
                {
                    **self._linked(pointer.iri),
                    "things": [{**self._linked(iri), "sources": list(said)} for iri, said in pointer.things],
                }
                for pointer in self.pointing
            ],
            "sources": [self._witness(witness) for witness in self.witnesses.values()],
            "policy": {"version": self.policy.version, "date": self.policy.date},
            "notices": [{"name": name, "notice": notice} for name, notice in self.notices()],
        }

    def _filled(self, code: str, value: str | Mapping[str, str]) -> str:
        if not value:
            return sentence(f"policy-no-{code.rsplit('-', 1)[-1]}", self.lang)
        if not isinstance(value, str):
            return in_language(value, self.lang)
        return self.labels.get(value, self.lang) if "://" in value else value

    def _linked(self, iri: str) -> dict[str, Any]:
        return {"iri": iri, "label": self.named(iri)}

    def _property(self, entry: Property) -> dict[str, Any]:
        values = []
        for stated in entry.values:
            literal = stated.value if isinstance(stated.value, ox.Literal) else None
            values.append(
                {
                    "value": stated.value.value,
                    "label": None if literal else self.shown(stated.value),
                    "language": literal.language if literal else None,
                    "datatype": literal.datatype.value if literal else None,
                    "preferred": stated.preferred,
                    "why": self.why(stated.reason) or None,
                    "sources": list(stated.sources),
                    "places": {
                        source: [place.to_dict() for place in self._places(source, entry.iri, stated.value)]
                        for source in stated.sources
                    },
                }
            )
        return {**self._linked(entry.iri), "contradicted": entry.contradicted, "values": values}

    def _places(self, source: str, iri: str, value: Value) -> tuple[Place, ...]:
        """Return where a source says a value; of a class, every place at which it speaks of the thing."""
        return self.witnesses[source].places(iri, value.value)

    def marks(self, iri: str, stated: Stated) -> str:
        """Return the numbers of the sources of a value, each with those of its places where not all of them hold it."""
        numbers = list(self.witnesses)
        found = []
        for source in stated.sources:
            every, own = list(self.witnesses[source].said), self._places(source, iri, stated.value)
            which = [every.index(place) + 1 for place in own] if len(own) < len(every) else []
            number = numbers.index(source) + 1
            found.append(f"[{listed((f'{number}.{place}' for place in which), self.lang) or number}]")
        return " ".join(found)

    def _witness(self, witness: Witness) -> dict[str, Any]:
        return {
            **self._linked(witness.source),
            "kind": self._linked(witness.kind) if witness.kind else None,
            "publishers": list(map(self._linked, witness.publishers)),
            "issued": witness.issued or None,
            "places": [place.to_dict() for place in witness.said],
            "reason": in_language(witness.reason, self.lang) or None,
        }


def as_text(explanation: Explanation) -> str:
    """Return the explanation for reading in a terminal; numbers in brackets lead to the sources at its end."""
    return text.write(_blocks(explanation), room=text.terminal_width())


def as_json(explanation: Explanation) -> str:
    """Return the explanation for programs."""
    return json.dumps(explanation.to_dict(), ensure_ascii=False, indent=2) + "\n"


def as_markdown(explanation: Explanation) -> str:
    """Return the explanation as a Markdown document."""
    return markdown.write(_blocks(explanation)) + "\n"


def as_html(explanation: Explanation) -> str:
    """Return the explanation as a piece of a page, where each text keeps the direction of its own script."""
    shown = html.write(_blocks(explanation), top=3)
    return f'<div lang="{explanation.lang}"{html.directed(explanation.lang)}>\n{shown}\n</div>\n'


FORMATS: dict[str, Callable[[Explanation], str]] = {"text": as_text, "json": as_json, "md": as_markdown}
"""Every way of writing an explanation, by the name that people type."""


def _blocks(told: Explanation) -> Iterator[Block]:
    """Yield what there is to read of an explanation, in order."""
    numbers = {source: number for number, source in enumerate(told.witnesses, 1)}

    def item(text: str, sources: tuple[str, ...]) -> Item:
        return Item([_line(text, " ".join(f"[{numbers[source]}]" for source in sources))])

    kinds = listed(map(told.named, told.classes), told.lang)
    yield Heading(1, _line(told.named(told.thing)))
    yield Paragraph([_line(" · ".join(filter(None, (short(told.thing), kinds))))])
    for entry in told.properties:
        mark = f" ≠ {sentence('explain-contradiction', told.lang)}" if entry.contradicted else ""
        yield Heading(3, _line(told.named(entry.iri) + mark))
        for stated in entry.values:
            yield Item([_line(told.shown(stated.value), told.marks(entry.iri, stated), told.why(stated.reason))])
    if not (told.properties or told.pointing):
        yield Heading(3, [sentence("no-rows", told.lang)])
    if told.pointing:
        yield Heading(2, [sentence("explain-pointing", told.lang)])
    for pointer in told.pointing:
        yield Heading(3, _line(told.named(pointer.iri)))
        for iri, sources in pointer.things[:_SHOWN]:
            yield item(told.named(iri), sources)
        if len(pointer.things) > _SHOWN:
            yield item(sentence("explain-more", told.lang, count=len(pointer.things) - _SHOWN), ())
    if told.witnesses:
        yield Heading(2, [sentence("explain-sources", told.lang)])
    for source, witness in told.witnesses.items():
        card = [told.named(iri) for iri in (*filter(None, (witness.kind,)), *witness.publishers)]
        lines = [f"[{numbers[source]}] {told.named(source)} ({' · '.join([*card, *filter(None, (witness.issued,))])})"]
        lines += [listed(_numbered(numbers[source], witness), told.lang, ";")] if witness.said else []
        if reason := in_language(witness.reason, told.lang):
            lines.append(sentence("explain-reason", told.lang, reason=reason))
        yield Item(list(map(_line, lines)))
    if told.policy.version:
        policy = sentence("explain-policy", told.lang, version=told.policy.version, date=told.policy.date)
        yield Paragraph([_line(policy)])
    for name, notice in told.notices():
        yield Paragraph([_line(sentence("notice", told.lang, name=name, notice=notice))])


def _numbered(number: int, witness: Witness) -> Iterator[str]:
    """Yield the places of a source, with numbers where claims are told apart by them."""
    apart = any(witness.said.values())
    return (f"{number}.{index} {place}" if apart else str(place) for index, place in enumerate(witness.said, 1))


def _line(*texts: str) -> Line:
    """Return texts side by side, each in its own direction, with marks for what cannot be seen."""
    parts = [part for text in texts if text for part in ("   ", Text(seen(text), NAME))]
    return parts[1:]
