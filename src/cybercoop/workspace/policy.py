"""Which of several values is shown first, and why; the policy for it, as people write it in data/policy.yaml."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import pyoxigraph as ox

from cybercoop.problems.problem import LANGUAGES, Problem, Where, nearest, problem
from cybercoop.records.reading import Fields, Node, Scalar, decode, listed
from cybercoop.records.yaml import documents
from cybercoop.terms.literals import date_type, last_day
from cybercoop.terms.names import EDITORS, SCHEME, XSD
from cybercoop.terms.term import closure

ITSELF, HAND, ABOVE = "itself", "hand", "above"
STEPS = (ITSELF, HAND, ABOVE)
CRITERIA = ("kind", "closeness", "precision", "date")

_MONTHS = re.compile(r"P(?=[0-9])(?:([0-9]+)Y)?(?:([0-9]+)M)?")

Linked = Callable[[str, str], Iterable[str]]
"""Gives what a thing is linked to by a property, both as IRIs."""

Value = ox.NamedNode | ox.Literal


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that one source states, with what the policy looks at.

    `kind` is the IRI of a kind of source, `closeness` a step of the policy, `date` when the source was issued; each is
    empty where nothing is known.
    """

    value: Value
    source: str
    kind: str = ""
    closeness: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a claim stands where it stands: the code of a sentence; texts, IRIs or texts by language that fill it."""

    code: str
    values: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A claim in its place, with the reason for that."""

    claim: Claim
    reason: Reason


@dataclass(frozen=True, slots=True)
class Rank:
    """Kinds of source that stand on one level, and why they do."""

    kinds: tuple[str, ...]
    note: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """A way in which a publisher is close to a thing: by itself, or through properties."""

    name: str
    through: tuple[str, ...]
    note: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Policy:
    """What goes before what; without any rank, sources stand A to Z.

    `one_value` holds the properties of which a thing has one value at a time.
    """

    version: str = ""
    date: str = ""
    note: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    kinds: tuple[Rank, ...] = ()
    closeness: tuple[Step, ...] = ()
    names: tuple[Rank, ...] = ()
    one_value: frozenset[str] = frozenset()

    def prefer(self, claims: Iterable[Claim], *, names: bool = False) -> tuple[Ranked, ...]:
        """Return the claims, the one to show first at the head, each with the reason why it stands where it stands.

        With `names` the claims are names of a thing in one language: the editors' own, then by ranks of their own.
        """
        ordered = sorted(claims, key=lambda claim: self._key(claim, names))
        return tuple(Ranked(claim, self._reason(ordered, place, names)) for place, claim in enumerate(ordered))

    def name_place(self, kind: str) -> int:
        """Return the place of a kind of source among those that name things; the lowest goes first."""
        return _place(self.names, kind)

    def near(self, thing: str, publishers: Iterable[str], linked: Linked) -> str:
        """Return the first step by which one of the publishers of a source is close to a thing, or an empty text."""
        through = {step.name: step.through for step in self.closeness}
        up = through.get(ABOVE, ())
        higher = _climb({thing}, up, linked)
        speakers = set(publishers)
        hands = _follow({thing}, through.get(HAND, ()), linked)
        met = {
            ITSELF: thing in speakers,
            HAND: bool(hands & speakers),
            ABOVE: bool(
                (higher | _follow(higher, through.get(HAND, ()), linked)) & speakers
                or ({thing} | hands) & _climb(speakers, up, linked)
            ),
        }
        return next((step.name for step in self.closeness if met[step.name]), "")

    def _key(self, claim: Claim, names: bool) -> tuple[object, ...]:
        marks = [self._mark(criterion, claim, names) for criterion in self._criteria(names)]
        return (*marks, claim.source, str(claim.value))

    def _criteria(self, names: bool) -> tuple[str, ...]:
        return ("editors", "kind") if names else self.order

    def _mark(self, criterion: str, claim: Claim, names: bool) -> int:
        if criterion == "editors":
            return int(claim.source != EDITORS)
        if criterion == "kind":
            return _place(self.names if names else self.kinds, claim.kind)
        if criterion == "closeness":
            steps = [step.name for step in self.closeness]
            return steps.index(claim.closeness) if claim.closeness in steps else len(steps)
        if criterion == "precision":
            return -len(claim.value.value) if date_type(claim.value.value) else 0
        return -int(last_day(claim.date).replace("-", "")) if date_type(claim.date) else 0

    def _reason(self, ordered: Sequence[Claim], place: int, names: bool) -> Reason:
        claim = ordered[place]
        others = [other for other in ordered if other.value != claim.value]
        if not others:
            return Reason("policy-agreed", {"count": str(len(ordered))}) if len(ordered) > 1 else Reason("policy-only")
        first = next(other for other in ordered if other.value == claim.value)
        if first is not claim:
            return Reason("policy-same", {"other": first.source})
        before = [other for other in ordered[:place] if other.value != claim.value]
        rival, side = (before[-1], "after") if before else (others[0], "before")
        for criterion in self._criteria(names):
            if self._mark(criterion, claim, names) != self._mark(criterion, rival, names):
                said = {"this": self._said(criterion, claim), "other": self._said(criterion, rival)}
                return Reason(f"policy-{side}-{criterion}", said)
        return Reason(f"policy-{side}", {"other": rival.source})

    def _said(self, criterion: str, claim: Claim) -> str | Mapping[str, str]:
        if criterion == "closeness":
            return next((step.note for step in self.closeness if step.name == claim.closeness), "")
        return {"editors": claim.source, "kind": claim.kind, "precision": claim.value.value, "date": claim.date}[
            criterion
        ]


