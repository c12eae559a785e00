"""A client, its storage, and what is done about its outputs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncline._errors import ClosedError
from syncline.handle import ClientHandle, Output

from scenarios.events import client_event
from scenarios.link import Link
from scenarios.scenario import StepError
from scenarios.views import print_changes

if TYPE_CHECKING:
    from scenarios.world import World


@dataclass
class Client:
    """One client, running or not."""

    name: str
    config: str
    #: `None` after a crash.
    running: ClientHandle | None = None
    restarts: int = 0
    link: Link | None = None
    #: Connections whose end the server has not noticed.
    ghosts: list[Link] = field(default_factory=list)
    #: It asked for a connection.
    asks: bool = False
    rooms: dict[str, int] = field(default_factory=dict)
    blobs: list[bytes] = field(default_factory=list)
    #: What its storage was when it was put aside.
    backup: list[bytes] = field(default_factory=list)
    #: Orders are kept unanswered.
    held: bool = False
    orders: deque[Output] = field(default_factory=deque)

    @property
    def handle(self) -> ClientHandle:
        """The handle of a client that runs."""
        if self.running is None:
            raise StepError(f"{self.name} does not run")
        return self.running

    def room(self, name: str) -> int:
        """The number of a room that was opened."""
        if name not in self.rooms:
            raise StepError(f"{self.name} never opened {name}")
        return self.rooms[name]

    def links(self) -> list[Link]:
        """The connection and those that were cut."""
        return ([] if self.link is None else [self.link]) + self.ghosts


def write(blobs: list[bytes], order: Output) -> None:
    """Does to blobs what an order says."""
    assert order.bytes is not None
    if order.replace:
        blobs.clear()
    blobs.append(order.bytes)


def seed(name: str, restarts: int) -> bytes:
    """The entropy of a party: another one after each restart."""
    first = ord(name[0])
    return bytes((first + at + (restarts if at == 0 else 0)) % 256 for at in range(32))


def start_client(world: World, client: Client) -> None:
    """Starts a client on what is durable of it."""
    client.rooms.clear()
    client.asks = False
    client.running = None
    with world.told():
        entropy = seed(client.name, client.restarts)
        client.running = ClientHandle.manual(client.config, entropy, client.blobs, world.now)
    world.pump()


def drain_client(world: World, client: Client) -> bool:
    """Carries out what a client wants, and says whether it wanted anything."""
    moved = False
    while client.running is not None:
        try:
            output = client.running.poll()
        except ClosedError:
            break
        if output is None:
            break
        moved = True
        carry_out(world, client, client.running, output)
    return moved


def carry_out(world: World, client: Client, handle: ClientHandle, output: Output) -> None:
    match output.kind:
        case "persist" if client.held:
            client.orders.append(output)
        case "persist":
            write(client.blobs, output)
            assert output.record is not None
            handle.persisted(output.record)
        case "connect":
            client.asks = True
            world.print(f"connect {client.name}")
        case "transmit":
            assert output.bytes is not None
            if client.link is not None:
                client.link.up.append(output.bytes)
        case "disconnect":
            world.print(f"disconnect {client.name}")
            world.leave(client)
        case _:
            world.print(f"event {client.name} {client_event(handle, output)}")
            print_changes(world, handle, output)
