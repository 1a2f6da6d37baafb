"""The policy as people write it in data/policy.yaml, read strictly: whatever is wrong has its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from cybercoop.problems.problem import LANGUAGES, Problem, Where, nearest, problem
from cybercoop.records.text import decode
from cybercoop.records.tree import Fields, Node, Scalar, listed
from cybercoop.records.yaml import documents
from cybercoop.terms.literals import date_type
from cybercoop.terms.names import SCHEME
from cybercoop.workspace.policy import CRITERIA, ITSELF, STEPS, Policy, Rank, Step

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
            self.problems.append(problem("bad-literal", date.where, value=date.text, term="date", form="xsd:date"))
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
