// What a person does: edits of two rooms. What follows from them is shown by the view, at once, and by the server's word for good.
import { connect } from 'syncline'
import { mount } from 'syncline/views'

const element = document.querySelector('#view')
const { name, sync } = element.dataset
const client = await connect(new URL(sync, location.href.replace('http', 'ws')).href, { token: name })
const [mine, shop] = [client.room(`person-${name}`), client.room('shop')]

const cartKey = `cart/${name}`
const cart = () => shop.get(cartKey, [])
const goodOf = element => element.closest('[data-id]')

// One more or one less of something in the cart; what is none any more goes.
const change = (id, by, good) => {
  const at = cart().findIndex(item => item.id === id)
  const item = cart()[at] ?? { id, ...good, count: 0 }
  const count = item.count + by
  const anew = { ...item, count, total: count * item.price }
  if (at < 0) shop.insert(cartKey, cart().length, anew)
  else if (count > 0) shop.replace(cartKey, at, anew)
  else shop.remove(cartKey, at)
}

const actions = {
  menu: () => { mine.set('menu', !mine.get('menu', false)) },
  sort: ({ element }) => { mine.batch(write => { write.set('sort', element.dataset.by); write.set('menu', false) }) },
  empty: () => { shop.delete(cartKey); mine.set('menu', false) },
  hello: () => { shop.add('hello', 1) },
  search: ({ element }) => { mine.set('search', element.value) },
  note: ({ element }) => { mine.set('note', element.value) },
  more: ({ element }) => {
    const good = goodOf(element)
    change(good.dataset.id, 1, { name: good.querySelector('.name').textContent, price: Number(good.dataset.price) })
  },
  less: ({ element }) => { change(goodOf(element).dataset.id, -1) },
  buy: () => {
    const items = cart()
    const total = items.reduce((sum, item) => sum + item.total, 0)
    const edit = shop.batch(write => {
      for (const { id, count } of items) write.set(`stock/${id}`, shop.get(`stock/${id}`, 0) - count)
      write.delete(cartKey)
      write.set(`order/${Date.now()}-${name}`, { who: name, total, note: mine.get('note', '') })
    })
    mine.batch(write => { write.set('note', ''); write.set('said', 'Thank you!') })
    edit.settled.then(({ kind }) => {
      if (kind !== 'applied') mine.set('said', 'Somebody was faster: look at the shelf, and buy again.')
    })
  }
}

const mounted = mount(mine, 'shop', element, { actions })
const status = document.querySelector('#status')
const tell = () => {
  status.dataset.status = client.status
  status.textContent = client.pending === 0 ? client.status : `${client.status}, ${client.pending} to send`
}
client.on('status', tell)
client.on('change', tell)
client.on('verdict', tell)
tell()
globalThis.shop = { client, mine, shop, mounted }
