/** What screens show before the server has rendered it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { bind, h, html } from 'syncline/views'

import { pair } from './pair.mjs'

test('what is bound shows at once what an edit does', () => {
  const { view, screen, show } = pair()
  const item = html`<li class=${[['get', 'kind']]}>${[['get', 'name'], 'upper']}</li>`
  const page = (state) =>
    html`<p title=${bind('name', state.name, { map: ['trim'] })}>${bind('count', state.count)}</p>
      ${bind('open', state.open, {
        cases: [
          [true, h('b', null, 'menu')],
          [false, 'closed'],
        ],
      })}
      ${h('ul', null, bind('items', state.items, { room: 'shop', each: { key: [['get', 'id']], item } }))}`
  const state = { name: ' a ', count: 1, open: false, items: [{ id: 1, kind: 'hot', name: 'tea' }] }
  show(page(state))
  assert.equal(view.html(), '<p title="a">1</p>closed<ul><li class="hot">TEA</li></ul>')
  screen.predict(1, 'count', 2)
  screen.predict(2, 'open', true)
  screen.predict(3, 'items', [...state.items, { id: 2, kind: 'cold', name: 'ice' }], 'shop')
  const shown = '<p title="a">2</p><b>menu</b><ul><li class="hot">TEA</li><li class="cold">ICE</li></ul>'
  assert.equal(screen.html(), shown)
  for (let change = screen.change(); change !== undefined; change = screen.change()) assert(change.length > 0)
  for (const edit of [1, 2, 3]) screen.settle(edit)
  const told = show(
    page({ ...state, count: 2, open: true, items: [...state.items, { id: 2, kind: 'cold', name: 'ice' }] }),
  )
  assert.equal(view.html(), shown)
  assert.deepEqual(
    told.map(({ op }) => op),
    ['text', 'text', 'children'],
  )
  assert.equal(screen.change(), undefined)
  assert.equal(screen.metrics().right, 3)
  screen.predict(4, 'count', 7)
  screen.undo(4)
  assert.equal(screen.html(), shown)
  show(page({ ...state, name: undefined, count: null }))
  assert.equal(view.html(), '<p><!----></p>closed<ul><li class="hot">TEA</li></ul>')
})

test('a screen learns from what changes together', () => {
  const { screen, show } = pair()
  show(h('p', null, '1 of 3'))
  screen.observe('n', 1, 2)
  show(h('p', null, '2 of 3'))
  assert.equal(screen.metrics().hints, 1)
  screen.predict(1, 'n', 3)
  assert.equal(screen.html(), '<p>3 of 3</p>')
})
