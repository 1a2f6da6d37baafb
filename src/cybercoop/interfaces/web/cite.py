"""How a page is cited: as text, as BibTeX, and as CSL-JSON (Citation Style Language 1.0.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from cybercoop import __version__
from cybercoop.interfaces.web.cards import said
from cybercoop.interfaces.web.site import Site
from cybercoop.problems.problem import listed
from cybercoop.terms import names


class Citation(NamedTuple):
    """A page in three forms of reference; each names the version and the edition, and where what it says comes from."""

    text: str
    bibtex: str
    csl: str


def citation(site: Site, lang: str, title: str, path: str, sources: Sequence[str]) -> Citation:
    """Return how a page is cited, with its permanent name and the sources that it rests on."""
    iri = names.expand(path)
    edition = f"{__version__}+{site.edition[:8]}"
    rests = listed((site.card(source, lang).source.text for source in sources), lang, ";")
    note = said(lang, "count-sources", count=rests) if rests else ""
    text = f"{title}. cybercoop, {edition}. {iri}" + (f". {note}" if note else "")
    key = "cybercoop-" + re.sub(r"[^a-z0-9]+", "-", path.lower())
    escaped = re.sub(r"([{}%&#$_\\\\])", r"\\\1", title)
    bibtex = (
        f"@misc{{{key},\n  title = {{{{{escaped}}}}},\n  author = {{{{cybercoop}}}},\n"
        f"  version = {{{edition}}},\n  url = {{{iri}}}\n}}"
    )
    entry = {
        "id": key,
        "type": "dataset",
        "title": title,
        "author": [{"literal": "cybercoop"}],
        "version": edition,
        "URL": iri,
        "language": lang,
        "note": note,
    }
    return Citation(text, bibtex, json.dumps([entry], ensure_ascii=False, indent=2))
