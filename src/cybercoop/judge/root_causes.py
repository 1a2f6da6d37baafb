"""First causes: what follows from another problem is folded under it, and the rest is put in order by record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from cybercoop.problems.problem import ERROR, Problem, Where
from cybercoop.terms import names

UNSAID = ("unknown-class", "record-without-type")
"""After these, nothing is known of the thing: what it lacks and what points at it follows. The first cause first."""

_SOURCELESS = ("record-without-source", "rdf-without-source", "not-a-source", "source-differs")
"""After these, what is asked of the source, and of a record for the kind of its source, follows."""

_SOURCE = names.NS + "source"
_OF_A_CLASS = (names.SH + "ClassConstraintComponent", names.SH + "OrConstraintComponent")

_DROPPED = frozenset(
    {
        "address-without-beginning",
        "amount-in-one-text",
        "bad-language",
        "bad-literal",
        "bad-name",
        "stands-for-nothing",
        "blank-node",
        "comma-ends-text",
        "computed-term",
        "date-ambiguous",
        "date-range",
        "date-serial",
        "date-type",
        "date-with-time",
        "date-without-century",
        "date-without-year",
        "duplicate-key",
        "empty-value",
        "hidden-character",
        "language-missing",
        "passage-says-nothing",
        "passage-span",
        "passage-without-section",
        "several-values",
        "strange-character",
        "text-direction",
        "unknown-class",
        "unknown-term",
        "wrong-form",
    }
)
"""After these, one statement of the thing is missing: what asks for it follows."""

_MANY = 50
"""How many problems of one thing are looked at as causes of the others: a file of nothing but faults has thousands."""

_CAUSES = (*_SOURCELESS, *UNSAID, "described-twice")
_LAST = "passage-says-nothing"
"""Where a statement is missing, what a place in the source is said to carry of it follows."""
_BY_ID = "id-says-otherwise"
"""Where a value is wrong in itself, that the id says another follows; and so do further values that one id denies."""


def first_causes(
    problems: Iterable[Problem],
    reads: Mapping[str, Iterable[str]],
    pages: Collection[str],
    led_to: Mapping[str, Collection[str]],
) -> tuple[Problem, ...]:
    """Return the problems, each once, with what follows from one under it: by record, errors first, then by place.

    `reads` holds by its code the properties that a constraint looks at, `pages` the files and sheets that are judged,
    `led_to` the properties by which something must lead to the thing.
    """
    once: dict[tuple[object, ...], Problem] = {}
    for found in problems:
        once.setdefault((found.code, found.where, found.thing, found.value), found)
    looked_at = {code: frozenset(some) for code, some in reads.items()}
    return _grouped(_Folder(looked_at, pages, led_to).fold(once.values()))


def group(found: Problem) -> Where:
    """Return where the record of a problem begins; for a problem of no record, the beginning of its file."""
    return found.record or Where(found.where.file)


class _Folder:
    """Puts each problem under the one that it follows from."""

    def __init__(
        self, reads: Mapping[str, frozenset[str]], pages: Collection[str], led_to: Mapping[str, Collection[str]]
    ) -> None:
        self.reads = reads
        self.pages = pages
        self.led_to = led_to
        self.told: Counter[tuple[str, str | None]] = Counter()
        self.causes: list[Problem] = []
        self.about: dict[object, list[int]] = defaultdict(list)
        self.follows: dict[int, list[Problem]] = defaultdict(list)

    def fold(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return the first causes, each with what follows from it."""
        every = list(problems)
        self.told.update((found.code, found.thing) for found in every)
        for found in sorted(every, key=self._first):
            cause = self._cause(found)
            if cause is not None:
                self.follows[cause].append(found)
                continue
            unsaid = found.value if found.code == "bad-name" or _unsaid(found) else None
            leads = ("leads", found.property) if found.value is not None else None
            for name in {found.thing, found.where, leads, unsaid, _nameless(found), *_stand_ins(found)} - {None}:
                if len(self.about[name]) < _MANY:
                    self.about[name].append(len(self.causes))
            self.causes.append(found)
        return [
            cause._replace(follows=(*cause.follows, *self.follows.get(at, ()))) for at, cause in enumerate(self.causes)
        ]

    def _first(self, found: Problem) -> tuple[object, ...]:
        """Return what puts a cause before what may follow from it."""
        rank = _CAUSES.index(found.code) if found.code in _CAUSES else len(_CAUSES) + (found.code in (_LAST, _BY_ID))
        narrow = len(self.reads.get(found.code, ()))
        read = found.component is None and found.code != _BY_ID
        return (
            found.severity != ERROR,
            self._elsewhere(found),
            not read,
            rank,
            found.value is None,
            narrow,
            found.where,
            found.code,
        )

    def _cause(self, found: Problem) -> int | None:
        leads = (("leads", by) for by in self.led_to.get(found.code, ()))
        known = (found.thing, found.value, found.where, _source(found), _referred(found), *leads)
        near = {at: None for name in known if name for at in self.about[name] if self._explains(self.causes[at], found)}
        if not near and self._elsewhere(found):
            own = (at for at, cause in enumerate(self.causes) if not self._elsewhere(cause))
            near = {at: None for at in own if self._reaches(self.causes[at], found)}
        return min(near, key=lambda at: self.causes[at].property != found.property, default=None)

    def _elsewhere(self, found: Problem) -> bool:
        """Return whether a constraint is broken by a thing that stands in no file that is judged."""
        return found.component is not None and found.where.page not in self.pages

    def _reaches(self, cause: Problem, found: Problem) -> bool:
        """Return whether a constraint looks at what the cause makes unknown."""
        return cause.code != _LAST and (_unsaid(cause) or cause.property in self.reads.get(found.code, ()))

    def _explains(self, cause: Problem, found: Problem) -> bool:
        """Return whether a problem is there because of another one that stands near it."""
        if found.where == cause.where and cause.code in (found.code, "bad-language"):
            return True
        if '"@' in (found.term or "") and found.value != cause.value:
            return False  # what is wrong with a text is wrong with it whatever else there is
        if found.code == cause.code and found.value and (found.thing, found.value) == (cause.value, cause.thing):
            return self.told[found.code, found.thing] == 1  # of two things alike, and no more, each tells of the other
        if found.code == _LAST:
            return cause.code in _DROPPED and cause.property == found.property is not None
        if found.code == _BY_ID:
            looked = {cause.property, *self.reads.get(cause.code, ())}
            return found.thing == cause.thing and (cause.code == _BY_ID or found.property in looked)
        if kind := _nameless(cause):
            near = found.thing == cause.thing or (
                found.component in _OF_A_CLASS and found.where.page == cause.where.page
            )
            if found.value == cause.thing or (near and _referred(found) == kind):
                return True
        if cause.code in _SOURCELESS and cause.thing == found.thing and _SOURCE in self.reads.get(found.code, ()):
            return True
        if cause.code in _SOURCELESS and {found.value, _source(found)} & _stand_ins(cause):
            return True
        if cause.code == "address-replaced":
            return found.component is not None and (found.where, found.value) == (cause.where, cause.value)
        if found.component is None:
            return found.code == "record-without-type" and _unsaid(cause) and found.thing == cause.thing
        if _unsaid(cause) and cause.thing in (found.value, found.thing):
            return True
        if found.thing != cause.thing:
            if cause.thing and cause.thing == _source(found):  # what a record must say goes by the kind of its source
                return cause.property in self.reads.get(found.code, ())
            astray = cause.value is not None and cause.property in self.led_to.get(found.code, ())
            return astray or (cause.code == "bad-name" and found.value == cause.value)
        if cause.component is None:
            looked = {found.property, *self.reads.get(found.code, ())}
            alone = found.value is not None and len(looked) == 1
            return cause.code in _DROPPED and cause.property in looked and not alone
        if found.value is not None and found.value == cause.value:
            return True
        looks, narrower = self.reads.get(found.code, frozenset()), self.reads.get(cause.code, frozenset())
        if cause.value is not None and found.value is None:
            return cause.property in looks
        return len(narrower) > 1 and narrower < looks and found.property in narrower