def contradict(claims: Iterable[Claim]) -> bool:
    """Return whether two sources state what cannot both be right: `2024-05` and `2024-06`, not `2024-05` and `2024`."""
    said = {(claim.source, _comparable(claim.value)) for claim in claims}
    return any(
        source != other and one != two and not one.startswith(f"{two}-") and not two.startswith(f"{one}-")
        for (source, one), (other, two) in combinations(said, 2)
    )


def _comparable(value: Value) -> str:
    """Return the form of a value by which it is compared: years of a duration as months."""
    months = _MONTHS.fullmatch(value.value)
    return f"P{12 * int(months[1] or 0) + int(months[2] or 0)}M" if months else value.value


def _place(ranks: Sequence[Rank], kind: str) -> int:
    return next((place for place, rank in enumerate(ranks) if kind in rank.kinds), len(ranks))


def _follow(things: Iterable[str], through: Iterable[str], linked: Linked) -> set[str]:
    properties = tuple(through)
    return {target for thing in things for predicate in properties for target in linked(thing, predicate)}


def _climb(things: Iterable[str], through: Iterable[str], linked: Linked) -> set[str]:
    """Return what stands above some things, at any height."""
    properties = tuple(through)
    return closure(_follow(things, properties, linked), lambda each: _follow([each], properties, linked))


_KIND = SCHEME + "source-kind/"
_EDITORIAL = "editorial"
_PARTS = ("version", "date", "note", "order", "kinds", "closeness", "names", "one-value")


def read(data: bytes, file: str, words: Mapping[str, str], kinds: Collection[str]) -> tuple[Policy, list[Problem]]:
    """Return the policy in a file, and what is wrong with it.

    `words` maps the properties that it may name to their IRIs, `kinds` are the slugs of the kinds of source; each of
    them must have its rank.
    """
    text, problems = decode(data, file)
    trees, unreadable = documents(text, file) if text else ([], [])
    problems += unreadable
    reader = _Reader(words, kinds, problems)
    if problems:
        return Policy(), problems
    top = trees[0] if trees else None
    if len(trees) != 1 or not isinstance(top, Fields):
        where = trees[1].where if len(trees) > 1 else top.where if top else Where(file)
        return Policy(), [problem("policy-form", where, value=file)]
    return reader.policy(top), problems


