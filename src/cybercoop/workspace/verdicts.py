"""Positions on treaties as sentences that can be quoted, in three languages: the names of the positions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from cybercoop.problems.problem import LANGUAGES, listed, sentence
from cybercoop.terms.labels import NAME, Labels, of_quads
from cybercoop.terms.names import DERIVED, ID, NS, PREFIXES
from cybercoop.terms.term import iri_of

_FROM = PREFIXES["prov"] + "wasDerivedFrom"
_PARTY = ID.replace("/id/", "/scheme/") + "listed-status/party"
TOLD = frozenset((NAME, NS + "about", NS + "listedAs", NS + "entryFor"))
"""The stated properties that a verdict is told by."""
_UNTIL = NS + "openUntil"
_OF_POSITIONS = ("contradictedBy", "noLaterThan", "positionKind", "reachedBy", "reachedOn")
TOLD_OF = frozenset((_FROM, _UNTIL, *(NS + name for name in _OF_POSITIONS)))
"""The derived properties that a verdict is told by."""
_Facts = Mapping[str, set[str]]


def verdicts(said: Mapping[str, Iterable[ox.Quad]], derived: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield a name in each language for each position that the rules derived, in the graph of derived facts.

    “Party: accession 2018-06-29, in force since 2018-10-01; 5 sources, 1 differs”: the step, how and when it was
    reached, on how many sources the position and the consent before it rest, and how many of these contradict it.
    `said` holds the statements of each property of `TOLD`.
    """
    facts: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    until: dict[str, str] = {}
    for quad in derived:
        if (word := quad.predicate.value) == _UNTIL:
            until[iri_of(quad.subject)] = _text(quad.object)
        elif word in TOLD_OF:
            facts[iri_of(quad.subject)][word.removeprefix(NS)].add(_text(quad.object))
    positions = {iri: known for iri, known in facts.items() if "positionKind" in known}
    records = {record for known in positions.values() for record in known[_FROM]}
    stated = ((iri_of(quad.subject), iri_of(quad.object)) for quad in said[NS + "about"])
    about = {record: claim for record, claim in stated if record in records}
    parties = {iri_of(quad.subject) for quad in said[NS + "listedAs"] if iri_of(quad.object) == _PARTY}
    entered = {iri_of(quad.subject): iri_of(quad.object) for quad in said[NS + "entryFor"]}
    named = {act for known in positions.values() for act in known["reachedBy"]}.union(entered.values())
    labels = of_quads(quad for quad in said[NAME] if iri_of(quad.subject) in named)
    for iri, known in sorted(positions.items()):
        stem, kind = iri.rpartition(_slug(known["positionKind"]))[0], _slug(known["positionKind"])
        told = {step: positions[stem + step] for step in ("consented", "in-force") if stem + step in positions}
        told[kind] = known
        claims = {about[record] for one in told.values() for record in one[_FROM]}
        for lang in LANGUAGES:
            who = labels.get(next((entered[claim] for claim in sorted(claims) if claim in entered), iri), lang)
            ends = [until[claim] for claim in sorted(claims) if claim in until] if kind == "invited" else []
            end = sentence("verdict-until", lang, date=_shown(ends[0], lang)) if ends else ""
            text = _sentence(kind, told, labels, lang, who=who, party=bool(claims & parties), end=end)
            text += _sources(told.values() if kind == "in-force" else [known], lang)
            yield _name(iri, text, lang)


def _sentence(
    kind: str, told: Mapping[str, _Facts], labels: Labels, lang: str, *, who: str, party: bool, end: str
) -> str:
    """Return what a position says, without its sources.

    `who` extended a treaty, a list of Parties has the `party`, `end` tells until when an invitation is open.
    """
    known = told[kind]
    if kind not in ("consented", "in-force"):
        after, then, consent = told.get("consented"), "", ""
        if kind in ("invited", "signed") and after and not after["reachedOn"]:  # it may have been given by any day
            then, consent = "-then-open", _consent(after, labels, lang, named=True)
        elif kind == "signed" and after:
            then = "-then-bound"
        return sentence(f"verdict-{kind}{then}", lang, party=who, date=_dates(known, lang) + end, consent=consent)
    consent = _consent(told.get("consented", known), labels, lang, named=kind == "in-force" or party)
    if kind == "in-force":
        return sentence("verdict-in-force", lang, consent=consent, date=_dates(known, lang))
    if "in-force" in told:
        return sentence("verdict-before-force", lang, consent=consent, date=_dates(told["in-force"], lang))
    return sentence("verdict-party" if party else "verdict-consented", lang, consent=consent)


def _consent(known: _Facts, labels: Labels, lang: str, *, named: bool) -> str:
    """Return how and when consent was given, “accession 2018-06-29”, or that its day is not known: `named`, of what."""
    if known["reachedOn"]:
        act = min(known["reachedBy"])  # a list with one code for all says ratification; whoever says more says it
        return f"{labels.get(act, lang)} {_dates(known, lang)}"
    if not named:
        return _dates(known, lang)
    last = min(known["noLaterThan"], default="")
    return sentence("verdict-consent-by" if last else "verdict-consent-undated", lang, date=_shown(last, lang))


def _dates(known: _Facts, lang: str) -> str:
    """Return the dates of a step; where no claim dates it, the day by which it was reached, if any."""
    dates = [_shown(date, lang) for date in sorted(known["reachedOn"])]
    if len(dates) > 1:
        return sentence("verdict-or", lang, first=listed(dates[:-1], lang), last=dates[-1])
    if dates:
        return dates[0]
    last = min(known["noLaterThan"], default="")
    return sentence("verdict-by" if last else "verdict-undated", lang, date=_shown(last, lang))


def _shown(date: str, lang: str) -> str:
    """Return a date that keeps its order amid Arabic letters, where figures between hyphens would turn."""
    return date.replace("-", "/") if lang == "ar" else date


def _sources(told: Iterable[_Facts], lang: str) -> str:
    records = {record for known in told for record in known[_FROM]}
    against = {record for known in told for record in known["contradictedBy"]}
    count, differ = (len({record.rpartition("/")[2].split("--")[0] for record in some}) for some in (records, against))
    text = sentence("verdict-one-source" if count == 1 else "verdict-sources", lang, count=count)
    if differ:
        text += sentence("verdict-one-differs" if differ == 1 else "verdict-differ", lang, count=differ)
    return text


def _slug(kinds: set[str]) -> str:
    return min(kinds).rpartition("/")[2]


def _text(term: object) -> str:
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else str(term)


def _name(iri: str, text: str, lang: str) -> ox.Quad:
    return ox.Quad(ox.NamedNode(iri), ox.NamedNode(NAME), ox.Literal(text, language=lang), ox.NamedNode(DERIVED))
