"""The pages as a folder: the same as those that are served, with relative links, for any host or none.

What the server answers by status or parameter, a folder has as files: a page that leads on for each former address,
and a report for each year of which something has a date.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import gzip
import json
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from hashlib import file_digest
from html import escape
from itertools import groupby
from pathlib import Path

import pyoxigraph as ox

from cybercoop.ask.catalogue import told
from cybercoop.ask.selection import described
from cybercoop.export import ABOUT, FORMATS
from cybercoop.export.dcat import File
from cybercoop.graph import Graph
from cybercoop.graph import open as open_graph
from cybercoop.interfaces.web import ask, editor, explained, feed, report, terms, things
from cybercoop.interfaces.web.cards import said
from cybercoop.interfaces.web.data import claims, context_text, every
from cybercoop.interfaces.web.pages import NAMES
from cybercoop.interfaces.web.site import ASSETS, LISTED, SUFFIXES, Site, called, class_of, thing_of
from cybercoop.problems.problem import LANGUAGES, refuse
from cybercoop.problems.progress import watched
from cybercoop.terms import names
from cybercoop.terms.labels import NAME, OTHER_NAME, fold
from cybercoop.terms.names import DCT
from cybercoop.terms.term import iri_of
from cybercoop.workspace.files import apart, write_files, write_whole

Make = Callable[[Site, str, str], str]
"""Makes a page of site, language and path."""

_TITLES = {"en": "English", "fr": "Français", "ar": "العربية"}
_SEARCHED = (NAME, OTHER_NAME, DCT + "title")
_AT_ONCE = 64
_LONGEST = ("", "ask", "instrument", "country", "project")
"""The kinds of pages that take longest to be made."""

_site: Site | None = None


def build(graph: Graph, out: Path) -> int:
    """Write every page in every language, every statement and the search into a folder; return how many files.

    Raises `Refusal` where a file cannot be written, or is one that the graph is made from.
    """
    site = Site(graph, "", static=True)
    whole = [f"data/cybercoop.{form.extension}" for form in FORMATS.values()]
    contents = dict(_alone(site))
    apart([out / name for name in (*contents, *whole)], graph.workspace.inputs())
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), fresh, _begin, (str(graph.workspace.root),)) as pool:
        with _uninterrupted():  # while processes start, which have that from this one
            exported = [pool.submit(_exported, out, form) for form in FORMATS]
            written = [pool.submit(_written, out, part) for part in parts(site)]
            written.append(pool.submit(_gathered, out))
        contents |= _described(graph, [each.result() for each in exported])
        write_files({out / name: content for name, content in contents.items()})
        return (
            len(contents)
            + len(exported)
            + sum(each.result() for each in watched("progress-write", written, lambda: len(written)))
        )


def parts(site: Site) -> list[list[str]]:
    """Return the paths of pages in parts for one process each, what takes longest first.

    Questions stand one by one, things of a kind together.
    """
    found = []
    for kind, some in groupby(pages(site), lambda path: path.partition("/")[0]):
        paths, most = list(some), 1 if kind == "ask" else _AT_ONCE
        found += [paths[start : start + most] for start in range(0, len(paths), most)]
    return sorted(found, key=lambda part: part[0].partition("/")[0] not in _LONGEST)


def pages(site: Site) -> Iterator[str]:
    """Yield the path, below its language, of every page that is the same for all readers."""
    yield from ("", "about", "ns", "ask/")
    if site.static:
        yield from ("search", *(["sparql"] if site.made else []))
    yield from (f"ask/{name}" for name in site.graphs["en"].questions)
    yield from every(site)


def maker(path: str) -> Make:
    """Return what makes the page at a path."""
    known: dict[str, Make] = {
        "": things.first_page,
        "about": things.about_page,
        "ask/": ask.catalogue_page,
        "ns": terms.page,
        "sparql": editor.local_page,
        "search": lambda site, lang, here: site.render(
            "search.html", lang, here, text="", rows=[], count=0, notices=[]
        ),
    }
    if path.startswith("ask/") and path not in known:
        return lambda site, lang, here: ask.page(site, lang, here, path.removeprefix("ask/"), {})
    return known.get(path) or (lambda site, lang, here: things.page(site, lang, here, path))


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keep Ctrl-C for later, here and in every process that is begun meanwhile (POSIX.1, `pthread_sigmask`)."""
    mask = getattr(signal, "pthread_sigmask", None)
    before = mask(signal.SIG_BLOCK, {signal.SIGINT}) if mask else set()
    try:
        yield
    finally:
        if mask:
            mask(signal.SIG_SETMASK, before)


def _begin(root: str) -> None:
    global _site
    if hasattr(signal, "pthread_sigmask"):
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C, also one that came meanwhile, ends this without a word
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    graph = open_graph(root)
    graph.workspace.stored.hold()
    _site = Site(graph, "", static=True)
    assert _site.edition and _site.cards and _site.graphs["en"].questions
    gc.disable()  # a process of some seconds: looking for circles often costs an eighth of them


