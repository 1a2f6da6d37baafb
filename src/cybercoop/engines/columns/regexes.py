"""Regular expressions that mean the same to every engine: to Rust's and RE2, which agree, and to Java.

https://www.w3.org/TR/sparql11-query/#func-regex, https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re

_SIGN = r"\\[\\\[\](){}*+?^$|.]"
_CLASS = rf"\[\^?(?:(?:[^\\\[\]^&~-]|{_SIGN})(?:-[^\\\[\]^&~-])?)+-?\]"
_REPEATED = rf"(?:[^\\.\[\](){{}}*+?^$|]|{_SIGN}|{_CLASS})(?:[*+?]|\{{[0-9]{{1,2}}(?:,[0-9]{{0,2}})?\}})?"
_ALIKE = re.compile(rf"(?:{_REPEATED}|\((?!\?)|\)\??|[|^$])*")
_LONGEST, _MOST = 1000, {"(": 50, "{": 20}
"""How many characters, groups and counted repetitions no engine finds too many."""
_END = re.compile(rf"(\\.|{_CLASS})|\$")


def is_alike(pattern: str) -> bool:
    r"""Return whether a regular expression means the same to every engine, and takes none of them long.

    That is one of characters and classes that name theirs, which may repeat, and of choices, which may not.

    >>> is_alike("^https?://[^/ ]+(/|$)"), is_alike(r"\w"), is_alike("(a*)*")
    (True, False, False)
    """
    if len(pattern) > _LONGEST or any(pattern.count(sign) > most for sign, most in _MOST.items()):
        return False
    try:
        return _ALIKE.fullmatch(pattern) is not None and bool(re.compile(pattern))
    except re.error:
        return False


def in_java(pattern: str) -> str:
    r"""Return one for Java, where `$` also stands before a last newline.

    >>> in_java("[$](a|$)")
    '[$](a|\\z)'
    """
    return _END.sub(lambda found: found[1] or r"\z", pattern)
