"""A plain script: python script.py URL TOKEN NAME, such as ws://127.0.0.1:3000/sync ada-token ada

It fills a cart of the shop that express.mjs, fastify.mjs and fastapi_app.py are, and tells what became of that.
"""

import sys

from syncline import Applied, Refused, Unknown
from syncline.sync import Edit, connect

SECONDS = 10


def tell(what: str, edit: Edit) -> None:
    """Waits for what became of an edit: exactly one of three."""
    match edit.settled(timeout=SECONDS):
        case Applied(version=version):
            print(f"{what}: done, as of version {version}")
        case Refused(code=code, key=key, mine=mine, theirs=theirs):
            print(f"{what}: refused as {code}; {key} is {theirs}, not {mine}")
        case Unknown(code=code):
            print(f"{what}: nobody knows, because of {code}")


def main(url: str, token: str, name: str) -> None:
    with connect(url, token=token) as client:
        shop = client.room("shop")
        shop.ready(timeout=SECONDS)
        for key, count in shop.entries("stock/"):
            print(f"{key.removeprefix('stock/')}: {count} in stock")

        # Edits show at once. Those of a batch are applied together or not at all.
        with shop.batch() as batch:
            batch.set(f"cart/{name}/tea", 2)
            batch.add(f"cart/{name}/visits", 1)
        print("the cart:", dict(shop.entries(f"cart/{name}/")))
        tell("filling the cart", batch.edit)

        # The server decides who may write what, and says what it holds instead.
        edit = shop.set("stock/tea", 1_000)
        print("the stock, for a moment:", shop.get("stock/tea"))
        tell("filling the stock", edit)
        print("the stock:", shop.get("stock/tea"))


try:
    main(*sys.argv[1:])
except TimeoutError:
    sys.exit("the shop does not answer")
