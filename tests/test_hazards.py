"""Hostile and unlucky input is answered with problems that have a place, a cure and a name: never with a traceback."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cybercoop import records
from cybercoop.graph import Graph
from cybercoop.judge.reports.people import said
from cybercoop.problems.problem import LANGUAGES, UNSEEN, Refusal, Where
from cybercoop.records.reading import Reading
from cybercoop.terms.context import Context
from cybercoop.workspace import files
from cybercoop.workspace.files import contributions, write_whole

ROOT = Path(__file__).parent.parent
SECONDS = 2.0
BOUND_SECONDS = 10
BOUND_MEMORY = 2**30

HEAD = "source: s\nid: activity/a\ntype: Activity\n"
TTL = (
    "@prefix c: <https://w3id.org/cybercoop/ns#> . @prefix i: <https://w3id.org/cybercoop/id/> .\n"
    "@prefix x: <http://www.w3.org/2001/XMLSchema#> . @prefix l: <https://schema.org/> .\n"
    "i:r c:source i:source\\/s . i:a a c:Activity .\n"
)
CSV = "source,id,type,prefLabel@en,startDate\n"
CONTEXT = "https://w3id.org/cybercoop/context.jsonld"


def ld(inside: str, context: str = "") -> str:
    """A JSON-LD document of one source, with one thing that also says `inside`."""
    head = f'{{"@context": {context},\n' if context else "{\n"
    return f'{head}"@id": "source/s", "@graph": [{{"@id": "activity/a", "@type": "Activity",\n{inside}}}]}}'


Case = tuple[str, str | bytes, list[str]]
Bounded = Callable[..., Any]

#### Files that are no text ####

TEXT: dict[str, Case] = {
    "empty file": ("a.yaml", "", ["empty-file"]),
    "empty CSV": ("a.csv", "", ["empty-file"]),
    "empty Turtle": ("a.ttl", "", ["empty-file"]),
    "empty JSON-LD": ("a.jsonld", "", ["empty-file"]),
    "empty list": ("a.jsonld", "[]", ["empty-file:1:1"]),
    "only a comment": ("a.yaml", "# nothing yet\n", ["empty-file:1:1"]),
    "only a comment, Turtle": ("a.ttl", "# nothing yet\n", ["empty-file:1:1"]),
    "only a header": ("a.csv", CSV, ["empty-file:1:1"]),
    "only document marks": ("a.yaml", "---\n---\n...\n", ["empty-file:1:1"]),
    "only a byte-order mark": ("a.yaml", b"\xef\xbb\xbf", ["empty-file:1:1"]),
    "Latin-1": ("a.yaml", "id: é\nfr: ".encode() + "é".encode("latin-1"), ["not-utf-8:2:5"]),
    "Latin-1 after a byte-order mark": ("a.yaml", b"\xef\xbb\xbfa: \xe9", ["not-utf-8:1:4"]),
    "Latin-1 after many bytes": ("a.csv", "source\r\nالعربية,\xff".encode() + b"\xff", ["not-utf-8:2:10"]),
    "half of a character at the end": ("a.ttl", "é".encode()[:1], ["not-utf-8:1:1"]),
    "UTF-16": ("a.yaml", "# b".encode("utf-16"), ["not-utf-8:1:1"]),
    "encoded surrogate": ("a.yaml", b"#: \xed\xa0\x80", ["not-utf-8:1:4"]),
    "overlong slash": ("a.yaml", b"#: \xc0\xaf", ["not-utf-8:1:4"]),
    "NUL": ("a.yaml", "a: é\0", ["hidden-character:1:5"]),
    "NUL in Turtle": ("a.ttl", TTL + "\0", ["hidden-character:4:1"]),
    "escape of a terminal": ("a.yaml", "# b\nc: \x1b[2J", ["hidden-character:2:4"]),
    "override of direction": ("a.csv", CSV + "s,activity/a,Activity,a\u202eb,", ["hidden-character:2:24"]),
    "isolate of direction": ("a.jsonld", '{"a":\n"\u2066"}', ["hidden-character:2:2"]),
    "zero-width space": ("a.yaml", "id: a\u200bb", ["hidden-character:1:6"]),
    "byte-order mark in the middle": ("a.yaml", "a: b\n\ufeffc: d", ["hidden-character:2:1"]),
    "separator of lines": ("a.yaml", "a: b\u2028c: d", ["hidden-character:1:5"]),
    "next-line character": ("a.yaml", "a: b\x85c: d", ["hidden-character:1:5"]),
    "word joiner": ("a.ttl", "# \u2060", ["hidden-character:1:3"]),
    "soft hyphen": ("a.yaml", "#: cyber\xadcrime", ["hidden-character:1:9"]),
    "tag characters": ("a.yaml", "a: \U000e0041", ["hidden-character:1:4"]),
    "no character at all": ("a.yaml", "a: \uffff", ["hidden-character:1:4"]),
    "many hidden characters": ("a.yaml", "\0" * 5_000_000, [f"hidden-character:1:{n}" for n in range(1, 21)]),
    "joiners that Persian needs": ("a.yaml", HEAD + "prefLabel: {fa: می\u200cشود}", []),
    "marks that Arabic needs": ("a.yaml", HEAD + "prefLabel: {ar: (CoE)\u200f عربي}", []),
    "unfinished merge": (
        "a.yaml",
        "a: b\n<<<<<<< HEAD\nc: d\n||||||| base\n=======\nc: e\n>>>>>>> other\n",
        [f"conflict-marker:{line}:1" for line in (2, 4, 5, 7)],
    ),
    "unfinished merge, Windows": (
        "a.csv",
        "a\r\n<<<<<<< HEAD\r\n=======\r\n",
        ["conflict-marker:2:1", "conflict-marker:3:1"],
    ),
    "unfinished merge in Turtle": ("a.ttl", "\n>>>>>>> other\n", ["conflict-marker:2:1"]),
    "a line of signs that is no marker": ("a.yaml", HEAD + "# ========\n# <<<<<<<\n", []),
    "unknown format": ("a.txt", "text", ["unknown-format"]),
    "no ending": ("a", "text", ["unknown-format"]),
    "dot in the folder": ("a.yaml/b", "text", ["unknown-format"]),
    "ending in capitals": ("A.YAML", HEAD, []),
    "RDF/XML with entities": (
        "a.rdf",
        '<!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><r>&b;</r>',
        ["xml-doctype:1:13"],
    ),
    "RDF/XML under another name": (
        "a.ttl",
        '<?xml version="1.0"?><!DOCTYPE r SYSTEM "file:///etc/passwd">',
        ["rdf-syntax:1:1"],
    ),
    "too large": ("a.yaml", b"a" * (records.MAX_BYTES + 1), ["file-too-large"]),
}

#### YAML ####

BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
YAML: dict[str, Case] = {
    "alias bomb": ("a.yaml", BOMB, ["yaml-alias:1:4"]),
    "alias": ("a.yaml", "a: b\nc: *x\n", ["yaml-alias:2:4"]),
    "anchor on a mapping": ("a.yaml", "a: &x\n  b: c\n", ["yaml-alias:1:4"]),
    "merge key": ("a.yaml", HEAD + "<<: {number: 1}\n", ["unknown-term:4:1"]),
    "tag": ("a.yaml", "a: !!python/object/apply:os.system [x]\n", ["yaml-tag:1:4"]),
    "tag on a mapping": ("a.yaml", "--- !!set\na:\n", ["yaml-tag:1:5"]),
    "duplicate key": ("a.yaml", HEAD + "number: 1\n\nnumber: 2\n", ["duplicate-key:6:1"]),
    "duplicate key inside": ("a.yaml", HEAD + "prefLabel: {en: a, fr: b, en: c}\n", ["duplicate-key:4:27"]),
    "duplicate key, quoted": ("a.yaml", HEAD + '"id": activity/b\n', ["duplicate-key:4:1"]),
    "tab": ("a.yaml", "a:\n\tb: c\n", ["yaml-tab:2:1"]),
    "tab after spaces": ("a.yaml", "a:\n  \tb: c\n", ["yaml-tab:2:3"]),
    "tab in a text": ("a.yaml", HEAD + "identifier: >-\n  a\n\n\tb\n", ["yaml-tab:7:1"]),
    "tab between key and value": ("a.yaml", HEAD + "number:\t7\n", []),
    "tab in a comment": ("a.yaml", HEAD + "number: 7 #\tseven\n", []),
    "key that is a list": ("a.yaml", HEAD + "? [a, b]\n: c\n", ["yaml-key:4:3"]),
    "40 levels": ("a.yaml", "a: " + "[" * 40 + "]" * 40, ["too-deep:1:43"]),
    "100,000 brackets": ("a.yaml", "[" * 100_000, ["too-deep:1:41"]),
    "100,000 braces": ("a.yaml", "{" * 100_000, ["too-deep:1:41"]),
    "100,000 hyphens": ("a.yaml", "- " * 100_000, ["too-deep:1:81"]),
    "100,000 question marks": ("a.yaml", "? " * 100_000, ["too-deep:1:81"]),
    "100,000 quotation marks": ("a.yaml", '"' * 100_000, ["yaml-quote:1:2"]),
    "bracket left open": ("a.yaml", HEAD + "theme: [a\n", ["yaml-bracket:4:8"]),
    "bracket left open at the end": ("a.yaml", "source: [\n", ["yaml-bracket:1:9"]),
    "brace left open at the end": ("a.yaml", "source: {", ["yaml-bracket:1:9"]),
    "quotation left open": ("a.yaml", HEAD + 'number: "7\nb: c\n', ["yaml-quote:4:9"]),
    "two colons": ("a.yaml", HEAD + "number: é: 7\n", ["yaml-colon:4:10"]),
    "at sign": ("a.yaml", HEAD + "number: @7\n", ["yaml-sign:4:9"]),
    "two colons in braces": ("a.yaml", HEAD + "prefLabel: {en: Cyber: a, fr: b}\n", ["yaml-colon:4:22"]),
    "apostrophe in marks": ("a.yaml", HEAD + "prefLabel: {fr: 'Formation de l'École', ar: b}\n", ["yaml-quote:4:32"]),
    "apostrophe in a block": ("a.yaml", HEAD + "number: 'l'École'\n", ["yaml-quote:4:11"]),
    "marks in marks": ("a.yaml", HEAD + 'number: "Le "Centre" de"\n', ["yaml-quote:4:13"]),
    "word without a colon": ("a.yaml", HEAD + "number\nidentifier: b\n", ["yaml-line:4:1"]),
    "indented too far": ("a.yaml", HEAD + "number: 7\n identifier: b\n", ["yaml-line:5:12"]),
    "strange space after a colon": ("a.yaml", HEAD + "number:\u00a07\nidentifier: b\n", ["yaml-space:4:8"]),
    "strange space before a colon": ("a.yaml", HEAD + "number\u202f: 7\n", ["yaml-space:4:7"]),
    "strange space at the head": ("a.yaml", HEAD + "\u3000number: 7\n", ["yaml-space:4:1"]),
    "strange space in braces": ("a.yaml", HEAD + "prefLabel: {en:\u00a0A}\n", ["empty-value:4:12", "yaml-space:4:16"]),
    "strange space in a text": ("a.yaml", HEAD + "prefLabel: {fr: Projet\u00a0X}\n", []),
    "version of YAML": ("a.yaml", "%YAML 3.0\n---\na: b\n", ["yaml-syntax:1:1"]),
    "list of records": ("a.yaml", "- source: s\n", ["not-a-record:1:1"]),
    "plain text": ("a.yaml", "just words\n", ["not-a-record:1:1"]),
    "no source": ("a.yaml", "id: activity/a\n", ["record-without-source:1:1"]),
    "source that is a path": ("a.yaml", "source: place/s\nid: activity/a\n", ["record-without-source:1:9"]),
    "source that is a list": ("a.yaml", "source: [s]\nid: activity/a\n", ["record-without-source:1:9"]),
    "source that is computed": ("a.yaml", "source: cybercoop-derived\nid: a/b\n", ["not-a-source:1:9"]),
    "no id": ("a.yaml", "source: s\ntype: Activity\n", ["record-without-id:1:1"]),
    "id that is a list": ("a.yaml", "source: s\nid: [a]\n", ["record-without-id:2:5"]),
    "id that leaves the folder": ("a.yaml", "source: s\nid: ../../x\n", ["bad-name:2:5"]),
    "id with an accent": ("a.yaml", "source: s\nid: activity/é\n", ["bad-name:2:5"]),
    "id with a mark of direction": ("a.yaml", "source: s\nid: activity/a\u200f\n", ["strange-character:2:5"]),
    "address with a mark of direction": ("a.yaml", HEAD + "page: https://example.org/\u200f\n", ["bad-name:4:7"]),
    "address with a space": ("a.yaml", HEAD + "page: https://example.org/a b\n", ["bad-name:4:7"]),
    "address of nothing": ("a.yaml", HEAD + "page: '://'\n", ["bad-name:4:7"]),
    "address of no form": ("a.yaml", HEAD + "page: http://[\n", ["bad-name:4:7"]),
    "prefixed name": ("a.yaml", HEAD + "page: coop:Activity\n", ["bad-name:4:7"]),
    "misspelt word": ("a.yaml", HEAD + "strtDate: 2024\n", ["unknown-term:4:1"]),
    "empty word": ("a.yaml", HEAD + '"": 2024\n', ["unknown-term:4:1"]),
    "misspelt class": ("a.yaml", "source: s\nid: activity/a\ntype: [Actvity]\n", ["unknown-class:3:8"]),
    "class that is a mapping": ("a.yaml", "source: s\nid: activity/a\ntype: {a: b}\n", ["unknown-class:3:7"]),
    "nothing after a word": ("a.yaml", HEAD + "number:\nheldIn:\n", ["empty-value:4:8", "empty-value:5:8"]),
    "nothing in a list": ("a.yaml", HEAD + "theme: [a, '', b]\n", ["bad-name:4:12"]),
    "no text": ("a.yaml", HEAD + "prefLabel: {en: , fr: ' '}\n", ["empty-value:4:17", "empty-value:4:23"]),
    "comma in a text": ("a.yaml", HEAD + "prefLabel: {en: One, and two}\n", ["comma-ends-text:4:29"]),
    "no language": ("a.yaml", HEAD + "prefLabel: Name\n", ["language-missing:4:12"]),
    "no language code": (
        "a.yaml",
        HEAD + "prefLabel: {e_n: Name, '': x}\n",
        ["bad-language:4:13", "bad-language:4:24"],
    ),
    "text inside a text": ("a.yaml", HEAD + "prefLabel: {en: {en: Name}}\n", ["wrong-form:4:17"]),
    "list inside a list": ("a.yaml", HEAD + "number: [[7]]\n", ["wrong-form:4:10"]),
    "mapping for a number": ("a.yaml", HEAD + "number: {en: 7}\n", ["wrong-form:4:9"]),
    "place inside a record": ("a.yaml", HEAD + "heldIn: {id: place/oslo, type: Place}\n", ["wrong-form:4:9"]),
    "thing without id inside": ("a.yaml", HEAD + "participation: {headcount: 7}\n", ["record-without-id:4:16"]),
    "month 13": ("a.yaml", HEAD + "startDate: 2024-13\n", ["bad-literal:4:12"]),
    "30 February": ("a.yaml", HEAD + "startDate: 2024-02-30\n", ["bad-literal:4:12"]),
    "date with a time": ("a.yaml", HEAD + "startDate: 2024-02-20T10:00:00Z\n", ["date-with-time:4:12"]),
    "date in Arabic digits": ("a.yaml", HEAD + "startDate: ٢٠٢٤-٠٢-٢٠\n", ["bad-literal:4:12"]),
    "number in words": ("a.yaml", HEAD + "number: abc\n", ["bad-literal:4:9"]),
    "number in Arabic digits": ("a.yaml", HEAD + "number: ٧\n", ["bad-literal:4:9"]),
    "number of 5,000 digits": ("a.yaml", HEAD + f"number: {'9' * 5000}\n", ["bad-literal:4:9"]),
    "truth in another word": ("a.yaml", HEAD + "estimated: yes\n", ["bad-literal:4:12"]),
    "amount in words": ("a.yaml", HEAD + "budget: {amount: <3>, currency: EUR}\n", ["bad-literal:4:18"]),
    "amount with a comma": ("a.yaml", HEAD + "budget: {amount: '3,5', currency: €}\n", ["bad-literal:4:18"]),
    "amount that is a list": ("a.yaml", HEAD + "budget: {amount: [3], currency: EUR}\n", ["record-without-id:4:9"]),
    "computed day": (
        "a.yaml",
        HEAD + "firstDay: 2024-01-01\nlastDay: 2024-01-01\n",
        ["computed-term:4:1", "computed-term:5:1"],
    ),
    "place without a section": ("a.yaml", HEAD + "at: {chars: 0-3}\n", ["passage-without-section:4:5"]),
    "place with an empty section": ("a.yaml", HEAD + "at:\n", ["passage-without-section:4:4"]),
    "place that says what is not stated": (
        "a.yaml",
        HEAD + "at: {section: a, says: budget}\n",
        ["passage-says-nothing:4:24"],
    ),
    "place that says nothing": ("a.yaml", HEAD + "at: {section: a, says: }\n", ["passage-says-nothing:4:24"]),
    "place that says a thing outside": (
        "a.yaml",
        HEAD + "at: {section: a, says: [id, organisation/undp]}\n",
        ["passage-says-nothing:4:25", "passage-says-nothing:4:29"],
    ),
    "place that says a mapping": ("a.yaml", HEAD + "at: {section: a, says: {a: b}}\n", ["passage-says-nothing:4:24"]),
    "characters without an end": ("a.yaml", HEAD + "at: {section: a, chars: 12}\n", ["passage-span:4:25"]),
    "characters that are a list": ("a.yaml", HEAD + "at: {section: a, chars: [1, 2]}\n", ["passage-span:4:25"]),
    "characters in Arabic digits": ("a.yaml", HEAD + "at: {section: a, chars: ٠-٩}\n", ["passage-span:4:25"]),
    "characters below zero": ("a.yaml", HEAD + "at: {section: a, chars: -1-3}\n", ["passage-span:4:25"]),
    "characters of 5,000 digits": (
        "a.yaml",
        HEAD + f"at: {{section: a, chars: 0-{'9' * 5000}}}\n",
        ["passage-span:4:25"],
    ),
    "digest that is a list": ("a.yaml", HEAD + "at: {section: a, digest: [x]}\n", ["wrong-form:4:26"]),
    "misspelt word of a place": ("a.yaml", HEAD + "at: {section: a, char: 0-3}\n", ["unknown-term:4:18"]),
    "reason without a language": ("a.yaml", HEAD + "because: so\n", ["language-missing:4:10"]),
    "escaped NUL": ("a.yaml", HEAD + 'identifier: "a\\0"\n', ["hidden-character:4:13"]),
    "escaped override of direction": ("a.yaml", HEAD + 'prefLabel: {en: "\\u202E"}\n', ["hidden-character:4:17"]),
    "escaped half of a pair": ("a.yaml", HEAD + 'identifier: "\\ud800"\n', ["yaml-syntax:4:16"]),
    "hidden word": ("a.yaml", HEAD + '"\\e[2J": x\n', ["hidden-character:4:1"]),
    "huge word": ("a.yaml", HEAD + "a" * 1000 + ": x\n", ["unknown-term:4:1"]),
    "huge value": ("a.yaml", HEAD + "number: " + "x" * 10_000_000, ["bad-literal:4:9"]),
    "10,000 misspelt words": (
        "a.yaml",
        HEAD + "".join(f"startDat{n}: x\n" for n in range(10_000)),
        [f"unknown-term:{n}:1" for n in range(4, 10_004)],
    ),
}

#### CSV ####

TABLE: dict[str, Case] = {
    "quotation left open": ("a.csv", CSV + 's,"activity/a,Activity', ["csv-quote:2:3"]),
    "quotation in the middle": ("a.csv", CSV + 's,activity/a,Activity,a "b",2024', ["csv-quote:2:25"]),
    "text after a quotation": ("a.csv", CSV + 's,"activity/a"b,Activity,,', ["csv-quote:2:15"]),
    "text after a quotation of two lines": ("a.csv", CSV + 's,activity/a,Activity,"é\nb"c,', ["csv-quote:3:3"]),
    "row too short": (
        "a.csv",
        CSV + "s,activity/a\n\ns,activity/b,Activity,,,,\n",
        ["row-length:2:1", "row-length:4:1"],
    ),
    "column twice": ("a.csv", "source,id,type,source \n", ["column-twice:1:16"]),
    "semicolons": ("a.csv", "source;id;type\ns;activity/a;Activity\n", ["csv-separator:1:7"]),
    "tabs": ("a.csv", "source\tid\ns\tactivity/a\n", ["csv-separator:1:7"]),
    "misspelt column": ("a.csv", "source,id,strtDate\ns,activity/a,2024\n", ["unknown-term:1:11"]),
    "column without a name": ("a.csv", "source,id,,\ns,activity/a,,x\n", ["unknown-term:1:12"]),
    "language of no form": ("a.csv", "source,id,prefLabel@e_n\ns,activity/a,x\n", ["bad-language:1:11"]),
    "text without a language": ("a.csv", "source,id,prefLabel\ns,activity/a,x\n", ["language-missing:2:14"]),
    "number with a language": ("a.csv", "source,id,number@en\ns,activity/a,7\n", ["wrong-form:1:11"]),
    "empty value between others": ("a.csv", "source,id,theme\ns,activity/a,a| |b\n", ["empty-value:2:17"]),
    "second of several values": ("a.csv", 'source,id,number\ns,activity/a,"1 | two"\n', ["bad-literal:2:19"]),
    "value after a quotation mark": (
        "a.csv",
        'source,id,startDate\ns,activity/a,"""2024"" | x"\n',
        ["bad-literal:2:15", "bad-literal:2:26"],
    ),
    "no source": ("a.csv", CSV + ",activity/a,Activity,,\n", ["record-without-source:2:1"]),
    "two ids": ("a.csv", CSV + "s,activity/a|activity/b,Activity,,\n", ["record-without-id:2:3"]),
    "only old line ends": (
        "a.csv",
        "source,id,type\rs,activity/a,Place\rs,é,x\r",
        ["bad-name:3:3", "unknown-class:3:5"],
    ),
    "month 13": ("a.csv", CSV + "s,activity/a,Activity,, 2024-13\n", ["bad-literal:2:25"]),
    "100,000 commas": ("a.csv", "," * 100_000 + "\n" + "," * 100_000, ["empty-file:1:1"]),
    "100,000 quotation marks": ("a.csv", '"' * 100_001, ["csv-quote:1:1"]),
    "formula": ("a.csv", CSV + "s,activity/a,Activity,=1+1,\n", []),
}

