"""What views render, refuse, and hold on to."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from scripts import run_script
from syncline._errors import SynclineError
from syncline.handle import MISSING
from syncline.handle import View as Handle
from syncline.views import Screen, Template, View, bind, each, fragment, h, raw


def shown(value: Any) -> str:
    view = View("v", 1)
    view.render(value)
    return view.html()


ROW = Template('<li class="{kind}" title="no. {n}">{text}</li>')


@pytest.mark.parametrize(
    ("value", "html"),
    [
        ("a < b", "a &lt; b"),
        (7, "7"),
        (1.0, "1"),
        (2.5, "2.5"),
        (None, "<!---->"),
        (True, "<!---->"),
        (["a", None], "a<!---->"),
        (fragment("a", h("b", None, "c")), "a<b>c</b>"),
        (h("p", {"class": True, "id": None, "title": False, "lang": 3}), '<p class="" lang="3"></p>'),
        (h("p", {"href": "javascript:x"}), '<p href="unsafe:javascript:x"></p>'),
        (h("p", None, raw("<i>x</i>")), "<p><i>x</i></p>"),
        (ROW("a", 1, "x"), '<li class="a" title="no. 1">x</li>'),
        (ROW(text="x", kind=None, n=2), '<li title="no. 2">x</li>'),
        (ROW("a", n=1, text=["x", ROW("b", 2, 3)]), None),
        (each([1, 2], key=lambda n: n, render=lambda n: h("b", None, n)), "<b>1</b><b>2</b>"),
        (each([{"id": 1}], key="id", render=lambda it: h("b", None, it["id"])), "<b>1</b>"),
        (each([(1, "x")], key=0, render=lambda it: h("b", None, it[1])), "<b>x</b>"),
        (ROW.rows([("k", "a", "1", "x"), (2, None, 2, None)]), None),
        (bind("n", 2, map=[["add", 1]]), "3"),
        (bind("open", True, cases={True: h("b", None, "yes"), False: "no"}), "<b>yes</b>"),
    ],
)
def test_what_is_shown(value: Any, html: str | None) -> None:
    assert html is None or shown(value) == html


@pytest.mark.parametrize("to", [["javascript:x"], [["javascript:x"]], {"a": 1}, "javascript:x", "data:image/svg+xml,x"])
def test_no_property_that_is_an_address_makes_a_program_of_an_array(to: Any) -> None:
    link = Template("<a .href={to}>x</a>")
    view, screen = View("links"), Screen()
    for node in (
        link("/x"),
        link(to),
        h("a", {".href": to}),
        h("a", {".href": "/x"}),
        h("a", {".href": to}),
        link(bind("to", to)),
    ):
        view.render(node)
        screen.take(view.frame(screen.cursor()))
        assert "unsafe:" in view.json() or "/x" in view.json()
    with pytest.raises(SynclineError):
        view.render(h("a", {".protocol": "javascript:"}))


def test_a_subclass_stands_for_what_it_extends() -> None:
    class Text(str):
        def __str__(self) -> str:
            raise AssertionError

    class Count(int):
        def __str__(self) -> str:
            raise AssertionError

    assert shown(h(Text("p"), {Text("id"): Text("a")}, Text("b"), Count(3))) == '<p id="a">b<!---->3</p>'


def test_properties_are_json() -> None:
    field = Template("<input .value={value}/>")
    view = View("v", 1)
    view.render([field({"b": [1]}), field(None), field("x"), h("input", {".value": None})])
    assert '"slots":[{"b":[1]}]' in view.json() or '"{\\"b\\":[1]}"' in view.json()
    assert '".value":null' in view.json()


def test_rows_of_items_follow_from_a_value() -> None:
    item = Template("<li class={kind}>{name}</li>")
    slots = {"kind": [["get", "kind"]], "name": [["get", "name"], "upper"]}
    items = [{"id": 1, "kind": "a", "name": "tea"}]
    each_item = {"template": item, "key": [["get", "id"]], "slots": slots}
    view, screen = View("v"), Screen()
    view.render(h("ul", None, bind("items", items, each=each_item)))
    assert view.html() == '<ul><li class="a">TEA</li></ul>'
    screen.take(view.frame(screen.cursor()))
    screen.predict(1, None, "items", [*items, {"id": 2, "kind": "b", "name": "jam"}])
    assert screen.html() == '<ul><li class="a">TEA</li><li class="b">JAM</li></ul>'
    screen.undo(1)
    assert screen.html() == view.html()


WRONG: list[tuple[Any, str, str, str]] = [
    (lambda: Template("<p>{a b}</p>"), "InvalidArgument", "a slot as {name}", "{a b}"),
    (lambda: Template("<p>"), "InvalidArgument", "</p> at the end", ""),
    (lambda: Template('<a href="x{to}"/>'), "InvalidArgument", "an address", ""),
    (lambda: ROW("a"), "InvalidArgument", "one value for each of kind, n, text", "1 values"),
    (lambda: ROW("a", 1, colour="red"), "InvalidArgument", "kind, n, text", "none for text"),
    (lambda: ROW("a", 1, "x", text="y"), "InvalidArgument", "kind, n, text", "a value twice"),
    (lambda: ROW(kind="a", n=1, text="x", no=1), "InvalidArgument", "kind, n, text", "one for no"),
    (lambda: ROW([], 1, "x"), "InvalidArgument", "as an attribute", "list"),
    (lambda: ROW("a", 1, {}), "InvalidArgument", "a node", "dict"),
    (lambda: h("p", None, raw("x"), "y"), "InvalidArgument", "the one child of an element", "HTML elsewhere"),
    (lambda: h("p", {"key": "x"}), "InvalidArgument", "an argument of its own", "an attribute"),
    (lambda: h("p", {"a": object()}), "InvalidArgument", "as an attribute", "object"),
    (lambda: h("p", {1: "a"}), "InvalidArgument", "a str as an attribute's name", "int"),
    (lambda: h("p", None, key=[]), "InvalidArgument", "as a key", "list"),
    (lambda: fragment(object()), "InvalidArgument", "a node", "object"),
    (lambda: fragment(float("nan")), "NumberOutOfRange", "a finite number", "NaN"),
    (lambda: fragment(2**60), "NumberOutOfRange", "2^53 - 1", ""),
    (lambda: ROW.rows([["k", "a", 1, "x"]]), "InvalidArgument", "a tuple of a key", "list"),
    (lambda: ROW.rows([("k", "a", 1)]), "InvalidArgument", "kind, n, text", "2 values"),
    (lambda: bind("k", 1, map=["what"]), "InvalidArgument", "transform", ""),
    (lambda: bind("k", 1, cases={}, each={}), "InvalidArgument", "cases or each", "both"),
    (lambda: bind("k", 1, each={"template": 1}), "InvalidArgument", "template, slots and key", "template"),
]


@pytest.mark.parametrize(("make", "code", "expected", "got"), WRONG)
def test_what_is_wrong_is_refused_where_it_is_made(make: Any, code: str, expected: str, got: str) -> None:
    with pytest.raises(SynclineError) as caught:
        make()
    assert caught.value.code == code
    assert expected in caught.value.expected
    assert got in caught.value.actual


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (h("no name", None), "InvalidName"),
        (h("p", {"onclick": "x"}), "InvalidName"),
        (h("p", None, "\ud800"), "LoneSurrogate"),
        (ROW("a", "\ud800", "x"), "LoneSurrogate"),
    ],
)
def test_after_an_error_nothing_is_changed(value: Any, code: str) -> None:
    view, screen = View("v"), Screen()
    view.render(h("p", None, "before"))
    screen.take(view.frame(screen.cursor()))
    cursor = view.cursor()
    with pytest.raises(SynclineError) as caught:
        view.render(h("p", None, "x", value))
    assert caught.value.code == code
    assert (view.cursor(), view.html()) == (cursor, "<p>before</p>")
    assert view.render(h("p", None, "after"))
    screen.take(view.frame(screen.cursor()))
    assert screen.html() == "<p>after</p>"


def test_values_within_each_other_end_somewhere() -> None:
    value: Any = "x"
    with pytest.raises(SynclineError) as caught:
        for _ in range(300):
            value = h("p", None, value)
    assert caught.value.code == "TooDeep"
    assert View("v").render(value)
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(SynclineError, match="contains itself"):
        fragment(endless)


def test_what_is_rendered_is_what_was_given_then() -> None:
    items: list[Any] = ["a"]
    attrs: dict[str, Any] = {"class": "x"}
    view = View("v")
    page = h("p", attrs, items)
    items.append("b")
    attrs["class"] = "y"
    view.render(page)
    assert view.html() == '<p class="x">a</p>'


def test_a_change_is_told_in_few_bytes() -> None:
    def page(names: list[str]) -> Any:
        return h("ul", None, each(names, key=str, render=lambda name: ROW("a", name, name)))

    view = View("v")
    names = [f"name {n}" for n in range(200)]
    view.render(page(names))
    for other, most in ((names[::-1], 20), ([*names[:50], *names[51:]], 20), ([*names[:9], "new", *names[9:]], 50)):
        view.render(page(names))
        cursor = view.cursor()
        assert view.render(page(other))
        assert len(view.frame(cursor)) < most
    view.render(h("p", {"a": "1", "b": "2"}, "x"))
    cursor = view.cursor()
    view.render(h("p", {"a": "1", "b": "3"}, "x"))
    assert '"op":"set"' in view.frame_json(cursor)


def test_the_same_is_no_revision() -> None:
    view = View("v")
    page = h("p", None, "a")
    assert [view.render(page), view.render(page), view.render(h("p", None, "a"))] == [True, False, False]
    assert view.cursor()[1] == 1


def test_another_way_to_render_comes_between() -> None:
    view = View("v")
    view.render(h("p", None, "a"))
    assert view.render_json('["p", "b"]')
    assert view.render(h("p", None, "a"))
    assert view.html() == "<p>a</p>"


def test_a_view_in_use_may_be_used_by_others() -> None:
    view = View("v")

    def work(name: str) -> None:
        for n in range(300):
            view.render(h("p", None, f"{name} {n}", each(range(n % 7), key=str, render=lambda k: h("b", None, k))))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    view.render(h("p", None, "end"))
    assert view.html() == "<p>end</p>"


def test_values_are_let_go_of() -> None:
    view = View("v")
    text = "a text that is held " + "once"
    before = sys.getrefcount(text)
    view.render(h("p", None, text))
    assert sys.getrefcount(text) > before
    view.render(h("p", None, "another"))
    assert sys.getrefcount(text) == before


def test_they_are_not_copied() -> None:
    for thing in (View("v"), Screen(), ROW, h("p")):
        for way in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="cannot pickle or copy"):
                way(thing)


def test_a_forked_child_has_none() -> None:
    script = """
        import os
        from syncline import ForkedProcessError
        from syncline.views import View, h
        view = View("v")
        view.render(h("p"))
        if os.fork() == 0:
            try:
                view.render(h("b"))
            except ForkedProcessError:
                os._exit(7)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.wait()[1]))
    """
    assert run_script(script).strip() == "7"


def test_an_epoch_is_drawn() -> None:
    assert View("v").cursor() != View("v").cursor()
    assert View("v", 2**64 - 1).cursor() == (2**64 - 1, 0)
    assert isinstance(View("v"), Handle)
    with pytest.raises(SynclineError):
        View("v", 2**64)


def test_a_missing_value_is_none() -> None:
    assert shown(bind("k")) == shown(bind("k", MISSING)) == "<!---->"


def test_the_example_of_the_module() -> None:
    path = Path(__file__).parents[1] / "python" / "syncline" / "views.py"
    command = [sys.executable, "-W", "error", "-m", "doctest", os.fspath(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
