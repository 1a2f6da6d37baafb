"""Which words are in force at a place of a JSON-LD document, and what they mean there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from cybercoop.problems.problem import problem
from cybercoop.records.reading import Fields, Node, Scalar, Unreadable, listed
from cybercoop.terms.names import CONTEXT, ID

_TERM = ("@id", "@type", "@container", "@language", "@context")


@dataclass(frozen=True, slots=True)
class Word:
    """What one word of a context stands for.

    `kind` is `@id`, `@vocab`, the IRI of a datatype, or empty; `inside` is the context for its values.
    """

    iri: str
    kind: str = ""
    by_language: bool = False
    language: str | None = None
    inside: Node | None = None
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Active:
    """The words in force; `own` is the context that our IRI stands for."""

    own: Node
    base: str = ID
    vocab: str | None = None
    language: str | None = None
    words: Mapping[str, Word] = field(default_factory=dict)

    def name(self, text: str) -> str | None:
        """Return the keyword or IRI that a property or class name stands for, or None when it stands for nothing."""
        if text in self.words:
            return self.words[text].iri
        if ":" in text or text.startswith("@"):
            return self._compact(text)
        return None if self.vocab is None else self.vocab + text

    def link(self, text: str) -> str:
        """Return the IRI that a value names: whole, prefixed, or completed from the base."""
        return self._compact(text) if ":" in text else urljoin(self.base, text)

    def kind(self, text: str) -> str:
        """Return the IRI that a class name stands for; one that no context knows is completed from the base."""
        return self.name(text) or urljoin(self.base, text)

    def inside(self, word: Word | None) -> Active:
        """Return what is in force among the values of a property."""
        return self if word is None or word.inside is None else self.extended(word.inside)

    def extended(self, context: Node) -> Active:
        """Return what is in force after a `@context`. Raises `Unreadable` for one that would have to be fetched."""
        now = self
        for part in listed(context):
            if isinstance(part, Fields):
                now = now._with(part)
            elif isinstance(part, Scalar) and part.quoted and part.text == CONTEXT:
                now = now.extended(self.own)
            elif isinstance(part, Scalar) and part.text == "null" and not part.quoted:
                now = Active(self.own)
            else:
                raise Unreadable(problem("foreign-context", part.where, value=getattr(part, "text", "[…]")))
        return now

    def _compact(self, text: str) -> str:
        prefix, _, local = text.partition(":")
        word = self.words.get(prefix)
        if word is not None and word.prefix and not local.startswith("//"):
            return word.iri + local
        return text

    def _with(self, context: Fields) -> Active:
        now = self
        meanings: dict[str, Node] = {}
        for key, value in context:
            if key.text in ("@base", "@vocab", "@language"):
                now = now._keyword(key, value)
            elif key.text.startswith("@") and key.text != "@version":
                raise _unread(key)
            elif key.text != "@version":
                meanings[key.text] = value
                _check(key, value)
        words = {name: word for name, word in now.words.items() if name not in meanings}
        return _Definer(replace(now, words=words), meanings).all()

    def _keyword(self, key: Scalar, value: Node) -> Active:
        if not isinstance(value, Scalar):
            raise _unread(key)
        text = value.text if value.quoted else None
        if key.text == "@base":
            return replace(self, base=urljoin(self.base, text or ""))
        if key.text == "@vocab":
            return replace(self, vocab=None if text is None else self.name(text) or text)
        return replace(self, language=text)


class _Definer:
    """Gives the words of one context their meanings, in whichever order they stand."""

    def __init__(self, active: Active, meanings: Mapping[str, Node]) -> None:
        self.active = active
        self.meanings = meanings
        self.words = dict(active.words)
        self.open: set[str] = set()

    def all(self) -> Active:
        for name in self.meanings:
            self._define(name)
        return replace(self.active, words=self.words)

    def _define(self, name: str) -> None:
        if name in self.words or name in self.open:
            return
        self.open.add(name)
        meaning = self.meanings[name]
        if isinstance(meaning, Scalar) and meaning.quoted:
            iri = self._name(meaning.text)
            self.words[name] = Word(iri, prefix=iri.endswith((":", "/", "?", "#", "[", "]", "@")))
        elif isinstance(meaning, Fields):
            self.words[name] = self._term(name, meaning)

    def _term(self, name: str, meaning: Fields) -> Word:
        identity, kind, language = (_text(meaning.get(key)) for key in ("@id", "@type", "@language"))
        containers = [_text(item) for item in listed(meaning.get("@container") or Fields((), meaning.where))]
        return Word(
            self._name(identity or name),
            kind=kind if kind in ("", "@id", "@vocab") else self._name(kind),
            by_language="@language" in containers,
            language=language or None,
            inside=meaning.get("@context"),
        )

    def _name(self, text: str) -> str:
        for word in (text, text.partition(":")[0]):
            if word in self.meanings:
                self._define(word)
        return replace(self.active, words=self.words).name(text) or text


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) and node.quoted else ""


def _unread(key: Scalar) -> Unreadable:
    return Unreadable(problem("jsonld-feature", key.where, value=key.text))


def _check(key: Scalar, meaning: Node) -> None:
    """Raise `Unreadable` for a meaning that says more than this reader understands, or names a context elsewhere."""
    if not isinstance(meaning, Fields):
        return
    for part, value in meaning:
        if part.text not in _TERM:
            raise _unread(part)
        for item in listed(value):
            allowed = ("@language", "@set") if part.text == "@container" else ("@id", "@vocab")
            text = _text(item)
            if part.text in ("@container", "@type") and text.startswith("@") and text not in allowed:
                raise Unreadable(problem("jsonld-feature", item.where, value=text))
            if part.text == "@context" and isinstance(item, Fields):
                for inner, deeper in item:
                    _check(inner, deeper)
            elif part.text == "@context" and text != CONTEXT:
                raise Unreadable(problem("foreign-context", item.where, value=text))
