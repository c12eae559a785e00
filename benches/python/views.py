"""What a render costs in Python: a table of 10,000 nodes, by templates, by `h`, and as others do it, in one run.

Each number is microseconds for making the values of the new state, finding what changed since the one before, and the
bytes that tell it; the median of several rounds. Behind it, how many times as long as the templates the others take.
"""

import asyncio
import gc
import json
import random
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

import jsonpatch
from reactpy import component, hooks, html
from reactpy.core.layout import Layout
from syncline.views import Template, View, each, h

ROWS = 1_110
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 41
#: Of those that take hundreds of milliseconds.
FEW = max(3, ROUNDS // 12)
#: After so long there are no more rounds.
SECONDS = 2.0

#: Key, class, number, address, name, count, unit: six of them show.
Row = tuple[str, str, str, str, str, str, str]
State = list[Row]


class Workload(NamedTuple):
    name: str
    before: State
    after: State


def row_of(number: int, name: str | None = None) -> Row:
    kind = "odd" if number % 2 else "even"
    key = str(number)
    return (key, kind, key, f"/items/{number}", name or f"item {number}", str(number * 7 % 100), "pcs")


def workloads() -> list[Workload]:
    draw = random.Random(1)
    base = [row_of(number) for number in range(ROWS)]

    def changed(count: int) -> State:
        after = list(base)
        for at in draw.sample(range(ROWS), count):
            after[at] = row_of(at, "another name")
        return after

    shuffled = list(base)
    draw.shuffle(shuffled)
    inserted = list(base)
    inserted[500:500] = [row_of(number) for number in range(ROWS, ROWS + 100)]
    gone = set(draw.sample(range(ROWS), ROWS // 10))
    removed = [row for at, row in enumerate(base) if at not in gone]
    return [
        Workload("none", base, list(base)),
        Workload("text1", base, changed(1)),
        Workload("text10", base, changed(ROWS // 10)),
        Workload("reverse", base, base[::-1]),
        Workload("shuffle", base, shuffled),
        Workload("insert100", base, inserted),
        Workload("remove10", base, removed),
        Workload("first", [], base),
    ]


#: What renders a state, and gives the bytes that tell it.
Render = Callable[[State], object]

TABLE = Template("<table><tbody>{rows}</tbody></table>")
ROW = Template('<tr class="{kind}"><td>{number}</td><td><a href="{to}">{name}</a></td><td>{count}{unit}</td></tr>')


def viewed(page: Callable[[State], Any]) -> Render:
    view = View("table")
    view.render(None)

    def render(state: State) -> object:
        before = view.cursor()
        view.render(page(state))
        return view.frame(before)

    return render


def by_rows() -> Render:
    """Templates, of tuples as a database gives them."""
    return viewed(lambda state: TABLE(ROW.rows(state)))


def by_template() -> Render:
    """Templates, row by row."""
    row = ROW.keyed

    def page(state: State) -> Any:
        rows = [row(key, kind, number, to, name, count, unit) for key, kind, number, to, name, count, unit in state]
        return TABLE(rows)

    return viewed(page)


def by_each() -> Render:
    """Templates, with functions for the key and the row."""
    row = ROW

    def page(state: State) -> Any:
        return TABLE(each(state, key=0, render=lambda it: row(it[1], it[2], it[3], it[4], it[5], it[6])))

    return viewed(page)


def by_h() -> Render:
    """Elements."""

    def page(state: State) -> Any:
        rows = [
            h(
                "tr",
                {"class": kind},
                h("td", None, number),
                h("td", None, h("a", {"href": to}, name)),
                h("td", None, count, unit),
                key=key,
            )
            for key, kind, number, to, name, count, unit in state
        ]
        return h("table", None, h("tbody", None, *rows))

    return viewed(page)


def hand_page(state: State) -> Any:
    """Elements as tuples: name, key, attributes, children."""
    rows = [
        (
            "tr",
            key,
            {"class": kind},
            (
                ("td", None, None, (number,)),
                ("td", None, None, (("a", None, {"href": to}, (name,)),)),
                ("td", None, None, (count, unit)),
            ),
        )
        for key, kind, number, to, name, count, unit in state
    ]
    return ("table", None, None, (("tbody", None, None, tuple(rows)),))


def hand_diff(old: Any, new: Any, path: tuple[int, ...], steps: list[Any]) -> None:
    if old == new:
        return
    if isinstance(new, str) or isinstance(old, str) or old[0] != new[0] or old[1] != new[1]:
        steps.append(("replace", path, new))
        return
    if old[2] != new[2]:
        steps.append(("attrs", path, new[2]))
    hand_children(old[3], new[3], path, steps)


def hand_children(old: Any, new: Any, path: tuple[int, ...], steps: list[Any]) -> None:
    if not new or isinstance(new[0], str) or new[0][1] is None:
        if len(old) != len(new):
            steps.append(("children", path, new))
            return
        for at, (before, after) in enumerate(zip(old, new, strict=True)):
            if before is not after and before != after:
                hand_diff(before, after, (*path, at), steps)
        return
    least = min(len(old), len(new))
    front = 0
    while front < least and old[front][1] == new[front][1]:
        front += 1
    back = 0
    while back < least - front and old[-1 - back][1] == new[-1 - back][1]:
        back += 1
    middle = new[front : len(new) - back]
    places = {old[at][1]: at for at in range(front, len(old) - back)}
    pairs = [(old[at], new[at], at) for at in range(front)]
    if middle or places:
        order = []
        for at, node in enumerate(middle, front):
            place = places.get(node[1])
            order.append(node if place is None else place)
            if place is not None:
                pairs.append((old[place], node, at))
        steps.append(("order", path, front, back, order))
    shift = len(new) - len(old)
    pairs += [(old[at], new[at + shift], at + shift) for at in range(len(old) - back, len(old))]
    for before, after, at in pairs:
        if before != after:
            hand_diff(before, after, (*path, at), steps)


def by_hand() -> Render:
    """A keyed diff as somebody would write it."""
    last: Any = hand_page([])

    def render(state: State) -> object:
        nonlocal last
        page, steps = hand_page(state), []
        hand_diff(last, page, (), steps)
        last = page
        return json.dumps(steps).encode()

    return render


def by_jsonpatch() -> Render:
    """Dicts, and `jsonpatch.make_patch`."""

    def element(tag: str, attrs: Any, *children: Any) -> Any:
        return {"tag": tag, "attrs": attrs, "children": list(children)}

    def page(state: State) -> Any:
        rows = [
            {
                **element(
                    "tr",
                    {"class": kind},
                    element("td", {}, number),
                    element("td", {}, element("a", {"href": to}, name)),
                    element("td", {}, count, unit),
                ),
                "key": key,
            }
            for key, kind, number, to, name, count, unit in state
        ]
        return element("table", {}, element("tbody", {}, *rows))

    last = page([])

    def render(state: State) -> object:
        nonlocal last
        now = page(state)
        patch = jsonpatch.make_patch(last, now)
        last = now
        return patch.to_string().encode()

    return render


async def by_reactpy(one: Workload) -> float:
    """ReactPy's `Layout`, which sends what it rendered."""
    shown: State = one.before
    again: list[Any] = []

    @component  # type: ignore[misc]
    def table() -> Any:
        _, change = hooks.use_state(0)
        again[:] = [change]
        rows = [
            html.tr(
                {"key": key, "class_name": kind},
                html.td(number),
                html.td(html.a({"href": to}, name)),
                html.td(count, unit),
            )
            for key, kind, number, to, name, count, unit in shown
        ]
        return html.table(html.tbody(rows))

    times = []
    async with Layout(table()) as layout:
        await layout.render()
        for turn in range(1, 2 * FEW + 1):
            shown = one.after if turn % 2 else one.before
            again[0](turn)
            start = perf_counter()
            update = await layout.render()
            json.dumps(update).encode()
            if shown is one.after:
                times.append(perf_counter() - start)
    return min(times) * 1e6


def measure(make: Callable[[], Render], one: Workload, rounds: int) -> float:
    """Microseconds of a step to the new state, from the one before."""
    times: list[float] = []
    render = make()
    for _ in range(rounds):
        if rounds == FEW or one.name == "first":
            # The way back may take as long as the way there.
            render = make()
        if one.before:
            render(one.before)
        gc.collect(0)
        start = perf_counter()
        render(one.after)
        times.append(perf_counter() - start)
        if sum(times) > SECONDS:
            break
    return min(times) * 1e6


def main() -> None:
    ways: list[tuple[str, Callable[[], Render], int]] = [
        ("rows of tuples", by_rows, ROUNDS),
        ("templates", by_template, ROUNDS),
        ("each", by_each, ROUNDS),
        ("h", by_h, ROUNDS),
        ("by hand", by_hand, ROUNDS),
        ("jsonpatch", by_jsonpatch, FEW),
    ]
    all_of = workloads()
    results: dict[str, list[float]] = {name: [] for name, _, _ in ways}
    results["ReactPy"] = []
    for one in all_of:
        for name, make, rounds in ways:
            results[name].append(measure(make, one, rounds))
        results["ReactPy"].append(asyncio.run(by_reactpy(one)))
    print("microseconds".ljust(20) + "".join(one.name.rjust(16) for one in all_of))
    for name, times in results.items():
        cells = [f"{time:.0f} ({time / ours:.2f})" for time, ours in zip(times, results["templates"], strict=True)]
        print(name.ljust(20) + "".join(cell.rjust(16) for cell in cells))
    for ours in ("rows of tuples", "templates", "each", "h"):
        print(f"\nas long as {ours}:")
        for peer in ("by hand", "jsonpatch", "ReactPy"):
            cells = [f"{theirs / own:.1f}x" for theirs, own in zip(results[peer], results[ours], strict=True)]
            print(peer.ljust(20) + "".join(cell.rjust(16) for cell in cells))


if __name__ == "__main__":
    main()
