"""The graph as people use it from Python: ask, validate, export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from cybercoop.contribute.desk import Desk
from cybercoop.problems.problem import known_language, one_of, refuse
from cybercoop.problems.progress import watched
from cybercoop.workspace.files import apart, write_whole
from cybercoop.workspace.workspace import Workspace

if TYPE_CHECKING:
    import pyoxigraph as ox
    import rdflib

    from cybercoop.ask.answer import Answer as Answer
    from cybercoop.ask.explanation import Explanation
    from cybercoop.ask.parameters import Given
    from cybercoop.ask.selection import Exported
    from cybercoop.engines.embedded import Engine
    from cybercoop.engines.remote.publish import Progress, Published
    from cybercoop.judge.compare import Comparison
    from cybercoop.judge.verdict import Report as Report
    from cybercoop.problems.problem import Refusal as Refusal
    from cybercoop.sparql.limits import Limits as Limits
    from cybercoop.sparql.question import Question
    from cybercoop.terms.labels import Order
    from cybercoop.workspace.revisions import Known


class Graph(Desk):
    """One knowledge graph: that of the current checkout, or the one inside the installed library.

    >>> import cybercoop
    >>> graph = cybercoop.open(lang="fr")
    >>> len(graph.query("partners-without-activity", project="cybersouth"))
    0
    >>> str(graph.sparql("ASK { country:MA a coop:Country }").rows[0][0].value)
    'true'
    """

    def __init__(self, workspace: Workspace, lang: str = "en", engine: Engine | None = None) -> None:
        self.workspace = workspace
        self.lang = lang
        self.engine = engine

    @property
    def edition(self) -> Known | None:
        """What is known of the edition that this graph is of; None for the graph of today."""
        return getattr(self.workspace, "known", None)

    @property
    def questions(self) -> Mapping[str, Question]:
        """The catalogue of questions, by name."""
        return self.workspace.questions

    def question(self, name: str) -> Question:
        """Return a question of the catalogue. Raises `Refusal` where there is none of that name."""
        from cybercoop.ask.ask import unknown_question

        if (found := self.workspace.question(name)) is None:
            raise unknown_question(name, self.questions)
        return found

    def query(
        self, name: str, /, *, with_sources: bool = False, limits: Limits | None = None, **parameters: Given
    ) -> Answer:
        """Return the answer to a question of the catalogue.

        Parameters take a code, a name in English, French or Arabic, an IRI, or a date, as text, or a list of them;
        `as_of` stands for the parameter `as-of`. `with_sources` adds to each row what it rests on. What a server sends
        is held to the rows, bytes and memory of `limits`. Raises `Refusal` for a question, parameter or value that does
        not exist.
        """
        from cybercoop.ask.ask import ask
        from cybercoop.sparql.limits import DEFAULT

        held = limits or DEFAULT
        return ask(self.workspace, name, parameters, self.lang, self.engine, with_sources=with_sources, limits=held)

    def bound(self, name: str, /, **parameters: Given) -> str:
        """Return a question of the catalogue as SPARQL 1.1 for what is given, without asking it.

        It holds only what is asked, with its prefixes, ready for any endpoint that holds the graph. Raises `Refusal` as
        `query` does for a question, parameter or value that does not exist.

        >>> print(open().bound("planned-actions", project="cybersouth-plus"))
        PREFIX coop: <https://w3id.org/cybercoop/ns#>
        SELECT DISTINCT ?project ?action ?source
        WHERE {
          VALUES ?project { <https://w3id.org/cybercoop/id/project/cybersouth-plus> }
          GRAPH ?source { ?project coop:plannedAction ?action }
        }
        ORDER BY ?project ?action ?source
        <BLANKLINE>
        """
        from cybercoop.ask.ask import understood

        question, terms = understood(self.workspace, name, parameters, self.lang, self.engine)
        return question.bind(terms)

    def search(self, text: str, kind: str | None = None) -> Answer:
        """Return the things that have all words of a text in one of their names, the likeliest first.

        Where there is none, what is told of them is looked through. Texts in every language are, without regard to
        case, accents or Arabic spelling; `kind` is a class, such as `Country`; `Refusal` is raised for one that is not.
        """
        from cybercoop.ask.catalogue import search

        return search(self.workspace, text, kind, self.lang)

    def things(self, kind: str) -> Answer:
        """Return the things of a class (`Country`, `coop:Agent`), A to Z by name, each with its own class.

        Of a concept, the broader one stands beside it. Raises `Refusal` for a class that does not exist.
        """
        from cybercoop.ask.catalogue import things

        return things(self.workspace, kind, self.lang)

    def sparql(self, text: str, limits: Limits | None = None) -> Answer:
        """Return the answer to a SPARQL 1.1 query over the union of all sources.

        The usual prefixes are known; `GRAPH ?source { … }` tells which source says it. Raises `Refusal` for a query
        that cannot be read, that would leave this graph, or that needs more than `limits` allow.
        """
        from cybercoop.ask.results import sparql
        from cybercoop.sparql.limits import DEFAULT

        return sparql(self.workspace, text, self.lang, limits or DEFAULT, self.engine)

    def write(self, text: str, form: str, out: TextIO, limits: Limits | None = None) -> None:
        """Write the answer to a SPARQL 1.1 query in a format (`csv`, `json`, `turtle`, …) while it is computed.

        Raises `Refusal` as `sparql` does, also after a part of the answer was written.
        """
        from cybercoop.ask.results import write
        from cybercoop.sparql.limits import DEFAULT

        write(self.workspace, text, form, out, self.lang, limits or DEFAULT, self.engine)

    def whole(self, text: str, chosen: Callable[[str], str], limits: Limits | None = None) -> tuple[str, str]:
        """Return what the answer to a SPARQL 1.1 query is (`rows`, `triples` or `truth`), and the whole of it as text.

        It is written in the format that `chosen` gives for that, of those that `write` knows.
        Raises `Refusal` as `sparql` does.
        """
        from cybercoop.ask.results import whole
        from cybercoop.sparql.limits import DEFAULT

        return whole(self.workspace, text, chosen, self.lang, limits or DEFAULT, self.engine)

    def explain(self, thing: str, only: str | None = None) -> Explanation:
        """Return every claim about a thing with its source, and of each property which value is shown first and why.

        `thing` is a code, a name in any of the three languages, a path or an IRI; `only` a property, by its word, name
        or IRI. Raises `Refusal` where they name nothing, or several things.
        """
        from cybercoop.ask.explain import explain

        return explain(self.workspace, thing, only, self.lang, self.engine)

    def compare(self, before: str, after: str = "now") -> Comparison:
        """Return what was added, withdrawn and changed from one graph to another, told in the language of this one.

        Each is `now`, the folder of a graph, a release or records, an RDF file (also `.gz`), an edition, or a revision
        of git. Raises `Refusal` for what is none of these or cannot be read.

        >>> import cybercoop
        >>> cybercoop.open().compare("now").same
        True
        """
        from cybercoop.judge.compare import compare
        from cybercoop.judge.sides import side

        sides = watched("progress-compare", (before, after), lambda: 2)
        earlier, later = (side(self.workspace, each) for each in sides)
        return compare(self.workspace, earlier, later, self.lang)

    def export(
        self,
        form: str,
        out: str | Path | None = None,
        *,
        excel: bool = False,
        vocabulary: bool | None = None,
        **chosen: Given,
    ) -> Exported:
        """Return the graph in a format (`turtle`, `jsonld`, …); with `out`, also write that file, whole or not at all.

        What is returned are bytes, whose `statements` say how many are in them. All that is asked is exported, the
        `vocabulary` too, unless that is false; tables have it where that is true. A part is `chosen` by `thing`,
        `project`, `country`, `class_`, `source`, `graph` and `as_of`: `graph.export("trig", country="MA")`. With
        `excel`, which only `csv` takes, each table begins with a byte-order mark (U+FEFF). A file whose name ends in
        `.gz` is compressed. Raises `Refusal` for a format that is unknown or does not take that, for a choice or
        value that does not exist, and where `out` cannot be written or is a file of the graph.
        """
        import io

        from cybercoop.ask.selection import Exported

        if out is not None:
            apart([Path(out)], self.workspace.inputs())
        buffer = io.BytesIO()
        count = self.write_export(form, buffer, excel=excel, vocabulary=vocabulary, **chosen)
        made = Exported(buffer.getvalue())
        made.statements = count
        if out is not None:
            write_whole(Path(out), made.within(Path(out)))
        return made

    def write_export(
        self,
        form: str,
        out: BinaryIO,
        /,
        *,
        excel: bool = False,
        vocabulary: bool | None = None,
        **chosen: Given,
    ) -> int:
        """Write what `export` returns into an open file, and return how many statements are in it.

        The whole graph is read thing by thing, so that memory does not grow with it, and sorted in temporary files; of
        a part, memory holds what is in it, and of `as_of` what is left out.
        Raises `Refusal` as `export` does, also after a part of it was written.

        >>> import io, cybercoop
        >>> with io.BytesIO() as file:
        ...     count = cybercoop.open().write_export("nquads", file, thing="ets-185")
        ...     len(file.getvalue().splitlines()) == count
        True
        """
        from cybercoop.ask.selection import write

        return write(self.workspace, form, out, chosen, excel=excel, vocabulary=vocabulary)

    def to_iati(self, project: str, identifier: str = "") -> Exported:
        """Return one project as an activity of IATI 2.03; `no_place` of it holds the words that IATI has no place for.

        `project` is a code, a name, a path or an IRI; `identifier` what its reporter calls the activity, where no
        source says. Raises `Refusal` for what is no project, and with the list of what the standard demands and no
        source says. https://iatistandard.org/en/iati-standard/203/activity-standard/
        """
        from cybercoop.ask.selection import activity

        return activity(self.workspace, project, identifier, self.lang)

    def release(self, version: str, *, date: str | None = None, before: str | None = None) -> dict[str, bytes]:
        """Return the files of an edition, by their paths in the folder of its release; nothing is written.

        An edition that is kept note of is made again from its commit; any other is made of this graph, which must be
        committed, with the day of its commit unless a `date` is given. It is compared with `before`, an edition or the
        folder of its release; without it, with the latest that is kept note of. Raises `Refusal` where that is not
        possible, or the vocabulary breaks with the edition before without a word.
        """
        from hashlib import sha256

        from cybercoop import export
        from cybercoop.ask.selection import described
        from cybercoop.contribute.release import facts, previous, release
        from cybercoop.export.dcat import File
        from cybercoop.workspace.revisions import again, known

        made = known(self.workspace).get(version) or facts(self.workspace, version, date)
        graph = Graph(again(self.workspace, made), self.lang) if made.commit else self
        contents: dict[str, bytes] = {}
        measured = []
        forms = export.FORMATS.values()
        for form in watched("progress-write", forms, lambda: len(forms)):
            content = contents[f"cybercoop.{form.extension}"] = graph.export(form.name)
            measured.append(File(form.name, len(content), sha256(content).hexdigest()))
        for name in ("dcat", "schema-org", "frames", "questions"):
            told = described(graph.workspace, name, whole=measured, edition=made.version)
            contents[f"{name}.{export.ABOUT[name][1]}"] = told
        for name, question in graph.questions.items():
            needed = {each.name: each.example or "" for each in question.parameters.values() if not each.optional}
            contents[f"queries/{name}.rq"] = graph.bound(name, **needed).encode()
        earlier = before or previous(self.workspace, version)
        return release(self.workspace, graph.workspace, made, contents, earlier)

    def describe(self, thing: str, form: str = "turtle") -> bytes:
        """Return what is said of a thing, by its IRI, in a format of exports; as JSON-LD, one object in our words.

        Raises `Refusal` for an unknown format, and where nothing is said of the thing.
        """
        from cybercoop import export

        one_of(form, export.FORMATS)
        lines = self.workspace.stored.lines(thing)
        if not lines:
            raise refuse("nothing-called", value=thing, nearest="", choices={})
        return export.described(form, lines, self.workspace.context.source, self._name_order)

    def publish(
        self,
        endpoint: str,
        *,
        graph_store: str | None = None,
        update: str | None = None,
        progress: Progress | None = None,
    ) -> Published:
        """Have a server hold this graph, and read it back from there.

        `endpoint` is the server's address for queries; it is written to at `update` (everything in one request) or at
        `graph_store` (graph by graph). `progress` is told how many statements more have been written or read back.
        Raises `Refusal` where the server cannot be reached, or does not hold in the end what was sent.
        """
        from cybercoop.engines.remote.publish import publish, reached

        queries, target = reached(endpoint, graph_store, update)
        return publish(self.workspace.stored.each_quad(), queries, target, progress)

    @cached_property
    def _name_order(self) -> Order:
        """The order of names, which goes by all that is published."""
        return self.workspace.name_order(self.workspace.stored.open())

    def quads(self, *, vocabulary: bool = True) -> list[ox.Quad]:
        """Return what is asked and published as pyoxigraph quads: records, what follows from them, and the words."""
        return self.workspace.statements(vocabulary=vocabulary)

    def to_rdflib(self) -> rdflib.Dataset:
        """Return the graph as an rdflib Dataset, with one named graph per source and the union as default."""
        from cybercoop.export import as_rdflib

        return as_rdflib(self.export("nquads"), self.workspace.context.source)


def open(  # noqa: A001  (reads as cybercoop.open)
    folder: str | Path | None = None,
    lang: str = "en",
    *,
    endpoint: str | None = None,
    in_memory: bool = False,
    engine: str | None = None,
    edition: str | None = None,
) -> Graph:
    """Return the graph of `folder`; without one, that of the current checkout, else the one inside the library.

    Names are in `lang` (en, fr, ar). Queries go to the store on disk or its snapshot in columns, with `engine` to one
    of these, with `in_memory` to a copy, with `endpoint` to a server. With `edition`, a version or the folder of a
    release, it holds what was stated then. Raises `Refusal` where there is no such thing.

    >>> import cybercoop
    >>> cybercoop.open(lang="ar").lang
    'ar'
    """
    workspace, lang = Workspace.find(Path(folder) if folder else None), known_language(lang)
    if edition is not None:
        from cybercoop.workspace.revisions import edition as edition_of

        if endpoint is not None:
            raise refuse("edition-at-endpoint", value=edition)
        workspace = edition_of(workspace, edition)
    if endpoint is not None or in_memory or engine is not None:
        from cybercoop.engines.columns.choice import chosen

        return Graph(workspace, lang, chosen(lambda: workspace.stored, endpoint, engine, in_memory=in_memory))
    return Graph(workspace, lang)
