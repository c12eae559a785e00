"""The same as views.mjs in Python."""

from collections.abc import Callable, Sequence
from typing import Any

from syncline import RoomReader, ViewRequest
from syncline.views import Node, Template, bind, each

MONEY = [["over", 100], ["fixed", 2], ["before", "£"]]

ITEM = Template("""<li class="row" data-id={id}>
  <img src={drawing} alt="" width="34" height="34">
  <span class="what"><span class="name">{name}</span><span class="left">{price}</span></span>
  <span class="stepper some"><button class="icon step" data-on-click="less" aria-label="One less">&#8722;</button>
    <span class="count">{count}</span>
    <button class="icon step" data-on-click="more" aria-label="One more">+</button></span>
  <b class="sum">{total}</b>
</li>""")
ITEM_SLOTS = {
    "id": [["get", "id"]],
    "drawing": [["get", "id"], ["before", "/drawing/"], ["after", ".svg"]],
    "name": [["get", "name"]],
    "price": [["get", "price"], *MONEY],
    "count": [["get", "count"]],
    "total": [["get", "total"], *MONEY],
}

GOOD = Template("""<li class="good" data-id={id} data-price={price}>
    <img src={drawing} alt="" width="52" height="52">
    <span class="what"><span class="name">{name}</span>
      <span class="left">£{pounds} · {left}</span></span>
    <button class="add" data-on-click="more" .disabled={out}>Add</button>
  </li>""")

MENU = Template("""<nav class="menu" aria-label="Menu">
  <button data-on-click="sort" data-by="name">By name</button>
  <button data-on-click="sort" data-by="price">By price</button>
  <button data-on-click="empty">Empty the cart</button>
</nav>""")

NOTHING = Template('<p class="empty">Nothing on the shelf has that name.</p>')

ORDER = Template("<li><b>{who}</b> £{total} <i>{note}</i></li>")

PAGE = Template("""
      <header class="top">
        <h1>Corner shop <span class="chip">{person}</span></h1>
        <button class="open" data-on-click="menu" aria-expanded={expanded}>Menu</button>
        {menu}
        <p class="hello"><button data-on-click="hello">Hello!</button>
          said <b>{hello}</b> times</p>
      </header>
      <main>
        <section class="panel shop" aria-labelledby="shelf">
          <div class="head"><h2 id="shelf">Shelf</h2>
            <label class="search"><span class="hidden">Search the shelf</span>
              <input id="search" type="search" placeholder="Search the shelf" autocomplete="off" .value={search} data-on-input="search"></label></div>
          <ul class="goods">{goods}</ul>
          {nothing}
        </section>
        <section class="panel cart" aria-labelledby="cart">
          <div class="head"><h2 id="cart">Cart ({count})</h2><b class="total">{total}</b></div>
          <ul class="rows">{items}</ul>
          <form class="note" data-on-submit="buy">
            <input name="note" placeholder="A word for the shop" autocomplete="off" .value={note} data-on-input="note">
            <button class="primary" .disabled={empty}>Buy</button>
          </form>
          <p class="said" role="status">{said}</p>
          <ol class="orders">{orders}</ol>
        </section>
      </main>""")  # noqa: E501  the page as a browser reads it


def good(stock: RoomReader) -> Callable[[dict[str, Any]], Node]:
    def render(good: dict[str, Any]) -> Node:
        key, left = f"stock/{good['id']}", stock.get(f"stock/{good['id']}")
        return GOOD(
            id=good["id"],
            price=good["price"],
            drawing=f"/drawing/{good['id']}.svg",
            name=good["name"],
            pounds=f"{good['price'] / 100:.2f}",
            left=bind(key, left, room="shop", map=[["after", " left"]]),
            out=bind(key, left, room="shop", map=[["less", 1]]),
        )

    return render


def order(entry: tuple[str, dict[str, Any]]) -> Node:
    _, told = entry
    return ORDER(who=told["who"], total=f"{told['total'] / 100:.2f}", note=told["note"])


def views_of(goods: Sequence[dict[str, Any]]) -> dict[str, Callable[[ViewRequest], Any]]:
    async def shop(request: ViewRequest) -> Node:
        person = request.room.removeprefix("person-")
        stock = await request.of("shop")
        key = f"cart/{person}"
        cart = stock.get(key, [])
        search = request.get("search", "")
        found = [good for good in goods if all(word in good["name"].lower() for word in search.lower().split())]
        found.sort(key=lambda good: (good["price"] if request.get("sort") == "price" else 0, good["name"]))

        def bound(*steps: object) -> Node:
            return bind(key, cart, room="shop", map=[["or", []], *steps])

        is_open = request.get("menu")
        return PAGE(
            person=person,
            expanded=bind("menu", is_open, map=[["choose", [[True, "true"]], "false"]]),
            menu=bind("menu", is_open, cases=[(True, MENU())]),
            hello=bind("hello", stock.get("hello"), room="shop", map=[["or", 0]]),
            search=bind("search", search),
            goods=each(found, key="id", render=good(stock)),
            nothing=None if found else NOTHING(),
            count=bound(["sum", "count"]),
            total=bound(["sum", "total"], *MONEY),
            items=bind(key, cart, room="shop", each={"template": ITEM, "slots": ITEM_SLOTS, "key": [["get", "id"]]}),
            note=bind("note", request.get("note", "")),
            empty=bound("length", ["is", 0]),
            said=bind("said", request.get("said")),
            orders=each(stock.entries("order/")[::-1][:5], key=0, render=order),
        )

    return {"shop": shop}
