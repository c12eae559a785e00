"""Everything that there is in a scenario: a server, clients, the network, storage and time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from syncline._errors import ClosedError, SynclineError

from scenarios import network
from scenarios.client import Client, drain_client
from scenarios.link import Link
from scenarios.scenario import StepError
from scenarios.server import Answer, Server, drain_server

if TYPE_CHECKING:
    from syncline.handle import View

    from scenarios.views import Shown

#: Moves of time after which it is clear that something wants to be woken for nothing.
WAKES_MOST = 10_000


class World:
    """All parties, and the lines that they print."""

    def __init__(self) -> None:
        self.now = 0
        self.server = Server()
        self.clients: list[Client] = []
        #: What the host says to a token; whoever is not here may write everything.
        self.answers: dict[str, Answer] = {}
        self.last_conn = 0
        #: Whose a connection is or was.
        self.owners: dict[int, str] = {}
        self.views: dict[str, View] = {}
        self.screens: dict[str, Shown] = {}
        #: Nothing is printed but errors.
        self.quiet = False
        self.lines: list[str] = []

    def print(self, line: str) -> None:
        """Prints a line, unless nothing is printed."""
        if not self.quiet:
            self.lines.append(line)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Prints the code of an error of the engine."""
        try:
            yield
        except SynclineError as error:
            self.lines.append(f"! {error.code}")

    def client(self, name: str) -> Client:
        """The client with this name."""
        for client in self.clients:
            if client.name == name:
                return client
        raise StepError(f"{name}: no such client")

    def link(self, name: str) -> Link:
        """The connection of a client."""
        link = self.client(name).link
        if link is None:
            raise StepError(f"{name}: not connected")
        return link

    def link_of(self, conn: int | None) -> Link | None:
        """The connection with this number."""
        links = (client.link for client in self.clients)
        return next((link for link in links if link is not None and link.conn == conn), None)

    def ghost_of(self, conn: int | None) -> Link | None:
        """The connection with this number that was cut."""
        ghosts = (ghost for client in self.clients for ghost in client.ghosts)
        return next((ghost for ghost in ghosts if ghost.conn == conn), None)

    def owner_of(self, conn: int | None) -> str:
        """The name of the client that a connection belongs or belonged to."""
        assert conn is not None
        return self.owners.get(conn, f"#{conn}")

    def pump(self) -> None:
        """Carries out what everyone wants until nobody wants anything."""
        moved = True
        while moved:
            moved = drain_server(self)
            for client in self.clients:
                moved |= drain_client(self, client)
            moved |= self.tell_writable()

    def tell_writable(self) -> bool:
        """Says what the server asks to be told when frames have left."""
        if self.server.running is None:
            return False
        owing = [
            link
            for client in self.clients
            for link in client.links()
            if link.owes and not link.slow and not link.server_left
        ]
        for link in owing:
            link.owes = False
            self.server.running.writable(link.conn)
        return bool(owing)

    def leave(self, client: Client) -> None:
        """The client has ended its connection: what it sent before still arrives."""
        if client.link is not None:
            client.link.client_left = True
            client.link.down.clear()
        self.finish(client)

    def end_from_server(self, conn: int | None) -> None:
        """The server has ended a connection: what it sent before still arrives."""
        for client in self.clients:
            client.ghosts = [ghost for ghost in client.ghosts if ghost.conn != conn]
        link = self.link_of(conn)
        if link is not None:
            link.server_left = True
            link.up.clear()
        for client in self.clients:
            self.finish(client)

    def finish(self, client: Client) -> None:
        """Takes down a connection that one side has ended, once nothing is under way to the other."""
        link = client.link
        if link is None:
            return
        heard_by_server = link.client_left and (not link.up or link.server_left)
        heard_by_client = link.server_left and (not link.down or link.client_left)
        if heard_by_server or heard_by_client:
            self.end_link(client)

    def end_link(self, client: Client) -> None:
        """Takes a connection down, and tells the sides that have not ended it."""
        link, client.link = client.link, None
        if link is None:
            return
        if client.running is not None and not link.client_left:
            client.running.disconnected()
        if self.server.running is not None and not link.server_left:
            self.server.running.disconnected(link.conn)

    def drop_link(self, client: Client) -> None:
        """The connection ends, what was under way is lost, and both sides are told."""
        self.end_link(client)
        self.pump()

    def let_pass(self, until: int, settle: bool) -> None:
        """Lets time pass, each deadline in its turn. With `settle`, frames arrive meanwhile."""
        for _ in range(WAKES_MOST):
            if settle:
                network.settle(self)
            due = [deadline for deadline in self.deadlines() if deadline <= until]
            if not due and self.now == until:
                return
            self.set_now(max(min(due, default=until), self.now))
        raise StepError("something wants to be woken again and again")

    def deadlines(self) -> list[int]:
        """When who runs wants to hear of the time next."""
        found = []
        handles = [self.server.running, *(client.running for client in self.clients)]
        for handle in handles:
            with suppress(ClosedError):
                found.append(None if handle is None else handle.deadline())
        return [deadline for deadline in found if deadline is not None]

    def set_now(self, now: int) -> None:
        """Says what time it is."""
        self.now = now
        if self.server.running is not None:
            self.server.running.set_now(now)
        for client in self.clients:
            # A closed client has no time.
            with suppress(ClosedError):
                if client.running is not None:
                    client.running.set_now(now)
        self.pump()
