"""The server, the storage of its rooms, and what its host does about its outputs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from syncline.handle import Output, ServerHandle

from scenarios.client import seed, write
from scenarios.events import server_event
from scenarios.scenario import StepError

if TYPE_CHECKING:
    from scenarios.world import World

#: What the host says to a token: prefixes that may be written, a code, or nothing yet.
Answer = list[str] | str | None


@dataclass
class Server:
    """The server, running or not."""

    options: str = "{}"
    durability: Literal["durable", "volatile"] = "durable"
    #: `None` before its start and after a crash.
    running: ServerHandle | None = None
    restarts: int = 0
    #: The names of rooms that are or were open.
    names: dict[int, str] = field(default_factory=dict)
    disks: dict[str, list[bytes]] = field(default_factory=dict)
    #: What storage was when it was put aside.
    backup: dict[str, list[bytes]] = field(default_factory=dict)
    #: Orders are kept unanswered.
    held: bool = False
    orders: deque[Output] = field(default_factory=deque)
    #: Questions that are not answered yet, with the token.
    questions: list[tuple[int, str]] = field(default_factory=list)

    @property
    def handle(self) -> ServerHandle:
        """The handle of a server that runs."""
        if self.running is None:
            raise StepError("the server does not run")
        return self.running

    def carry_out(self, order: Output) -> None:
        """Does what was ordered, and says so."""
        assert order.room is not None
        if order.kind == "open_room":
            self.handle.room_opened(order.room, self.disks.get(self.names[order.room], []))
            return
        assert order.record is not None
        self.write(order)
        self.handle.persisted(order.room, order.record)

    def write(self, order: Output) -> None:
        """Makes what was ordered durable."""
        assert order.room is not None
        if order.room in self.names:
            write(self.disks.setdefault(self.names[order.room], []), order)

    def name(self, room: int) -> str:
        """How a room is called in lines."""
        return self.names.get(room, f"#{room}")

    def number(self, name: str) -> int:
        """The number of a room that is open."""
        room = self.handle.room(name)
        if room is None:
            raise StepError(f"{name} is not open at the server")
        return room


def start_server(world: World) -> None:
    """Starts the server on what is durable of it."""
    server = world.server
    server.names.clear()
    server.running = None
    with world.told():
        entropy = seed("server", server.restarts)
        server.running = ServerHandle.manual(server.options, server.durability, entropy, world.now)
    world.pump()


def drain_server(world: World) -> bool:
    """Carries out what the server wants, and says whether it wanted anything."""
    moved = False
    while world.server.running is not None:
        output = world.server.running.poll()
        if output is None:
            break
        moved = True
        serve(world, output)
    return moved


def serve(world: World, output: Output) -> None:
    server = world.server
    match output.kind:
        case "transmit":
            assert output.bytes is not None
            transmit(world, output.conn, output.bytes)
        case "pause" | "resume":
            world.print(f"{output.kind} {world.owner_of(output.conn)}")
            link = world.link_of(output.conn)
            if link is not None:
                link.paused = output.kind == "pause"
        case "close":
            world.print(f"close {world.owner_of(output.conn)} {output.code}")
            world.end_from_server(output.conn)
        case "authorize":
            assert output.request is not None
            assert output.token is not None
            server.questions.append((output.request, output.token))
            answer_questions(world)
        case "open_room":
            assert output.room is not None
            assert output.name is not None
            server.names[output.room] = output.name
            order(server, output)
        case "persist":
            order(server, output)
        case "close_room":
            assert output.room is not None
            if output.delete:
                server.disks.pop(server.name(output.room), None)
        case "render":
            assert output.room is not None
            world.print(f"render {server.name(output.room)} {output.name}")
        case _:
            if output.kind == "opened":
                assert output.room is not None
                assert output.name is not None
                server.names[output.room] = output.name
            world.print(f"event server {server_event(world, output)}")


def transmit(world: World, conn: int | None, frame: bytes) -> None:
    link, ghost = world.link_of(conn), world.ghost_of(conn)
    if link is not None:
        link.down.append(frame)
        link.owes = True
    elif ghost is not None:
        ghost.owes = True


def order(server: Server, order: Output) -> None:
    if server.held:
        server.orders.append(order)
    else:
        server.carry_out(order)


def answer_questions(world: World) -> None:
    """Answers the questions to which the host has an answer."""
    server = world.server
    if server.running is None:
        return
    questions, server.questions = server.questions, []
    for request, token in questions:
        answer = world.answers.get(token, [""])
        if answer is None:
            server.questions.append((request, token))
        elif isinstance(answer, str):
            server.running.deny(request, answer)
        else:
            server.running.grant(request, token, answer)
