"""The engine's handles, for hosts that bring their own transport.

A handle is the engine without sockets: what it wants done and what it tells is polled, and the host carries
frames between the two ends. In automatic mode it has a clock, a thread and files; in manual mode the host says
what time it is and makes records durable. `connect` and `Server` are made of these, with WebSockets.

>>> from syncline.handle import ClientHandle, ServerHandle
>>> server = ServerHandle.automatic()
>>> client = ClientHandle.automatic()
>>> room = client.open("cart-1")
>>> draft = client.add(room, "visits", 1)
>>> client.flush()
>>> settled = None
>>> while settled is None:
...     for output in client.drain():
...         if output.kind == "connect":
...             server.connected(1)
...             client.connected("a token")
...         elif output.kind == "transmit":
...             server.receive(1, output.bytes)
...         elif output.kind == "verdict":
...             settled = output
...     for output in server.drain():
...         if output.kind == "transmit":
...             client.receive(output.bytes)
...             server.writable(1)
...         elif output.kind == "authorize":
...             server.grant(output.request, "ada", [""])
>>> settled.verdict, settled.draft == draft, client.get(room, "visits")
('applied', True, 1)
>>> client.close()
0
>>> server.close()

The handles are safe to use from any thread, with a global interpreter lock or without. They belong to the process
that made them: in a forked child each call raises `ForkedProcessError`. They are not copied or pickled.
"""

from syncline._native import MISSING, ClientHandle, Edits, Output, Screen, ServerHandle, Tree, View

__all__ = ["MISSING", "ClientHandle", "Edits", "Output", "Screen", "ServerHandle", "Tree", "View"]
