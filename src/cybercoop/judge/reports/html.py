"""The verdict as one page without anything from elsewhere; in Arabic it runs from right to left."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cybercoop.judge.reports.summary import by_record, summary
from cybercoop.problems.problem import Problem, help_link, in_language, sentence, visible

if TYPE_CHECKING:
    from cybercoop.judge.validate import Report

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
h2 { font-size: 1.1rem; border-block-end: 1px solid #767676 }
li { list-style: none; margin-block: 1rem; padding-inline-start: .75rem; border-inline-start: .3rem solid #767676 }
ul { padding: 0 } li.error { border-color: #a4000f } li.warning { border-color: #8a5a00 }
code, pre { font-family: ui-monospace, monospace; unicode-bidi: isolate }
pre { direction: ltr; text-align: left; overflow-x: auto; background: #f4f4f4; padding: .5rem }
mark { background: #ffd54d } p { margin: .25rem 0 }
"""


def write(report: Report, lang: str, hidden: int) -> str:
    """Return the report as HTML."""
    direction = "rtl" if lang == "ar" else "ltr"
    said = escape(summary(report, lang, hidden))
    parts = [
        f'<!DOCTYPE html>\n<html lang="{lang}" dir="{direction}">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>cybercoop validate</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{said}</h1>",
    ]
    for name, where, problems in by_record(report):
        place = f" <code>{escape(str(where))}</code>" if name != str(where) else ""
        parts.append(f"<section>\n<h2><bdi>{escape(name)}</bdi>{place}</h2>\n<ul>")
        parts += [_item(found, lang) for found in problems]
        parts.append("</ul>\n</section>")
    return "\n".join([*parts, "</main>\n</body>\n</html>"])


def _item(found: Problem, lang: str) -> str:
    severity = sentence("severity-" + found.severity, lang)
    head = f'<a href="{help_link(found.code)}"><code>{escape(found.code)}</code></a>'
    message = in_language(found.message, lang)
    lines = [f"<strong>{severity}</strong> {head} <code>{escape(str(found.where))}</code>", escape(message)]
    if found.value and found.value not in message:
        lines.append(escape(sentence("value-found", lang, value="\0")).replace("\0", _bdi(visible(found.value))))
    if found.nearest:
        lines.append(escape(sentence("did-you-mean", lang, nearest="\0")).replace("\0", _bdi(found.nearest)))
    lines.append(escape(in_language(found.cure, lang)))
    lines += [_follows(after, lang) for after in found.follows]
    text = "\n".join(f"<p>{line}</p>" for line in lines)
    return f'<li class="{found.severity}">\n{text}{_excerpt(found)}\n</li>'


def _excerpt(found: Problem) -> str:
    if found.excerpt is None or not found.excerpt.line.strip():
        return ""
    line, at = found.excerpt.line, found.excerpt.column - 1
    shown = f"{escape(visible(line[:at]))}<mark>{escape(visible(line[at : at + 1] or ' '))}</mark>"
    title = f"<b>{escape(visible(found.excerpt.title))}</b>\n" if found.excerpt.title else ""
    return f"\n<pre>{title}{shown}{escape(visible(line[at + 1 :]))}</pre>"


def _follows(found: Problem, lang: str) -> str:
    said = sentence("follows", lang, where="\0", name="\1", message=in_language(found.message, lang))
    place, code = f"<code>{escape(str(found.where))}</code>", f"<code>{escape(found.code)}</code>"
    return escape(said).replace("\0", place).replace("\1", code)


def _bdi(text: str) -> str:
    return f"<bdi>{escape(text)}</bdi>"