#### Turtle, TriG, N-Triples, N-Quads ####

NESTED = "<http://a> <http://b> " + "<<( <http://a> <http://b> " * 50_000 + "<http://c>" + " )>>" * 50_000 + " ."
TURTLE: dict[str, Case] = {
    "blank node": ("a.ttl", TTL + "i:a c:participation [ c:headcount 7 ] .", ["blank-node:4:21"]),
    "labelled blank node": ("a.ttl", TTL + "_:a a c:Activity .", ["blank-node:4:1"]),
    "collection": ("a.ttl", TTL + "i:a c:theme (i:b) .", ["blank-node:4:13"]),
    "blank graph": ("a.trig", "_:g { <http://a> <http://b> <http://c> }", ["blank-node:1:1"]),
    "blank node of N-Quads": ("a.nq", "\n<http://a> <http://b> _:c <http://g> .", ["blank-node:2:23"]),
    "brackets 300 deep": (
        "a.ttl",
        TTL + "i:a " + "c:theme [ " * 300 + "c:theme 1" + "]" * 300 + ".",
        ["blank-node:4:13"],
    ),
    "100,000 open brackets": ("a.ttl", TTL + "i:a c:theme " + "[" * 100_000, ["rdf-syntax:4:14"]),
    "100,000 brackets": (
        "a.ttl",
        TTL + "i:a " + "c:b [ " * 100_000 + "c:b 1" + "]" * 100_000 + ".",
        ["blank-node:4:9"],
    ),
    "100,000 parentheses": ("a.ttl", TTL + "i:a c:b " + "(" * 100_000 + ")" * 100_000 + ".", ["blank-node:4:9"]),
    "statement about a statement": ("a.ttl", TTL + "<< i:a c:b i:c >> c:d i:e .", ["triple-term:4:1"]),
    "statement as a value": (
        "a.nt",
        "<http://a> <http://b> <<( <http://a> <http://b> <http://c> )>> .",
        ["triple-term:1:23"],
    ),
    "statements 50,000 deep": ("a.nt", NESTED, ["triple-term:1:23"]),
    "statements 50,000 deep, Turtle": ("a.ttl", NESTED, ["triple-term:1:23"]),
    "annotation": ("a.ttl", TTL + "i:a c:number 7 {| c:b 1 |} .", ["blank-node:4:16"]),
    "angle brackets in a text": ("a.ttl", TTL + 'i:a c:currency "<< a >>" . # << b >>', []),
    "nothing ends the statement": ("a.ttl", TTL + "i:a c:number 7", ["rdf-end:4:15"]),
    "unknown prefix": ("a.ttl", TTL + 'i:a c:section "é日" ; x:y z:x .', ["rdf-prefix:4:26"]),
    "text of two lines": ("a.ttl", TTL + 'i:a c:section "a\nb" .', ["rdf-syntax:4:17"]),
    "text left open": ("a.ttl", TTL + 'i:a c:section """a\nb" .', ["rdf-syntax:4:15"]),
    "IRI with a space": ("a.ttl", TTL + "i:a c:page <http://a b> .", ["rdf-address:4:12"]),
    "relative IRI": ("a.ttl", TTL + "<a> a c:Activity .", ["rdf-base:4:1"]),
    "language of no form": ("a.ttl", TTL + 'i:a c:office "a"@e_n .', ["rdf-syntax:4:18"]),
    "direction of a text": ("a.ttl", TTL + 'i:a c:office "a"@ar--rtl .', ["text-direction:4:14"]),
    "escaped half of a pair": ("a.ttl", TTL + 'i:a c:section "\\uD800" .', ["rdf-syntax:4:16"]),
    "escaped NUL": ("a.ttl", TTL + 'i:a c:section "a\\u0000" .', ["hidden-character:4:15"]),
    "escaped override of direction": ("a.nt", '<http://a> <http://b> "\\u202E" .', ["rdf-without-source:1:23"]),
    "IRI with an escaped override": ("a.ttl", TTL + "i:a c:partOf <http://a/\\u202E> .", ["hidden-character:4:14"]),
    "IRI with a mark of direction": ("a.ttl", TTL + "i:a c:partOf <http://a/\u200f> .", ["bad-name:4:14"]),
    "month 13": ("a.ttl", TTL + 'i:a l:startDate "2024-13"^^x:gYearMonth .', ["bad-literal:4:17"]),
    "30 February": ("a.ttl", TTL + 'i:a l:startDate "2024-02-30"^^x:date .', ["bad-literal:4:17"]),
    "year typed as a day": ("a.ttl", TTL + 'i:a l:startDate "2024"^^x:date .', ["date-type:4:17"]),
    "number in words": ("a.ttl", TTL + 'i:a c:number "abc"^^x:integer .', ["bad-literal:4:14"]),
    "number of 5,000 digits": ("a.ttl", TTL + f"i:a c:number {'9' * 5000} .", ["bad-literal:4:14"]),
    "misspelt property": ("a.ttl", TTL + "i:a c:numbr 7 .", ["unknown-term:4:5"]),
    "misspelt class": ("a.ttl", TTL + "i:a a c:Actvity .", ["unknown-class:4:7"]),
    "class that is a text": ("a.ttl", TTL + 'i:a a "Activity" .', ["unknown-class:4:7"]),
    "computed day": ("a.ttl", TTL + 'i:a c:firstDay "2024-01-01"^^x:date .', ["computed-term:4:5"]),
    "no source": ("a.ttl", TTL.replace("i:r c:source i:source\\/s . ", ""), ["rdf-without-source:3:7"]),
    "two sources": ("a.ttl", TTL + "i:r c:source i:source\\/t .", ["rdf-without-source:3:14"]),
    "source that is a text": ("a.ttl", TTL.replace("i:source\\/s", '"no IRI"'), ["rdf-without-source:3:14"]),
    "graph that is no source": (
        "a.nq",
        "<http://a> <http://b> <http://c> <http://evil.example/> .",
        ["not-a-source:1:23"],
    ),
    "graph of the ontology": (
        "a.trig",
        "<https://w3id.org/cybercoop/ns> { <http://a> a <https://w3id.org/cybercoop/ns#Activity> }",
        ["not-a-source:1:48"],
    ),
    "graph of what is computed": (
        "a.trig",
        "<https://w3id.org/cybercoop/id/source/cybercoop-derived> { <http://a> a <https://w3id.org/cybercoop/ns#P> }",
        ["not-a-source:1:73", "unknown-class:1:73"],
    ),
    "record under another source": (
        "a.trig",
        TTL.split("i:r", maxsplit=1)[0] + "<https://w3id.org/cybercoop/id/source/t> { i:r c:source i:source\\/s }",
        ["source-differs:3:57"],
    ),
    "RDF/XML in Turtle": ("a.ttl", "<rdf:RDF/>", ["rdf-syntax:1:11"]),
    "N-Quads in N-Triples": ("a.nt", "<http://a> <http://b> <http://c> <http://d> .", ["rdf-syntax:1:34"]),
    "5,000,000 quotation marks": ("a.ttl", '"""' + "<<'''\\'''" * 500_000, ["rdf-syntax:1:1"]),
    "10,000 misspelt properties": (
        "a.ttl",
        TTL + "".join(f"i:a c:numbr{n} 7 .\n" for n in range(10_000)),
        [f"unknown-term:{n + 4}:5" for n in range(10_000)],
    ),
}