@dataclass(slots=True)
class _Reader:
    words: Mapping[str, str]
    kinds: Collection[str]
    problems: list[Problem] = field(default_factory=list)

    def policy(self, top: Fields) -> Policy:
        parts = self.parts(top, _PARTS)
        date = self.scalar(parts.get("date"))
        if date and date_type(date.text) is None:
            from cybercoop.records.misread import bad_literal  # which a policy without a fault does without

            self.problems.append(bad_literal(date.text, "date", XSD + "date", date.where))
        version = self.scalar(parts.get("version"))
        return Policy(
            version.text if version else "",
            date.text if date else "",
            self.texts(parts.get("note")),
            self.chosen(parts.get("order"), {name: name for name in CRITERIA}),
            self.ranks(parts.get("kinds")),
            self.steps(parts.get("closeness")),
            self.ranks(parts.get("names"), without=_EDITORIAL),
            frozenset(self.chosen(parts.get("one-value"), self.words)),
        )

    def ranks(self, node: Node | None, without: str = "") -> tuple[Rank, ...]:
        """Return the ranks of a list; every kind of source has exactly one of them, but for the one left out."""
        if node is None:
            return ()
        entries = [self.parts(entry, ("is", "note")) for entry in listed(node)]
        slugs = {slug: slug for slug in self.kinds if slug != without}
        seen: dict[str, Where] = {}
        ranks = tuple(
            Rank(self.chosen(entry.get("is"), slugs, seen), self.texts(entry.get("note"))) for entry in entries
        )
        for slug in sorted(slugs.keys() - seen.keys()):
            self.problems.append(problem("policy-lacks", node.where, value=slug))
        return tuple(Rank(tuple(_KIND + slug for slug in rank.kinds), rank.note) for rank in ranks)

    def steps(self, node: Node | None) -> tuple[Step, ...]:
        seen: dict[str, Where] = {}
        steps = []
        for entry in listed(node) if node is not None else ():
            allowed = ("step", "through", "note")
            parts = self.parts(entry, allowed, optional=("through",))
            name = self.chosen(parts.get("step"), {step: step for step in STEPS}, seen)
            if name and name != (ITSELF,) and "through" not in parts:
                self.problems.append(problem("policy-lacks", entry.where, value="through"))
            through = self.chosen(parts.get("through"), self.words)
            steps.append(Step(next(iter(name), ""), through, self.texts(parts.get("note"))))
        return tuple(steps)

    def parts(self, node: Node, allowed: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Node]:
        """Return what a mapping says; it holds each of the allowed words, and no other."""
        if not isinstance(node, Fields):
            self.problems.append(problem("policy-form", node.where, value=" ".join(allowed)))
            return {}
        found = {key.text: value for key, value in node if self.known(key, allowed)}
        for name in allowed:
            if name not in found and name not in optional:
                self.problems.append(problem("policy-lacks", node.where, value=name))
        return found

    def chosen(
        self, node: Node | None, known: Mapping[str, str], seen: dict[str, Where] | None = None
    ) -> tuple[str, ...]:
        """Return what the words of a list mean; each is known, and stands once."""
        seen = {} if seen is None else seen
        found = []
        for item in listed(node) if node is not None else ():
            word = self.scalar(item)
            if word is None or not self.known(word, known):
                continue
            if word.text in seen:
                first = str(seen[word.text].line)
                self.problems.append(problem("duplicate-key", word.where, value=word.text, first=first))
            else:
                seen[word.text] = word.where
                found.append(known[word.text])
        return tuple(found)

    def texts(self, node: Node | None) -> dict[str, str]:
        """Return a text in our three languages."""
        if node is None:
            return {}
        said = {lang: self.scalar(value) for lang, value in self.parts(node, LANGUAGES).items()}
        return {lang: value.text for lang, value in said.items() if value}

    def scalar(self, node: Node | None) -> Scalar | None:
        if node is None or isinstance(node, Scalar):
            return node
        self.problems.append(problem("wrong-form", node.where, value="policy"))
        return None

    def known(self, word: Scalar, known: Collection[str]) -> bool:
        if word.text in known:
            return True
        alike = nearest(word.text, known)
        self.problems.append(problem("policy-word", word.where, value=word.text, nearest=alike))
        return False
