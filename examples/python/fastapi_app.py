"""A shop on FastAPI: the stock and everybody's cart are one room. PORT=3000 ROOMS=rooms python fastapi_app.py

Clients fill their carts over WebSockets at /sync, offline too. The host sells what is in a cart, from its stock."""

import os
import signal
from contextlib import asynccontextmanager
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from syncline import AuthorizeRequest, EditView, Grant, Server

NAMES = {"ada-token": "ada", "bob-token": "bob"}  # real tokens come from a login, and expire


def authorize(request: AuthorizeRequest) -> Grant | None:
    name = NAMES.get(request.token)
    return Grant(name, write=[f"cart/{name}/"]) if name and request.room == "shop" else None


@asynccontextmanager
async def lifespan(app: FastAPI) -> Any:
    async with Server(authorize, storage=os.environ.get("ROOMS")) as server:
        app.router.add_websocket_route("/sync", server.attach)
        app.state.shop = server.room("shop")
        await app.state.shop.edit(lambda view: view.get("stock/tea") is None and view.set("stock/tea", 5))
        yield


def who(authorization: Annotated[str, Header()] = "") -> str:
    if (name := NAMES.get(authorization.removeprefix("Bearer "))) is None:
        raise HTTPException(401, "no such token")
    return name


app = FastAPI(lifespan=lifespan)


@app.get("/stock", dependencies=[Depends(who)])
async def stock() -> dict[str, Any]:
    return dict(await app.state.shop.entries("stock/"))


@app.post("/orders/{item}", status_code=201)
async def order(item: str, name: Annotated[str, Depends(who)]) -> dict[str, Any]:
    def sell(view: EditView) -> None:
        # Both are as they are read here when the edits count. A client wrote the cart: it may be anything.
        count, left = view.get(f"cart/{name}/{item}"), view.get(f"stock/{item}", 0)
        if type(count) is not int or not 0 < count <= left:
            raise HTTPException(409, "nothing in the cart, or too little in stock")
        view.add(f"stock/{item}", -count).delete(f"cart/{name}/{item}")

    return {"version": await app.state.shop.edit(sell)}


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends cleanly, as Ctrl-C does
    uvicorn.run(app, port=int(os.environ.get("PORT", "3000")))
