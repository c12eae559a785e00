// The shelf: everything there is, what of it is left, and what of it is in the cart.
import { $, drawing, el, flash, iconButton, keyed, setText } from './dom.js'

// Adds to what is in the cart; sums of several people add up.
export const put = (cart, journal, { id, name }, count) =>
  journal.note(cart.add(`cart/${id}`, count), count > 0 ? `${count} more ${name.toLowerCase()}` : `${-count} less ${name.toLowerCase()}`)

export const stepper = (cart, journal, good) => {
  const count = el('span', { className: 'count', 'aria-live': 'off' })
  const less = iconButton('minus', `One less: ${good.name}`, () => put(cart, journal, good, -1), 'icon step')
  const more = iconButton('plus', `One more: ${good.name}`, () => put(cart, journal, good, 1), 'icon step')
  const element = el('div', { className: 'stepper' }, less, count, more)
  element.show = number => {
    setText(count, String(number))
    less.disabled = number <= 0
    element.classList.toggle('some', number > 0)
  }
  return element
}

export const showGoods = (goods, cart, journal) => {
  const cards = new Map()
  const make = good => {
    const steps = stepper(cart, journal, good)
    const left = el('span', { className: 'left' })
    const text = el('div', { className: 'what' }, el('span', { className: 'name' }, good.name), left)
    const card = el('li', { className: 'good' }, drawing(good.drawing), text, steps)
    card.parts = { steps, left }
    cards.set(good.id, card)
    return card
  }
  const update = (card, { id }) => {
    const stock = cart.get(`stock/${id}`)
    const wanted = cart.get(`cart/${id}`, 0)
    card.parts.steps.show(Math.max(wanted, 0))
    setText(card.parts.left, stock === undefined ? ' ' : stock === 0 ? 'sold out' : `${stock} left`)
    card.classList.toggle('wanted', wanted > 0)
    card.classList.toggle('out', stock === 0)
  }
  const list = keyed($('goods'), make, update)
  const show = () => {
    const words = $('search').value.toLowerCase().split(/\s+/)
    const found = goods.filter(({ name }) => words.every(word => name.toLowerCase().includes(word)))
    list(found, ({ id }) => id)
    $('none').hidden = found.length > 0
  }
  $('search').addEventListener('input', show)
  return {
    show,
    hear(event, { keys, origin }) {
      if (event !== 'change' || origin !== 'remote' || keys.length > 20) return
      for (const key of keys) if (cards.has(key.split('/')[1])) flash(cards.get(key.split('/')[1]))
    }
  }
}
