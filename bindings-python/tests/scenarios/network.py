"""What the network does: connects, delivers, loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.link import Link, forged, shown
from scenarios.scenario import StepError

if TYPE_CHECKING:
    from scenarios.client import Client
    from scenarios.world import World


def connect(world: World, client: Client, token: str) -> None:
    """The connection that was asked for comes up."""
    server = world.server.handle
    world.last_conn += 1
    world.owners[world.last_conn] = client.name
    take_wish(client)
    client.link = Link(world.last_conn)
    client.handle.connected(token)
    server.connected(world.last_conn)
    world.pump()


def refuse_connection(world: World, client: Client) -> None:
    """The connection that was asked for cannot be opened."""
    take_wish(client)
    client.handle.disconnected()
    world.pump()


def take_wish(client: Client) -> None:
    if not client.asks:
        raise StepError(f"{client.name} did not ask for a connection")
    client.asks = False


def cut(world: World, client: Client) -> None:
    """The connection ends for the client; the server has not noticed."""
    link = world.link(client.name)
    client.link = None
    link.down.clear()
    client.ghosts.append(link)
    client.handle.disconnected()
    world.pump()


def arrive_late(world: World, client: Client) -> None:
    """What was under way on connections that were cut arrives."""
    for conn in [ghost.conn for ghost in client.ghosts]:
        while (ghost := world.ghost_of(conn)) is not None and ghost.up:
            frame = ghost.up.popleft()
            world.print(f"late {client.name} {shown(frame)}")
            world.server.handle.receive(conn, frame)
            world.pump()


def bury(world: World, client: Client) -> None:
    """The server notices that connections were cut."""
    ghosts, client.ghosts = client.ghosts, []
    for ghost in ghosts:
        world.server.handle.disconnected(ghost.conn)
    world.pump()


def deliver(world: World, client: Client, way: str, most: int | None) -> bool:
    """Delivers frames one way, and says whether there was one."""
    delivered = 0
    while (most is None or delivered < most) and deliver_one(world, client, way):
        delivered += 1
    return delivered > 0


def deliver_one(world: World, client: Client, way: str) -> bool:
    link = client.link
    if link is None or (way == "up" and link.paused) or not link.queue(way):
        return False
    frame = link.queue(way).popleft()
    world.print(f"{way} {client.name} {shown(frame)}")
    if way == "up":
        world.server.handle.receive(link.conn, frame)
    else:
        client.handle.receive(frame)
    world.pump()
    world.finish(client)
    world.pump()
    return True


def settle(world: World) -> None:
    """Delivers frames until there are none."""
    moved = True
    while moved:
        moved = False
        for client in world.clients:
            moved |= deliver(world, client, "up", None)
            moved |= deliver(world, client, "down", None)


def tamper(world: World, verb: str, client: str, way: str, word: str | None) -> None:
    """Loses, doubles, swaps or forges frames."""
    queue = world.link(client).queue(way)
    count = 2 if verb == "swap" else 1
    if verb == "lose":
        count = len(queue) if word is None else int(word)
    if verb != "raw" and not 0 < count <= len(queue):
        raise StepError("no such frame is under way")
    match verb:
        case "lose":
            for _ in range(count):
                queue.popleft()
        case "double":
            queue.appendleft(queue[0])
        case "swap":
            queue[0], queue[1] = queue[1], queue[0]
        case _:
            if word is None:
                raise StepError("a word is missing")
            queue.append(forged(word))
