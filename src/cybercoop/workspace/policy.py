"""Which of several values is shown first, and why: sources ranked by kind, closeness and date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import pyoxigraph as ox

from cybercoop.terms.literals import date_type, last_day
from cybercoop.terms.names import EDITORS

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
    found: set[str] = set()
    ahead = set(things)
    while ahead := _follow(ahead, properties, linked) - found:
        found |= ahead
    return found