def _source(found: Problem) -> str | None:
    """Return the source of the record that is wrong; None where another thing is."""
    slug = names.source_of_parts(names.expand(found.thing)) if found.thing else None
    return slug and names.short(names.source(slug))


def _stand_ins(found: Problem) -> set[str]:
    """Return what stands in for the source that is missing, where one is."""
    places = (found.record, Where(found.where.file)) if found.code in _SOURCELESS else ()
    return {names.short(names.source(names.unsaid(str(place)))) for place in places if place}


def _nameless(found: Problem) -> tuple[str, str] | None:
    """Return the kind of the thing whose id is missing or cannot be one, where a problem says so."""
    named = found.property is not None or found.component is not None or not names.UNSAID.search(found.thing or "")
    return None if named else ("nameless", names.kind_of(names.expand(found.thing or "")))


def _referred(found: Problem) -> tuple[str, str] | None:
    """Return the kind of the thing that is wrong as a value."""
    return ("nameless", names.kind_of(names.expand(found.value))) if found.value and "/" in found.value else None


def _unsaid(cause: Problem) -> bool:
    if cause.code == "unknown-class" and names.is_named_as(cause.thing or "", cause.nearest or ""):
        return False  # judged as one of the class that is meant
    return cause.code in UNSAID


def _grouped(causes: list[Problem]) -> tuple[Problem, ...]:
    """Return the problems record by record, those with errors first."""
    worst = {group(found): True for found in causes}
    for found in causes:
        worst[group(found)] &= found.severity != ERROR
    return tuple(
        sorted(
            causes,
            key=lambda found: (worst[group(found)], group(found), found.severity != ERROR, found.where, found.code),
        )
    )
