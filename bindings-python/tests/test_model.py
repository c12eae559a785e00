"""A client against a dictionary: whatever is done, it shows what was written."""

import tempfile
from pathlib import Path
from typing import Any

import syncline.sync
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

keys = st.sampled_from(["a", "b", "list/1", "list/2", "\u00e9"])
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8)
values = st.recursive(
    scalars | st.floats(-1e6, 1e6).filter(lambda each: not each.is_integer()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
patches = st.dictionaries(st.sampled_from(["x", "y", "z"]), scalars, max_size=3)


def merged(old: Any, patch: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396, one level deep."""
    new = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            new.pop(name, None)
        else:
            new[name] = value
    return new


class ClientMachine(RuleBasedStateMachine):
    """Edits of every kind, batches, and restarts on the same outbox."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.model: dict[str, Any] = {}
        self.lists: dict[str, list[Any]] = {}
        self.edits = 0

    @initialize()
    def start(self) -> None:
        path = Path(self.directory.name) / "outbox"
        # Nobody listens on port 9; what is shown is what was edited.
        self.client = syncline.sync.connect("ws://127.0.0.1:9", storage=path)
        self.room = self.client.room("room")

    @rule()
    def restart(self) -> None:
        pending = self.client.pending
        assert self.client.close() == pending
        self.start()
        assert self.client.pending == pending

    @rule(key=keys, value=values)
    def set(self, key: str, value: Any) -> None:
        self.room.set(key, value)
        self.model[key] = value
        self.lists.pop(key, None)

    @rule(key=keys)
    def delete(self, key: str) -> None:
        self.room.delete(key)
        self.model.pop(key, None)
        self.lists.pop(key, None)

    @rule(key=keys, patch=patches)
    def merge(self, key: str, patch: dict[str, Any]) -> None:
        old = self.model.get(key)
        if (key in self.model and not isinstance(old, dict)) or key in self.lists:
            try:
                self.room.merge(key, patch)
            except syncline.ValueRefusedError as error:
                assert error.code == "WrongType"
            else:
                raise AssertionError("merged into what is no object")
            return
        self.room.merge(key, patch)
        self.model[key] = merged(old, patch)

    @rule(key=keys, amount=st.integers(-1_000, 1_000))
    def add(self, key: str, amount: int) -> None:
        old = self.model.get(key, 0)
        number = isinstance(old, int | float) and not isinstance(old, bool) and key not in self.lists
        try:
            self.room.add(key, amount)
        except syncline.ValueRefusedError as error:
            assert not number or error.code == "Overflow"
        else:
            assert number
            self.model[key] = old + amount

    @rule(key=keys, place=st.integers(0, 5), value=values)
    def insert(self, key: str, place: int, value: Any) -> None:
        if key in self.model:
            return
        items = self.lists.setdefault(key, [])
        place = min(place, len(items))
        self.room.insert(key, place, value)
        items.insert(place, value)

    @precondition(lambda self: any(self.lists.values()))
    @rule(data=st.data())
    def edit_list(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(name for name, items in self.lists.items() if items)))
        items = self.lists[key]
        place = data.draw(st.integers(0, len(items) - 1))
        match data.draw(st.sampled_from(["remove", "move", "replace"])):
            case "remove":
                self.room.remove(key, place)
                del items[place]
            case "move":
                target = data.draw(st.integers(0, len(items) - 1))
                self.room.move(key, place, target)
                items.insert(target, items.pop(place))
            case _:
                value = data.draw(scalars)
                self.room.replace(key, place, value)
                items[place] = value

    @rule(written=st.lists(st.tuples(keys, values), min_size=1, max_size=4), fails=st.booleans())
    def batch(self, written: list[tuple[str, Any]], fails: bool) -> None:
        try:
            with self.room.batch() as batch:
                for key, value in written:
                    batch.set(key, value)
                    batch.expect(key)
                if fails:
                    raise KeyError("planted")
        except KeyError:
            return
        for key, value in written:
            self.model[key] = value
            self.lists.pop(key, None)

    @invariant()
    def shows_what_was_written(self) -> None:
        if not hasattr(self, "room"):
            return
        want = {**self.model, **self.lists}
        assert dict(self.room.entries()) == want
        assert self.room.keys() == sorted(want, key=lambda key: key.encode())
        for key, value in want.items():
            assert self.room.has(key) and self.room.get(key) == value

    def teardown(self) -> None:
        if hasattr(self, "client"):
            self.client.close()
        self.directory.cleanup()


TestClient = ClientMachine.TestCase
TestClient.settings = settings(
    max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
