// What each person is shown of the shop: the room of the person says what is open there, the shop's room what there is, and who has what.
import { bind, each, html } from 'syncline/views'

// A value as money, on the server and in the page alike.
const money = [['over', 100], ['fixed', 2], ['before', '£']]

const item = html`<li class="row" data-id=${[['get', 'id']]}>
  <img src=${[['get', 'id'], ['before', '/drawing/'], ['after', '.svg']]} alt="" width="34" height="34">
  <span class="what"><span class="name">${[['get', 'name']]}</span><span class="left">${[['get', 'price'], ...money]}</span></span>
  <span class="stepper some"><button class="icon step" data-on-click="less" aria-label="One less">&#8722;</button>
    <span class="count">${[['get', 'count']]}</span>
    <button class="icon step" data-on-click="more" aria-label="One more">+</button></span>
  <b class="sum">${[['get', 'total'], ...money]}</b>
</li>`

const shelf = (stock, shop) => ({ id, name, price }) => {
  const left = stock.get(`stock/${id}`)
  return html`<li class="good" data-id=${id} data-price=${price}>
    <img src=${`/drawing/${id}.svg`} alt="" width="52" height="52">
    <span class="what"><span class="name">${name}</span>
      <span class="left">£${(price / 100).toFixed(2)} · ${bind(`stock/${id}`, left, { ...shop, map: [['after', ' left']] })}</span></span>
    <button class="add" data-on-click="more" .disabled=${bind(`stock/${id}`, left, { ...shop, map: [['less', 1]] })}>Add</button>
  </li>`
}

const menu = html`<nav class="menu" aria-label="Menu">
  <button data-on-click="sort" data-by="name">By name</button>
  <button data-on-click="sort" data-by="price">By price</button>
  <button data-on-click="empty">Empty the cart</button>
</nav>`

export const viewsOf = goods => ({
  shop: async request => {
    const person = request.room.slice('person-'.length)
    const shop = { room: 'shop' }
    const stock = await request.of('shop')
    const [key, cart] = [`cart/${person}`, stock.get(`cart/${person}`, [])]
    const search = request.get('search', '')
    const words = search.toLowerCase().split(/\s+/)
    const by = request.get('sort', 'name')
    const found = goods.filter(({ name }) => words.every(word => name.toLowerCase().includes(word)))
    found.sort((one, other) => (by === 'price' ? one.price - other.price : 0) || (one.name < other.name ? -1 : 1))
    const bound = map => bind(key, cart, { ...shop, map: [['or', []], ...map] })
    return html`
      <header class="top">
        <h1>Corner shop <span class="chip">${person}</span></h1>
        <button class="open" data-on-click="menu" aria-expanded=${bind('menu', request.get('menu'), { map: [['choose', [[true, 'true']], 'false']] })}>Menu</button>
        ${bind('menu', request.get('menu'), { cases: [[true, menu]] })}
        <p class="hello"><button data-on-click="hello">Hello!</button>
          said <b>${bind('hello', stock.get('hello'), { ...shop, map: [['or', 0]] })}</b> times</p>
      </header>
      <main>
        <section class="panel shop" aria-labelledby="shelf">
          <div class="head"><h2 id="shelf">Shelf</h2>
            <label class="search"><span class="hidden">Search the shelf</span>
              <input id="search" type="search" placeholder="Search the shelf" autocomplete="off" .value=${bind('search', search)} data-on-input="search"></label></div>
          <ul class="goods">${each(found, ({ id }) => id, shelf(stock, shop))}</ul>
          ${found.length === 0 ? html`<p class="empty">Nothing on the shelf has that name.</p>` : null}
        </section>
        <section class="panel cart" aria-labelledby="cart">
          <div class="head"><h2 id="cart">Cart (${bound([['sum', 'count']])})</h2><b class="total">${bound([['sum', 'total'], ...money])}</b></div>
          <ul class="rows">${bind(key, cart, { ...shop, each: { key: [['get', 'id']], item } })}</ul>
          <form class="note" data-on-submit="buy">
            <input name="note" placeholder="A word for the shop" autocomplete="off" .value=${bind('note', request.get('note', ''))} data-on-input="note">
            <button class="primary" .disabled=${bound(['length', ['is', 0]])}>Buy</button>
          </form>
          <p class="said" role="status">${bind('said', request.get('said'))}</p>
          <ol class="orders">${each(stock.entries('order/').reverse().slice(0, 5), ([order]) => order, ([, { who, total, note }]) =>
            html`<li><b>${who}</b> £${(total / 100).toFixed(2)} <i>${note}</i></li>`)}</ol>
        </section>
      </main>`
  }
})