#### JSON-LD ####

JSON: dict[str, Case] = {
    "remote context": ("a.jsonld", ld('"number": 1', '"http://127.0.0.1:9/c"'), ["foreign-context:1:14"]),
    "context from a file": ("a.jsonld", ld('"number": 1', '["file:///etc/passwd"]'), ["foreign-context:1:15"]),
    "remote context after ours": (
        "a.jsonld",
        ld('"number": 1', f'["{CONTEXT}", "c.jsonld"]'),
        ["foreign-context:1:60"],
    ),
    "remote context in a record": ("a.jsonld", ld('"@context": "http://a/", "number": 1'), ["foreign-context:3:13"]),
    "remote context in a list of records": (
        "a.json",
        '[{"@id": "a"}, {"@context": ["http://a/"]}]',
        ["foreign-context:1:30"],
    ),
    "remote context of a term": (
        "a.jsonld",
        ld('"number": 1', '{"t": {"@id": "coop:theme", "@context": "http://a/"}}'),
        ["foreign-context:1:54"],
    ),
    "remote context of a term of a term": (
        "a.jsonld",
        ld('"number": 1', '{"t": {"@id": "x:t", "@context": {"u": {"@id": "x:u", "@context": [null, "http://a/"]}}}}'),
        ["foreign-context:1:81"],
    ),
    "import": ("a.jsonld", ld('"number": 1', '{"@import": "http://127.0.0.1:9/"}'), ["jsonld-feature:1:15"]),
    "import inside": ("a.jsonld", ld('"@context": [{"@import": "file:///x"}]'), ["jsonld-feature:3:15"]),
    "context that is a number": ("a.jsonld", ld('"number": 1', "7"), ["foreign-context:1:14"]),
    "context in a context": ("a.jsonld", ld('"number": 1', '[["http://a/"]]'), ["foreign-context:1:15"]),
    "propagation": ("a.jsonld", ld('"number": 1', '{"@propagate": false}'), ["jsonld-feature:1:15"]),
    "reverse term": ("a.jsonld", ld('"number": 1', '{"t": {"@reverse": "coop:theme"}}'), ["jsonld-feature:1:21"]),
    "container of lists": (
        "a.jsonld",
        ld('"number": 1', '{"t": {"@id": "coop:theme", "@container": "@list"}}'),
        ["jsonld-feature:1:56"],
    ),
    "context of a class": (
        "a.jsonld",
        ld('"type": "T"', f'["{CONTEXT}", {{"T": {{"@id": "coop:Place", "@context": {{}}}}}}]').replace(
            '"@type": "Activity",', ""
        ),
        ["jsonld-feature:3:9"],
    ),
    "circle of terms": ("a.jsonld", ld('"a": 1', '{"a": "b:x", "b": "a:x"}'), ["rdf-syntax:1:1"]),
    "list": ("a.jsonld", ld('"theme": {"@list": ["a"]}'), ["jsonld-feature:3:11"]),
    "set": ("a.jsonld", ld('"theme": {"@set": ["a"]}'), ["jsonld-feature:3:11"]),
    "reverse": ("a.jsonld", ld('"@reverse": {"theme": {"@id": "b"}}'), ["jsonld-feature:3:1"]),
    "nest": ("a.jsonld", ld('"@nest": {"number": 1}'), ["jsonld-feature:3:1"]),
    "included": ("a.jsonld", ld('"@included": []'), ["jsonld-feature:3:1"]),
    "unknown keyword": ("a.jsonld", ld('"@foo": 1'), ["jsonld-feature:3:1"]),
    "direction": ("a.jsonld", ld('"coop:office": {"@value": "a", "@direction": "rtl"}'), ["text-direction:3:32"]),
    "value among languages": ("a.jsonld", ld('"office": {"@value": "a"}'), ["bad-language:3:12"]),
    "thing without a name": ("a.jsonld", ld('"participation": {"headcount": 7}'), ["blank-node:3:18"]),
    "blank label": ("a.jsonld", ld('"partOf": "_:b"'), ["blank-node:3:11"]),
    "blank thing": ("a.jsonld", ld('"partOf": {"@id": "_:b", "number": 1}'), ["blank-node:3:19"]),
    "id that is a number": ("a.jsonld", ld('"partOf": {"@id": 7, "number": 1}'), ["blank-node:3:19"]),
    "misspelt word": ("a.jsonld", ld('"strtDate": "2024"'), ["unknown-term:3:1"]),
    "misspelt prefixed word": ("a.jsonld", ld('"coop:numbr": 7'), ["unknown-term:3:1"]),
    "misspelt class": ("a.jsonld", ld('"number": 1').replace('"Activity"', '"Actvity"'), ["unknown-class:2:62"]),
    "name with a space": ("a.jsonld", ld('"partOf": "project/a b"'), ["jsonld-lost:3:11"]),
    "id with a space": ("a.jsonld", ld('"partOf": {"@id": "project/a b"}'), ["jsonld-lost:3:11"]),
    "address with a space": ("a.jsonld", ld('"page": "https://a b/"'), ["jsonld-lost:3:9"]),
    "class with a space": (
        "a.jsonld",
        ld('"number": 1').replace('"Activity"', '["Activity", "x:a b"]'),
        ["jsonld-lost:2:75"],
    ),
    "language of no form": (
        "a.jsonld",
        ld('"office": {"e_n": "a", "@none": "b"}'),
        ["bad-language:3:12", "bad-language:3:24"],
    ),
    "value of no language": ("a.jsonld", ld('"dct:title": {"@value": "a", "@language": "e n"}'), ["bad-language:3:43"]),
    "text without a language": ("a.jsonld", ld('"office": "a"'), ["language-missing:3:11"]),
    "null": ("a.jsonld", ld('"number": null'), ["empty-value:3:11"]),
    "null as a text": ("a.jsonld", ld('"office": {"en": null}'), ["wrong-form:3:18"]),
    "list inside a list": ("a.jsonld", ld('"number": [[7]]'), ["wrong-form:3:12"]),
    "number with a fraction": ("a.jsonld", ld('"amount": 1.50'), ["jsonld-number:3:11"]),
    "number with an exponent": ("a.jsonld", ld('"number": 7e0'), ["jsonld-number:3:11"]),
    "number of 5,000 digits": ("a.jsonld", ld(f'"number": {"9" * 5000}'), ["jsonld-number:3:11"]),
    "infinite number": ("a.jsonld", ld('"number": 1e999'), ["jsonld-number:3:11"]),
    "no number": ("a.jsonld", ld('"number": NaN'), ["json-syntax:3:11"]),
    "month without its type": ("a.jsonld", ld('"startDate": "2024-05"'), ["date-type:3:14"]),
    "year as a number": ("a.jsonld", ld('"startDate": 2024'), ["date-type:3:14"]),
    "month 13": ("a.jsonld", ld('"startDate": {"@value": "2024-13", "@type": "xsd:gYearMonth"}'), ["bad-literal:3:25"]),
    "30 February": ("a.jsonld", ld('"startDate": "2024-02-30"'), ["bad-literal:3:14"]),
    "number in words": ("a.jsonld", ld('"number": "abc"'), ["bad-literal:3:11"]),
    "type of no form": ("a.jsonld", ld('"number": {"@value": "7", "@type": "a b"}'), ["rdf-syntax:1:1"]),
    "duplicate name": ("a.jsonld", '{"@id": "a",\n"number": 1, "number": 2}', ["duplicate-key:2:14"]),
    "id twice": ("a.jsonld", ld('"id": "activity/b"'), ["rdf-syntax:1:1"]),
    "lone surrogate": ("a.jsonld", ld('"section": "a\\ud800"'), ["half-character:3:12"]),
    "surrogates in the wrong order": ("a.jsonld", ld('"section": "\\udc00\\ud800"'), ["half-character:3:12"]),
    "pair of surrogates": ("a.jsonld", ld('"section": "\\ud83d\\ude00"'), []),
    "escaped NUL": ("a.jsonld", ld('"section": "a\\u0000"'), ["hidden-character:3:12"]),
    "escaped override of direction": ("a.jsonld", ld('"section": "a\\u202e"'), ["hidden-character:3:12"]),
    "hidden name": ("a.jsonld", '{"a\\u200b": 1}', ["hidden-character:1:2"]),
    "line break in a text": ("a.jsonld", '{"a": "b\nc"}', ["json-syntax:1:9"]),
    "unknown escape": ("a.jsonld", '{"a": "\\x"}', ["json-syntax:1:8"]),
    "text left open": ("a.jsonld", '{"a": "b', ["json-syntax:1:7"]),
    "comma at the end": ("a.jsonld", '{"a": 1,\n}', ["json-syntax:1:8"]),
    "comma missing": ("a.jsonld", '{"a": 1\n"b": 2}', ["json-syntax:1:8"]),
    "colon missing": ("a.jsonld", '{"a" 1}', ["json-syntax:1:6"]),
    "name without quotation marks": ("a.jsonld", "{a: 1}", ["json-syntax:1:2"]),
    "comment": ("a.jsonld", "{} // comment", ["json-trailing:1:4"]),
    "two values": ("a.jsonld", "{}\n{}", ["json-trailing:2:1"]),
    "number with a leading zero": ("a.jsonld", '{"number": 011}', ["json-syntax:1:12"]),
    "plain value": ("a.jsonld", '"text"', ["not-a-record:1:1"]),
    "list of values": ("a.jsonld", '[{"@id": "a"}, 7]', ["not-a-record:1:16"]),
    "graph of values": ("a.jsonld", '{"@graph": ["a"]}', ["not-a-record:1:13"]),
    "100,000 brackets": ("a.jsonld", "[" * 100_000, ["too-deep:1:42"]),
    "100,000 objects": ("a.jsonld", '{"a":' * 100_000, ["too-deep:1:206"]),
    "500 levels": ("a.json", "[" * 500 + "]" * 500, ["too-deep:1:42"]),
    "no source": ("a.jsonld", '{"@id": "activity/a", "number": 1}', ["rdf-without-source:1:33"]),
    "graph that is no source": (
        "a.jsonld",
        '{"@id": "http://a/", "@graph": [{"@id": "b", "number": 1}]}',
        ["not-a-source:1:56"],
    ),
}

