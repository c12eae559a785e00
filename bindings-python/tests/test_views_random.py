"""Whatever is rendered after whatever else: a view shows what one shows that renders it from nothing, and so does a
screen that is told of it now and then."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from syncline.views import MISSING, Node, Screen, Template, View, bind, each, fragment, h, raw

STEPS = 3_000
WORDS = ["", "tea", "milk", "jam", "ümlaut", "<b>", "a & b", "日本", "x" * 40]

ITEM = Template('<li class="{kind} item" title={title}>{text}<i>{more}</i></li>')
CARD = Template("<section><h2>{title}</h2>{body}{foot}</section>")
LINK = Template('<a href={to} data-n="{n}">{text}</a>')
FIELD = Template('<input .value={value} disabled={off} class="{kind}"/>')
PAIR = Template("{one}{other}")
PLAIN = Template("<hr/>")
TEMPLATES = [ITEM, CARD, LINK, FIELD, PAIR, PLAIN]


class Values:
    """Draws values, of which some are those of before."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.known: list[Any] = []

    def word(self) -> str:
        return self.draw.choice(WORDS)

    def attribute(self) -> Any:
        return self.draw.choice([None, True, False, 3, 2.5, self.word(), self.word(), self.bound()])

    def bound(self) -> Node:
        return bind("k", self.draw.choice([MISSING, None, 1, 2, True, "v"]), map=[["before", "~"]])

    def node(self, depth: int) -> Any:
        """A value to render, of at most so many levels."""
        if self.known and self.draw.random() < 0.2:
            return self.draw.choice(self.known)
        kinds: list[Callable[[int], Any]] = [self.leaf]
        if depth > 0:
            kinds += [self.row, self.element, self.list, self.rows, self.chosen, self.row, self.element]
        made = self.draw.choice(kinds)(depth - 1)
        if self.draw.random() < 0.05:
            self.known = [*self.known[-20:], made]
        return made

    def leaf(self, _: int) -> Any:
        return self.draw.choice([self.word(), self.word(), 7, 1.5, None, True, False, self.bound()])

    def row(self, depth: int) -> Node:
        draw = self.draw
        match draw.randrange(6):
            case 0:
                return ITEM(kind=self.attribute(), title=self.attribute(), text=self.word(), more=self.node(depth))
            case 1:
                return CARD(self.word(), self.node(depth), self.node(depth) if draw.random() < 0.5 else None)
            case 2:
                return LINK(draw.choice(["/a", "javascript:x", None, "/b"]), self.attribute(), self.node(depth))
            case 3:
                return FIELD(draw.choice([None, 1, {"a": [1]}, "x", True]), self.attribute(), self.attribute())
            case 4:
                return PAIR.keyed(draw.choice([None, 1, "a"]), self.node(depth), self.node(depth))
            case _:
                return PLAIN()

    def element(self, depth: int) -> Node:
        draw = self.draw
        attrs = self.attributes()
        tag, key = draw.choice(["p", "ul", "div"]), draw.choice([None, None, 1, "b"])
        if draw.random() < 0.1:
            return h(tag, attrs, raw(draw.choice(["<b>x</b>", "<i/>"])), key=key)
        return h(tag, attrs or None, *[self.node(depth) for _ in range(draw.randrange(4))], key=key)

    def attributes(self) -> dict[str, Any]:
        names = self.draw.sample(["class", "id", "href", ".value", "title"], self.draw.randrange(4))
        return {name: self.draw.choice([None, 1, True, "x", "javascript:y"]) for name in names}

    def keys(self) -> list[int]:
        return self.draw.sample(range(12), self.draw.randrange(10))

    def list(self, depth: int) -> Any:
        keys = self.keys()
        match self.draw.randrange(4):
            case 0:
                return [self.node(depth) for _ in keys[:4]]
            case 1:
                return fragment(*[h("li", None, self.word(), key=key) for key in keys], self.word())
            case 2:
                return each(keys, key=lambda key: key, render=lambda key: ITEM(key % 3, None, self.word(), None))
            case _:
                return each(keys, key=str, render=lambda key: h("b", None, key) if key % 4 else self.leaf(0))

    def rows(self, _: int) -> Node:
        return ITEM.rows((key, self.word(), "t", self.word(), self.word()) for key in self.keys())

    def chosen(self, depth: int) -> Node:
        value = self.draw.choice([True, False, "other", MISSING])
        if self.draw.random() < 0.3:
            items = [{"n": key, "to": f"/{key}"} for key in self.keys()]
            slots = {"to": [["get", "to"]], "n": [["get", "n"]], "text": [["get", "n"]]}
            return bind("items", items, each={"template": LINK, "key": [["get", "n"]], "slots": slots})
        return bind("open", value, cases=[(True, self.node(depth)), (False, self.word())])

    def page(self) -> Any:
        """Mostly one that the page before can become, so that what is within is compared."""
        if self.draw.random() < 0.1:
            return self.node(4)
        parts = [self.list(1), self.row(1), self.chosen(1), self.node(2)]
        return h("main", self.attributes(), *parts, *([self.word()] * self.draw.randrange(2)))


def fresh() -> View:
    view = View("random", 1)
    for template in TEMPLATES:
        view.template(template.markup)
    return view


def check(seed: int, steps: int) -> None:
    values = Values(seed)
    view, screen = fresh(), Screen()
    changed, before = 0, ""
    for step in range(steps):
        value = values.page()
        was_other = view.render(value)
        from_nothing = fresh()
        from_nothing.render(value)
        told = view.json()
        assert told == from_nothing.json(), step
        assert was_other == (told != before), step
        assert not view.render(value), step
        changed, before = changed + was_other, told
        if values.draw.random() < 0.3:
            screen.take(view.frame(screen.cursor()))
            assert screen.html() == view.html(), step
    screen.take(view.frame(screen.cursor()) or view.frame())
    assert screen.html() == view.html()
    assert changed > steps // 2


def test_a_view_shows_what_one_shows_that_begins_with_nothing() -> None:
    check(7, STEPS)
