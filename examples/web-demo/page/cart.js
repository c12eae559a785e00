// The cart: how much of what, and buying it, which takes it from the shelf for all or not at all.
import { $, drawing, el, flash, iconButton, keyed, setText, toast } from './dom.js'
import { put, stepper } from './goods.js'

export const showCart = (goods, cart, journal) => {
  const rows = new Map()
  const make = ({ good }) => {
    const steps = stepper(cart, journal, good)
    const note = el('span', { className: 'left' })
    const out = iconButton('cross', `Take out: ${good.name}`, () => put(cart, journal, good, -cart.get(`cart/${good.id}`, 0)))
    const row = el('li', { className: 'row' }, drawing(good.drawing), el('div', { className: 'what' }, el('span', { className: 'name' }, good.name), note), steps, out)
    row.parts = { steps, note }
    rows.set(good.id, row)
    return row
  }
  const update = (row, { count, stock }) => {
    row.parts.steps.show(count)
    setText(row.parts.note, count > stock ? `only ${stock} left` : `${stock} left`)
    row.classList.toggle('short', count > stock)
  }
  const list = keyed($('cart'), make, update)
  const wanted = () => goods.flatMap(good => {
    const count = cart.get(`cart/${good.id}`, 0)
    return count > 0 ? [{ good, count, stock: cart.get(`stock/${good.id}`, 0) }] : []
  })

  const buy = () => {
    const things = wanted()
    const pieces = things.reduce((sum, { count }) => sum + count, 0)
    const edit = cart.batch(batch => {
      for (const { good, count, stock } of things) {
        // The shelf is strict: if it is another by then, all of this is refused and comes back. What others put into the cart meanwhile stays.
        batch.set(`stock/${good.id}`, stock - count)
        batch.add(`cart/${good.id}`, -count)
      }
    })
    journal.note(edit, `buying ${pieces} ${pieces === 1 ? 'thing' : 'things'}`)
  }
  $('buy').addEventListener('click', buy)

  return {
    show() {
      const things = wanted()
      list(things, ({ good }) => good.id)
      const pieces = things.reduce((sum, { count }) => sum + count, 0)
      $('cart-empty').hidden = pieces > 0
      $('buy').hidden = pieces === 0
      $('buy').disabled = things.some(({ count, stock }) => count > stock)
      setText($('buy'), $('buy').disabled ? 'More than there is' : `Buy ${pieces} ${pieces === 1 ? 'thing' : 'things'}`)
    },
    hear(event, details) {
      if (event === 'change' && details.origin === 'remote') {
        for (const key of details.keys) if (key.startsWith('cart/') && rows.has(key.slice(5))) flash(rows.get(key.slice(5)))
      }
      if (event !== 'refused' || !details.key.startsWith('stock/')) return
      const good = goods.find(({ id }) => details.key === `stock/${id}`)
      toast(`Not bought: somebody else was faster. ${good.name}: you saw ${details.base}, there are ${details.theirs}. All of it is back in the cart.`, 'bad')
      requestAnimationFrame(() => flash($('cart').parentElement, 'undone'))
    }
  }
}
