"""The same as `syncline`, on threads instead of asyncio: nothing is awaited.

```python
import syncline.sync

with syncline.sync.connect("ws://localhost:8080", token="…", storage="outbox") as client:
    cart = client.room("cart-1")
    cart.ready()
    verdict = cart.set("items", ["tea", "milk"]).settled(timeout=5)
```
"""

from .client import Batch, Changes, Client, Edit, Room, RoomView, connect
from .server import HostBatch, Listener, Server, ServerRoom, ViewRequest

__all__ = [
    "Batch",
    "Changes",
    "Client",
    "Edit",
    "HostBatch",
    "Listener",
    "Room",
    "RoomView",
    "Server",
    "ServerRoom",
    "ViewRequest",
    "connect",
]
