"""What language a text is said to be in: whether there is such a one, and whether its words are those of another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from cybercoop.judge.consistency import Said
from cybercoop.problems.problem import WARNING, Problem, problem
from cybercoop.terms import names
from cybercoop.terms.labels import NAME, OTHER_NAME
from cybercoop.terms.term import plain

_CODES = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj
kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv
ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti
tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
aeb apc arq ary arz ayl ckb kab prs rif shi tzm zgh
"""
_LANGUAGES = frozenset(_CODES.split())
"""ISO 639-1, and languages of the region that have a code of three letters alone (BCP 47, 2.2.1)."""
_MEANT = {
    **dict.fromkeys(("anglais", "eng", "english", "gb", "uk-en", "us"), "en"),
    **dict.fromkeys(("fra", "francais", "fre", "french"), "fr"),
    **dict.fromkeys(("ara", "arabe", "arabic", "arb"), "ar"),
}
_SMALL = {
    "en": "the of and for with from by at in on to a an its is was were or as",
    "fr": "le la les un une des du de d l et en pour sur dans au aux par avec ou est sont à",
}
"""Words without which few sentences of a language can do."""
_ALONE = "on to a an as is or un en d l de la le est ou par"
"""Those of them that names in another language have, or that are words of it as well: one alone says nothing."""
_OF_THE_FIELD = {
    "en": "against between judicial meeting seminar training workshop workshops",
    "fr": "atelier ateliers contre entre judiciaire réunion séminaire",
}
_ENGLISH, _FRENCH = (frozenset(words.split()) for words in _SMALL.values())
_NO_NAME = frozenset(_ALONE.split())
_TELLING = {tag: frozenset(words.split()) for tag, words in _OF_THE_FIELD.items()}
_WORD = re.compile(r"[^\W\d_]+")
_OWN = tuple(names.ID + kind for kind in ("country/", "organisation/", "place/", "region/"))
"""Where the things begin whose names stay as they are in their own language."""


def tagged(said: Said) -> Iterator[Problem]:
    """Yield a problem for each text in a language that has no code, or in English for French or the reverse."""
    odd: dict[str, tuple[str, str]] = {}
    for value in said.statements.values():
        if value[-1] not in '">':
            tag = value[value.rindex("@") + 1 :]
            if (primary := tag.partition("-")[0]) not in _LANGUAGES:
                odd[value] = tag, ""
            elif primary in _TELLING and (meant := written_in(plain(value), primary)):
                odd[value] = tag, meant
    for _, subject, word, value, where in said.statements.rows() if odd else ():
        if value not in odd:
            continue
        (tag, meant), thing, property_ = odd[value], subject[1:-1], word[1:-1]
        told = {"value": tag, "nearest": _MEANT.get(tag, ""), "thing": names.short(thing)}
        if not meant:
            yield problem("bad-language", where, **told)._replace(property=property_)
        elif property_ not in (NAME, OTHER_NAME) or not thing.startswith(_OWN):
            told |= {"value": plain(value), "tag": tag, "nearest": meant}
            found = problem("text-in-another-language", where, severity=WARNING, **told)
            yield found._replace(property=property_, term=value)


def written_in(text: str, tag: str) -> str | None:
    """Return `fr` for a text of which English is said (`en`) and whose words are French, or the reverse; else None.

    The words must be such that the one language cannot do without, and the text have none of the other, nor an accent.

    >>> written_in("Judicial training in Algiers", "fr")
    'en'
    >>> written_in("Octopus Conference, Strasbourg", "fr")
    """
    words = [word.lower() for word in _WORD.findall(text if text.isascii() else unicodedata.normalize("NFC", text))]
    own, other, meant = (_FRENCH, _ENGLISH, "en") if tag == "fr" else (_ENGLISH, _FRENCH, "fr")
    if other.isdisjoint(words) and _TELLING[meant].isdisjoint(words):
        return None
    signs = sum(word in other for word in words if word not in _NO_NAME) + sum(
        word in _TELLING[meant] for word in words
    )
    certain = signs > 0 or sum(word in other for word in words) > 1
    accented = tag == "fr" and any(not word.isascii() for word in words)
    return meant if certain and not accented and own.isdisjoint(words) else None
