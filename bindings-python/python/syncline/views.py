"""What a server renders, and what the screens of its readers are told of that.

A template is read once; what is in its slots makes a row of it, a light value. A view compares what it renders with
what it rendered before, in place, and a screen is told only what is otherwise.

>>> from syncline.views import Screen, Template, View, each, h
>>> row = Template('<li class="{cls}">{text}</li>')
>>> page = Template("<main><h1>{title}</h1><ul>{items}</ul>{foot}</main>")
>>> def render(todos):
...     items = each(todos, key="id", render=lambda todo: row(cls=todo.get("done") and "done", text=todo["text"]))
...     return page("To do", items, h("p", None, len(todos), " things") if todos else None)
>>> view, screen = View("todos"), Screen()
>>> view.render(render([{"id": 1, "text": "tea", "done": True}]))
True
>>> screen.take(view.frame(screen.cursor()))
>>> screen.html()
'<main><h1>To do</h1><ul><li class="done">tea</li></ul><p>1<!----> things</p></main>'
>>> view.render(render([{"id": 2, "text": "jam"}, {"id": 1, "text": "tea", "done": True}]))
True
>>> len(view.frame(screen.cursor())) < 60
True

What may be a node: a `str`, an `int` or a `float` as text; `None`, `True` and `False` for a place where nothing is;
what `Template`, `h`, `each`, `fragment` and `bind` give; a list or a tuple of these as a fragment. The value of an
attribute is a `str` or a number, `True` for the empty text, or `None` or `False` for not being there; that of a
property, whose name begins with a dot, is any value that is JSON. What is wrong is refused where it is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from secrets import randbits
from typing import Any, Self

from syncline import _native
from syncline._errors import SynclineError
from syncline._native import MISSING, Node, Screen, Template, each, fragment, h, raw, to_json

__all__ = ["MISSING", "Node", "Screen", "Template", "View", "bind", "each", "fragment", "h", "raw"]


class View(_native.View):
    """What is rendered of one view, by revision: a screen is told the way from what it shows to the latest."""

    __slots__ = ()

    def __new__(cls, name: str, epoch: int | None = None) -> Self:
        """A view of nothing; an epoch, 64 bits, is drawn at random: under another one nothing is as before."""
        return super().__new__(cls, name, randbits(64) if epoch is None else epoch)


def bind(
    key: str,
    value: Any = MISSING,
    *,
    room: str | None = None,
    map: Sequence[Any] = (),  # noqa: A002  as it is called in every language
    cases: Mapping[Any, Any] | Sequence[tuple[Any, Any]] | None = None,
    each: Mapping[str, Any] | None = None,
) -> Node:
    """What follows from the value of a key by itself: screens show it as soon as an edit of that value is made.

    `value` is what the key holds now. It is changed by the transforms of `map`, each a name or a list of a name and
    what it takes, and shown as text; with `cases`, values and nodes, as the node of the one that it is; with `each`, a
    mapping of `template`, `slots` (transforms for each, by name or in order) and `key` (transforms), as a row for each
    item.
    """
    told: dict[str, Any] = {"key": key}
    if room is not None:
        told["room"] = room
    if map:
        told["map"] = list(map)
    if each is not None:
        if cases is not None:
            raise SynclineError("InvalidArgument", "cases or each", "both")
        return _bind_each(told, value, each)
    if cases is None:
        return _native.bound(value, to_json(told))
    pairs = list(cases.items() if isinstance(cases, Mapping) else cases)
    told["cases"] = [case for case, _ in pairs]
    return _native.bound(value, to_json(told), cases=tuple(node for _, node in pairs))


def _bind_each(told: dict[str, Any], value: Any, each: Mapping[str, Any]) -> Node:
    template, slots = each.get("template"), each.get("slots", ())
    if not isinstance(template, Template) or not each.keys() <= {"template", "slots", "key"}:
        raise SynclineError("InvalidArgument", "template, slots and key, as each", ", ".join(each))
    if isinstance(slots, Mapping):
        if slots.keys() != set(template.slots):
            raise SynclineError("InvalidArgument", ", ".join(template.slots), ", ".join(slots))
        slots = [slots[name] for name in template.slots]
    rows = {"key": list(each.get("key", ())), "slots": [list(transforms) for transforms in slots]}
    # The number of the template is the view's: it comes between these two.
    head = f'{to_json(told)[:-1]},"each":{to_json(rows)[:-1]},"template":'
    return _native.bound(value, head, template, "}}")