GROUPS = {"text": TEXT, "YAML": YAML, "CSV": TABLE, "Turtle": TURTLE, "JSON-LD": JSON}
CASES = [
    pytest.param(*case, id=f"{group}: {words}") for group, cases in GROUPS.items() for words, case in cases.items()
]


@pytest.fixture(scope="session")
def context(graph: Graph) -> Context:
    return graph.workspace.context


def found(reading: Reading) -> list[str]:
    return [f"{one.code}:{one.where.line}:{one.where.column}".removesuffix(":0:0") for one in reading.problems]


@pytest.mark.parametrize(("file", "content", "expected"), CASES)
def test_bad_input(file: str, content: str | bytes, expected: list[str], context: Context) -> None:
    """What is wrong is told by its name, on its line and column, soon; what only looks wrong is read."""
    start = time.process_time()
    reading = records.read(content if isinstance(content, bytes) else content.encode(), file, context)
    assert found(reading) == expected
    assert time.process_time() - start < SECONDS
    assert reading.problems or reading.statements
    for problem in reading.problems[:3]:
        for lang in LANGUAGES:
            assert problem.message[lang]
            assert problem.cure[lang]


@pytest.mark.parametrize(("file", "content", "expected"), CASES)
def test_bad_input_through_the_command_line(
    file: str, content: str | bytes, expected: list[str], bounded: Bounded, tmp_path: Path
) -> None:
    """Each bad file, judged alone within bounds of time and memory: its problem by name, and never a traceback."""
    path = tmp_path / Path(file).name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    run = bounded("validate", str(path), seconds=BOUND_SECONDS, memory=BOUND_MEMORY)
    assert run.code in (0, 1), run.printed[-2000:]
    assert not [problem for problem in expected if f" {problem.partition(':')[0]}" not in run.printed]


