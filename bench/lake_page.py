"""The part of docs/scale.md about a cluster, of what `bench.lake` has measured."""

from __future__ import annotations

import platform
import statistics
from typing import Any


def page(known: dict[str, Any], memory: str) -> str:
    """Return the part of the page, of entries by their lines of `bench.lake`; `memory` is that of each executor."""
    ran = f"Python {platform.python_version()}, Spark 4.2.0, two cores"
    text = f"\nA master, two workers of one core and {memory} each, a Connect server; {ran}, shared with other work.\n"
    imports = sorted((each for key, each in known.items() if key.startswith("iati")), key=lambda one: one["activities"])
    if imports:
        text += "\nFiles of IATI as claims (`lake build 'FILES/*.xml.gz' --endpoint …`), real ones and copies:\n\n"
        heads = ("activities", "XML, MB", "seconds", "processor, s", "activities a second of it", "taken")
        text += _row(*heads, "found by words, of those planted", "triples in all", "load", "day") + _row(*["---"] * 10)
    for each in imports:
        pace = each["activities"] / each["processor"]
        counts = (each["activities"], each["bytes"] // 10**6, round(each["seconds"]), round(each["processor"]))
        told = (*counts, round(pace), each["taken"], f"{each['found']:,} of {each['planted']:,}", each["statements"])
        text += _row(*told, _load(each), each["day"])
    if len(imports) > 1:
        less, more = imports[-2:]
        pace = (more["activities"] - less["activities"]) / (more["processor"] - less["processor"])
        text += (
            f"\nFrom {less['activities']:,} activities on, a second of processor time takes {pace:,.0f} more;"
            " the rest is the graph at hand and what follows from it.\n"
        )
    if imports:
        left = "; ".join(f"`{code}` {times:,}" for code, times in imports[-1]["left"].items() if times)
        text += f"\nActivities left out of the last: {left}. {_memory(imports[-1])}\n"
    for key, each in known.items():
        kind, size = key.split()[0], f"{int(key.split()[1]):,}"
        if kind in ("questions", "alone"):
            text += _questions(size, each)
        if kind == "kills":
            same, all_ = sum(run["same"] for run in each["runs"]), each.get("all", len(each["runs"]))
            late = [str(run["seconds"]) for run in each["runs"] if run["in_time"]]
            stopped = f" (of {all_}; the measurement was stopped)" if len(each["runs"]) < all_ else ""
            stored = ", those of the store," if each.get("stored") else ""
            about = f"load {_load(each)}, {each['day']}). {_memory(each)}" if "memory" in each else f"{each['day']})."
            text += (
                f"\nA worker and its executor killed at a task of `{each['question']}`, {size} statements: the same"
                f" {each['rows']:,} rows{stored} in the same order in {same} of {len(each['runs'])} runs{stopped}. In"
                f" {len(late) if len(late) < len(each['runs']) else 'all'} of them it was in the middle of that task;"
                f" the question then took {', '.join(late)} s in all,"
                f" and undisturbed {each['alone']} s ({about}\n"
            )
        if kind == "constraints":
            text += (
                f"\n{each['asked']} constraints as queries of the lake, {size} statements with 200 bad examples"
                f" among them: {each['violations']:,} violations, {'those' if each['same'] else 'not those'} that the"
                f" store finds by the same queries, in {each['seconds']:,.0f} s ({each['processor']:,.0f} s of"
                f" processor time, load {_load(each)}, {each['day']}). {_memory(each)}\n"
            )
    return text + "\n"


def _row(*cells: object) -> str:
    return f"| {' | '.join(f'{cell:,}' if isinstance(cell, int) else str(cell) for cell in cells)} |\n"


def _load(each: dict[str, Any]) -> str:
    return f"{each['load'][0]} to {each['load'][1]}"


def _memory(each: dict[str, Any]) -> str:
    told = ", ".join(f"{role} {most:,} MB" for role, most in each["memory"].items())
    return f"Most resident memory of a process: {told}."


def _questions(size: str, each: dict[str, Any]) -> str:
    asked, built = each["questions"], each["built"]
    times = sorted(one["seconds"] for one in asked.values())
    slow = sorted(asked.items(), key=lambda one: -one[1]["seconds"])[:6]
    late = [f"`{name}`" for name, one in asked.items() if one.get("refused") == "query-limit-seconds"]
    all_, held = each.get("all", len(asked)), any("same" in one for one in asked.values())
    stopped = f" ({all_} there are; the measurement was stopped)" if len(asked) < all_ else ""
    if held:
        same = sum(one["same"] for one in asked.values())
        alike = f"{same} of {len(asked)} questions{stopped} had the rows of the store, in its order"
    else:
        alike = f"No store was beside it. Every eighth question was asked, {len(asked)}{stopped}"
    if refused := sum("refused" in one and one.get("same", f"`{name}`" not in late) for name, one in asked.items()):
        alike += f", {refused} of them a refusal beyond a million rows"
    if late:
        alike += f"; {', '.join(late)} had no answer within {each['limit']:.0f} s"
    made = "in copies of the shipped records" if each.get("at_hand") else "from `bench/make_graph.py`"
    return (
        f"\nA graph of {size} statements {made}: its lake was built of N-Quads in"
        f" {built['seconds']:,.0f} s ({built['processor']:,.0f} s of processor time, load {_load(built)}) and has"
        f" {built['bytes'] / 1e6:,.0f} MB. {alike};"
        f" median {statistics.median(times):.1f} s, all {sum(times):,.0f} s (load {_load(each)}, {each['day']})."
        f" {_memory(each)} The slowest:\n\n"
        + _row("question", "rows", "seconds")
        + _row(*["---"] * 3)
        + "".join(
            _row(f"`{name}`", "refused" if "refused" in one else one["rows"], one["seconds"]) for name, one in slow
        )
    )