def _written(out: Path, paths: list[str]) -> int:
    """Write some pages in every language, with what is said of each thing; return how many files."""
    assert _site
    contents: dict[Path, bytes] = {}
    kind = paths[0].partition("/")[0]
    things_ = [names.expand(path) for path in paths if kind in LISTED and not path.endswith("/")]
    explained.ask_ahead(_site, class_of(kind) if things_ else "", things_)
    for path in paths:
        for own, make in ((path, maker(path)), *_reports(_site, path)):
            for lang in LANGUAGES:
                contents[out / lang / _site.page_file(own)] = make(_site, lang, f"{lang}/{own}").encode()
        if path.partition("/")[0] in LISTED and not path.endswith("/"):
            iri = names.expand(path)
            for suffix, (form, _) in SUFFIXES.items():
                told = _site.graphs["en"].describe(iri, form) if form else claims(_site, iri)
                contents[out / "data" / f"{path}.{suffix}"] = told
    write_files(contents)
    return len(contents)


def _reports(site: Site, path: str) -> Iterator[tuple[str, Make]]:
    """Yield the path of each report on the thing at a path, and what makes it: on all years, and on each there is."""
    years = report.years_of(site, path)
    for year in ("", *years) if years else ():
        yield report.path_of(path, year), partial(_report, path, year)


def _report(path: str, year: str, site: Site, lang: str, here: str) -> str:
    return report.page(site, lang, here, path, year)


def _moved(site: Site) -> Iterator[tuple[str, bytes]]:
    """Yield a page for each former address that leads to the present one, which a server says by 301."""
    workspace = site.graphs["en"].workspace
    labels = workspace.labels(workspace.stored.open(), map(ox.NamedNode, site.former.values()))
    for old, now in site.former.items():
        message = refuse("address-replaced", value=names.short(old), nearest=names.short(now)).problem.message
        for lang in LANGUAGES:
            title, here = called(now, labels, lang), f"{lang}/{names.short(old)}"
            notices = labels.noticed([now], [title.text], lang)
            page = site.render("moved.html", lang, here, title=title, message=message[lang], notices=notices)
            yield site.page_file(here), page.encode()


def _alone(site: Site) -> Iterator[tuple[str, bytes]]:
    """Yield the files that are in no language: the way in, stylesheet and scripts."""
    links = "".join(
        f'<li><a lang="{lang}" href="{lang}/index.html">{escape(_TITLES[lang])}</a></li>\n' for lang in LANGUAGES
    )
    head = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>cybercoop</title>\n'
    head += '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    head += '<link rel="stylesheet" href="assets/style.css">\n</head>\n<body>\n<main>\n<h1>cybercoop</h1>\n'
    yield "index.html", f"{head}<ul>\n{links}</ul>\n</main>\n</body>\n</html>\n".encode()
    for name in NAMES:
        yield f"assets/{name}", (ASSETS / name).read_bytes()
    if site.made:
        yield from ((f"assets/{path.name}", path.read_bytes()) for path in site.made.iterdir())
    yield "context.jsonld", context_text(site).encode()
    yield from _moved(site)


def _gathered(out: Path) -> int:
    """Write the files that are gathered from the whole graph: for the search, for queries, what is new."""
    assert _site
    contents = {out / "assets/names.js": _index(_site).encode()}
    if _site.made:
        packed = gzip.compress(_site.graphs["en"].export("trig"), mtime=0)
        contents[out / "assets/graph.js"] = b'window.cybercoopGraph = "' + base64.b64encode(packed) + b'";\n'
    for lang in LANGUAGES:
        told = feed.written(_site, lang, "", said(lang, "home-title"), _site.cards[lang])
        contents[out / lang / "feed.atom"] = told
    write_files(contents)
    return len(contents)


def _exported(out: Path, form: str) -> File:
    """Write a file of the whole graph; return its size and digest."""
    assert _site
    with tempfile.TemporaryDirectory() as aside:
        made = Path(aside) / form
        with made.open("w+b") as file:
            _site.graphs["en"].write_export(form, file)
            size = file.tell()
            file.seek(0)
            digest = file_digest(file, "sha256").hexdigest()
        write_whole(out / f"data/cybercoop.{FORMATS[form].extension}", made)
    return File(form, size, digest)


def _described(graph: Graph, whole: Sequence[File]) -> Iterator[tuple[str, bytes]]:
    """Yield what the data set is, as the server gives it: by its permanent names, and with these files of the whole."""
    for name, (_, extension, _) in ABOUT.items():
        content = described(graph.workspace, name, whole=whole)
        yield f"data/{name}.{extension}", content
        if name == "dcat":
            yield ".well-known/void", content


def _index(site: Site) -> str:
    """Return what the search looks through: path, names to show, kind; names and what is told, as they are compared."""
    graph = site.graphs["en"]
    stored = graph.workspace.stored
    named: dict[str, list[str]] = {}
    for quad in stored.each_quad():
        if quad.predicate.value in _SEARCHED:
            named.setdefault(iri_of(quad.subject), []).append(fold(getattr(quad.object, "value", "")))
    entries = []
    for kind in LISTED:
        found = site.things(class_of(kind), "en")
        called = dict(found.labels.names.get(found.about[0], {}))
        for row in found.rows:
            iri = thing_of(row)
            shown = {lang: [text, lang] for lang, text in sorted(found.labels.names.get(iri, {}).items())}
            alike = sorted(sorted(set(named.get(iri, ()))), key=len)
            if shown and alike:
                entries.append([names.short(iri), shown, called, alike, told(stored, iri)])
    return f"window.cybercoopNames = {json.dumps(entries, ensure_ascii=False)};\n"