@pytest.mark.parametrize(
    "content",
    [HEAD + '"\\e[2J": x\n', HEAD + "number: " + "9" * 100_000, HEAD + "number: \x1b]0;x\x07\n", HEAD + '"\\u202e": 1'],
)
def test_problems_are_safe_to_print(content: str, context: Context) -> None:
    """A problem shows neither what cannot be seen nor endless values, in its words and in the line that it quotes."""
    for problem in records.read(content.encode(), "a.yaml", context).problems:
        for lang in LANGUAGES:
            text = said(problem, lang, content.split("\n")[problem.where.line - 1])
            assert not re.search(UNSEEN, text)
            assert len(text) < 2000


def test_the_quoted_line_stands_over_its_mark(graph: Graph, tmp_path: Path) -> None:
    """The line that a problem quotes is the one that it points at, whatever ends the lines of the file."""
    file = tmp_path / "a.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + (HEAD + "identifier: a\u2029b\nnumber: abc\n").replace("\n", "\r\n").encode())
    (first, *_) = graph.workspace.read([file]).problems
    line = graph.workspace.line(first.where)
    assert line is not None
    assert line[first.where.column - 1] == "\u2029"
    file.write_bytes((HEAD + "identifier: a\x0bb\nnumber: abc\n").encode())
    assert graph.workspace.line(Where(str(file), 5, 9)) == "number: abc"
    assert graph.workspace.line(Where(str(file), 99, 1)) is None


