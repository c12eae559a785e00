"""What storage does: answers late, fails, is lost, is put aside and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.client import start_client, write
from scenarios.scenario import StepError
from scenarios.server import start_server

if TYPE_CHECKING:
    from scenarios.world import World

FAILURE = "a failure"


def hold(world: World, party: str) -> None:
    """Orders are kept unanswered from now on."""
    if party == "server":
        world.server.held = True
    else:
        world.client(party).held = True


def release(world: World, party: str, most: int | None) -> None:
    """Carries out orders that were held, and answers them. With a number, the others stay held."""
    holder = world.server if party == "server" else world.client(party)
    holder.held = most is not None
    for _ in range(len(holder.orders) if most is None else most):
        if not holder.orders:
            break
        order = holder.orders.popleft()
        if party == "server":
            world.server.carry_out(order)
        else:
            write(world.client(party).blobs, order)
            assert order.record is not None
            world.client(party).handle.persisted(order.record)
    world.pump()


def fail_client(world: World, name: str, kept: bool) -> None:
    """Storage fails; what was ordered is nevertheless there if `kept`."""
    client = world.client(name)
    client.held = False
    for order in client.orders:
        if kept:
            write(client.blobs, order)
    client.orders.clear()
    client.handle.persist_failed(FAILURE)
    world.pump()


def fail_room(world: World, name: str, kept: bool) -> None:
    """Storage of one room fails; what was ordered is nevertheless there if `kept`."""
    server = world.server
    number = server.number(name)
    server.held = False
    for order in server.orders:
        if kept and order.kind == "persist" and order.room == number:
            server.write(order)
    server.orders.clear()
    server.handle.room_failed(number, FAILURE)
    world.pump()


def crash(world: World, party: str) -> None:
    """The process dies: what was not answered is lost, and so are its connections."""
    if party == "server":
        server = world.server
        server.running = None
        server.orders.clear()
        server.held = False
        server.questions.clear()
        for client in world.clients:
            client.ghosts.clear()
            world.drop_link(client)
    else:
        client = world.client(party)
        client.running = None
        client.orders.clear()
        client.held = False
        world.drop_link(client)


def reopen(world: World, party: str) -> None:
    """The process starts again, on what is durable."""
    if party == "server":
        world.server.restarts += 1
        start_server(world)
    else:
        client = world.client(party)
        client.restarts += 1
        start_client(world, client)


def put_aside(world: World, party: str) -> None:
    """Makes a backup of storage."""
    if party == "server":
        world.server.backup = {name: list(blobs) for name, blobs in world.server.disks.items()}
    else:
        client = world.client(party)
        client.backup = list(client.blobs)


def bring_back(world: World, party: str) -> None:
    """Storage is again what it was when it was put aside; nothing if it never was."""
    if party == "server":
        world.server.disks = {name: list(blobs) for name, blobs in world.server.backup.items()}
    else:
        client = world.client(party)
        client.blobs = list(client.backup)


def spoil(world: World, party: str, room: str | None) -> None:
    """Spoils a byte of what is durable."""
    blobs = world.server.disks.get(room or "", []) if party == "server" else world.client(party).blobs
    if not blobs or not blobs[0]:
        raise StepError("nothing to spoil")
    blobs[0] = bytes([blobs[0][0] ^ 0x80]) + blobs[0][1:]