#### Paths ####


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder with every odd kind of path in it."""
    (tmp_path / "good.yaml").write_text(HEAD)
    (tmp_path / "GOOD.YML").write_text(HEAD)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.yaml").write_text(HEAD)
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "circle").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.yaml")
    return tmp_path


BAD_PATHS = [
    "missing.yaml",
    "empty",
    "folder.yaml",
    "loop.yaml",
    "dangling.yaml",
    "pipe.yaml",
    "x" * 5000,
    "a\0b",
    "good.yaml/x",
]


@pytest.mark.parametrize("name", BAD_PATHS, ids=lambda name: repr(name[:20]))
def test_a_path_to_no_file_is_refused(name: str, odd: Path) -> None:
    """A path that leads to nothing readable is refused by its name: nothing passes for want of a file."""
    with pytest.raises(Refusal) as refusal:
        contributions([odd / "good.yaml", odd / name])
    assert refusal.value.problem.code == "file-missing"


@pytest.mark.parametrize("name", BAD_PATHS, ids=lambda name: repr(name[:20]))
def test_a_file_that_cannot_be_read_is_a_problem(name: str, odd: Path, graph: Graph) -> None:
    """A file that is gone, or turns out to be no file, is a problem of its own beside what the others say."""
    reading = graph.workspace.read([odd / name, odd / "good.yaml"])
    assert [problem.code for problem in reading.problems] == ["file-missing"]
    assert len(reading.records) == 1


def test_a_folder_stands_for_its_files(odd: Path) -> None:
    """A folder gives its files that have a form we read, in any case of letters; hidden folders and circles do not."""
    names = [path.relative_to(odd).as_posix() for path in contributions([odd])]
    assert names == ["GOOD.YML", "dangling.yaml", "good.yaml", "loop.yaml", "pipe.yaml"]


def test_a_file_is_taken_once(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is named twice, or with its folder, is judged once."""
    monkeypatch.chdir(odd)
    assert len(contributions(["good.yaml", odd / "good.yaml", "./good.yaml", odd])) == len(contributions([odd]))


@pytest.mark.parametrize("call", ["is_file", "open"])
def test_a_file_without_permission(call: str, odd: Path, graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be looked at is a problem, and a path that may not be followed is refused."""

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, call, denied)
    assert found(graph.workspace.read([odd / "good.yaml"])) == ["file-missing"]
    if call == "is_file":
        with pytest.raises(Refusal):
            contributions([odd / "good.yaml"])


def test_a_file_is_read_no_further_than_it_may_be(graph: Graph, tmp_path: Path) -> None:
    """A file of ten gigabytes is refused without being taken into memory."""
    with (tmp_path / "a.yaml").open("wb") as file:
        file.truncate(10 * 2**30)
    assert found(graph.workspace.read([tmp_path / "a.yaml"])) == ["file-too-large"]


#### Writing ####


def test_an_interrupted_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk fills up, the old file stands, nothing half-written is beside it, and the problem says why."""
    out = tmp_path / "out.ttl"
    write_whole(out, b"old")

    def full(content: bytes, file: IO[bytes]) -> None:
        file.write(content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_put", full)
    with pytest.raises(Refusal) as refusal:
        write_whole(out, b"new")
    assert refusal.value.problem.code == "cannot-write"
    assert "No space left" in refusal.value.problem.message["en"]
    assert [path.name for path in tmp_path.iterdir()] == ["out.ttl"]
    assert out.read_bytes() == b"old"


@pytest.mark.parametrize("name", ["folder", "file/x", "x" * 300])
def test_a_place_that_cannot_be_written(name: str, tmp_path: Path) -> None:
    """A folder, a path below a file and a name too long are refused as places to write."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(Refusal) as refusal:
        write_whole(tmp_path / name, b"new")
    assert refusal.value.problem.code == "cannot-write"


#### Anything at all ####

SUFFIXES = sorted(records.SUFFIXES)
SEEDS = {
    suffix: [path.read_bytes() for path in sorted((ROOT / "tests" / "readers").glob(f"*{suffix}"))]
    for suffix in SUFFIXES
}
SEEDS[".yaml"] += [path.read_bytes() for path in sorted((ROOT / "data").rglob("*.yaml"))[::8]]
SEEDS[".csv"] += [path.read_bytes()[:4000] for path in sorted((ROOT / "data").rglob("*.csv"))]
SEEDS[".yml"] = SEEDS[".yamlld"] = SEEDS[".yaml"]
SEEDS[".tsv"] = SEEDS[".tab"] = [data.replace(b",", b"\t") for data in SEEDS[".csv"]]
SEEDS[".gz"] = [gzip.compress(data, mtime=0) for data in SEEDS[".csv"]]
SIGNS = r"""
: - ? , [ ] { } & * ! | > ' " % @ ` # ; . ( ) < > << >> {| ~ a ^^ @en --- ... \"\"\" ''' \ \u \ud800 \U0010FFFF \" _:b
true null 1 -0 1e9 4. .5 @prefix PREFIX BASE GRAPH VERSION @base @id @context @graph @type @value @language @list @set
id type source <http://a/b> <a> é 日 <<<<<<< https://w3id.org/cybercoop/context.jsonld
"""
PIECES = [
    *SIGNS.replace('\\"\\"\\"', '"' * 3).split(),
    " ",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\u200f",
    "\u202e",
    "\ufeff",
]
FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ", "45")),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def check_anything(data: bytes, suffix: str, context: Context) -> None:
    """Whatever the bytes are, reading ends soon, says something, and points into the file."""
    start = time.process_time()
    packed = suffix == ".gz"
    reading = records.read(data, "fuzz.csv.gz" if packed else f"fuzz{suffix}", context)
    assert time.process_time() - start < SECONDS
    assert reading.statements or reading.problems
    if packed:
        with contextlib.suppress(EOFError, OSError, zlib.error):
            data = gzip.decompress(data)
    text = data.removeprefix(b"\xef\xbb\xbf").decode(errors="replace")
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for where in [one.where for one in (*reading.statements, *reading.problems, *reading.records)]:
        if data:
            assert 1 <= where.line <= len(rows)
            assert 1 <= where.column <= len(rows[where.line - 1]) + 1
    for quad in reading.quads():
        assert str(quad.graph_name).startswith("<https://w3id.org/cybercoop/id/source/")
        assert "_:" not in (str(quad.subject)[:2], str(quad.object)[:2])
        assert not re.search(UNSEEN, getattr(quad.object, "value", ""))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_arbitrary_bytes(suffix: str, context: Context) -> None:
    """No bytes bring a reader down."""

    @FUZZ
    @given(st.binary(max_size=300))
    def run(data: bytes) -> None:
        check_anything(data, suffix, context)

    run()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_arbitrary_pieces(suffix: str, context: Context) -> None:
    """No arrangement of the signs of all the formats brings a reader down."""

    @FUZZ
    @given(st.lists(st.sampled_from(PIECES), max_size=60), st.sampled_from(["", " ", "\n"]))
    def run(pieces: list[str], between: str) -> None:
        check_anything(between.join(pieces).encode(), suffix, context)

    run()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_files(suffix: str, context: Context) -> None:
    """A real file that lost, doubled or gained a piece anywhere is read, or its problem points into it."""
    cut = st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(["", "double", "reverse", *PIECES]))

    @FUZZ
    @given(st.sampled_from(SEEDS[suffix]), st.lists(cut, min_size=1, max_size=3))
    def run(data: bytes, cuts: list[tuple[float, int, str]]) -> None:
        for place, length, piece in cuts:
            start = int(place * len(data))
            taken = data[start : start + length]
            made = {"double": taken * 2, "reverse": taken[::-1]}.get(piece, piece.encode())
            data = data[:start] + made + data[start + length :]
        check_anything(data, suffix, context)

    run()
