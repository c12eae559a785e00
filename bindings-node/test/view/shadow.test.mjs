/** What is compared on the host, byte by byte. */

import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'

import { Drafts } from '../../dist/esm/view/drafts.js'
import { each } from '../../dist/esm/view/each.js'
import { html } from '../../dist/esm/view/result.js'
import { Shadow } from '../../dist/esm/view/shadow.js'
import { Statics } from '../../dist/esm/view/statics.js'
import { applier, Fake } from './model.mjs'

const hex = (bytes) => Buffer.from(bytes).toString('hex')
const ofText = (text) => hex(Buffer.from(text))

function make() {
  const fake = new Fake()
  const shadow = new Shadow(new Statics(fake))
  return { fake, shadow, take: () => hex(shadow.drafts.take().bytes) }
}

test('a draft is the bytes that the engine reads', () => {
  const { shadow, take } = make()
  shadow.render(html`<p>${'hi'}</p>`)
  assert.equal(take(), `07060d0008${ofText('hi')}00`)
})

test('a row that changes is told by its place', () => {
  const { shadow, take } = make()
  const rows = [0, 1, 2, 3, 4].map((id) => ({ id, a: 'a', b: 'b', c: 'c' }))
  const row = (it) =>
    html`<tr class=${it.a} id=${it.b}>
      <td>${it.c}</td>
    </tr>`
  const page = () =>
    html`<table>
      ${each(rows, (it) => it.id, row)}
    </table>`
  assert(shadow.render(page()))
  assert.match(take(), /^0706/)
  assert(!shadow.render(page()))
  assert.deepEqual(shadow.drafts.take().lengths, [])
  rows[3] = { ...rows[3], c: 'x' }
  assert(shadow.render(page()))
  assert.equal(take(), '000018120178')
})

test('what is kept is not looked into from the third render on', () => {
  const { shadow } = make()
  let looked = 0
  const item = (it) => {
    looked += 1
    return html`<li>${it}</li>`
  }
  const kept = html`<ul>
    ${each([1, 2], (it) => it, item)}
  </ul>`
  const page = (it) => html`<div>${it}${kept}${kept}</div>`
  for (let count = 0; count < 6; count += 1) shadow.render(page(count))
  const before = looked
  for (let count = 0; count < 6; count += 1) shadow.render(page(-count))
  shadow.render(html`<div>${1}${1}${1}</div>`)
  assert.equal(looked, before)
})

test('what is kept and given in turn with another is what is shown', () => {
  const { shadow, fake } = make()
  const list = (items) =>
    html`<ul>
      ${each(
        items,
        (it) => it,
        (it) => html`<li>${it}</li>`,
      )}
    </ul>`
  const [kept, other] = [list([1, 2]), list([5])]
  const page = (it) => html`<div>${it}</div>`
  const roots = { children: [] }
  const apply = applier((id) => fake.templates[id].kinds)
  for (const it of [kept, kept, kept, other, kept, other, other, other, kept, html`<i></i>`, kept]) {
    shadow.render(page(it))
    const { bytes, lengths } = shadow.drafts.take()
    if (lengths.length > 0) apply(roots, bytes)
    const [shown] = roots.children[0].slots
    if (shown.slots.length > 0) assert.equal(shown.slots[0].children.length, it === kept ? 2 : 1)
  }
})

test('wrong values name their place, and nothing happens', () => {
  const { shadow, take } = make()
  const page = (a, b, c) => html`<a title=${a} .value=${b}>${c}</a>`
  shadow.render(page('x', 1, 'y'))
  take()
  const item = (it) => it
  for (const [value, slot, got] of [
    [page({}, 1, 'y'), 0, 'an object'],
    [page(html`x`, 1, 'y'), 0, 'class Result'],
    [page(() => 1, 1, 'y'), 0, 'a function'],
    [page('z', Symbol('s'), 'y'), 1, 'a symbol'],
    [page('z', { a: 1n }, 'y'), 1, 'BigInt'],
    [page('z', 2, { a: 1 }), 2, 'an object'],
    [page('z', 2, [1, [() => 1]]), 2, '>'],
    [
      page(
        'z',
        2,
        each(
          [1],
          () => ({}),
          () => 'x',
        ),
      ),
      2,
      'key of an item',
    ],
    [
      page(
        'z',
        2,
        each([1], item, () => Symbol('x')),
      ),
      2,
      'a symbol',
    ],
  ]) {
    assert.throws(
      () => shadow.render(value),
      (error) => {
        assert.equal(error.code, 'InvalidArgument')
        assert(error.message.includes(`in slot ${slot}, behind`) && error.message.includes(got), error.message)
        return true
      },
    )
  }
  assert.throws(() => shadow.render('x'), /what the view shows/)
  assert.throws(() => shadow.render(html(['<p>', '</p>'], 1)), /html in front of a template/)
  assert.equal(take(), '')
  assert(!shadow.render(page('x', 1, 'y')))
  assert(shadow.render(page('x', 2, 'y')))
  assert.equal(take(), '000a0132')
})

test('properties are JSON, also those that change within', () => {
  const { shadow, take } = make()
  const page = (it) => html`<a .value=${it}></a>`
  const held = { a: 1 }
  shadow.render(page(held))
  take()
  assert(!shadow.render(page(held)))
  assert(!shadow.render(page({ a: 1 })))
  held.a = 2
  for (const [value, told] of [
    [held, `000207${ofText('{"a":2}')}`],
    [undefined, '000401'],
    [null, `000410${ofText('null')}`],
    [12n, `000204${ofText('"12"')}`],
  ]) {
    assert(shadow.render(page(value)))
    assert.equal(take(), told)
  }
})

test('a render within another is refused', () => {
  const { shadow } = make()
  const other = new Shadow(new Statics(new Fake()))
  const both = new Shadow(new Statics(new Fake()), shadow.drafts)
  const page = (item) => html`<p>${each([1], (it) => it, item)}</p>`
  for (const item of [() => shadow.render(html`x`), () => both.render(html`x`), () => shadow.drafts.take()]) {
    assert.throws(() => shadow.render(page(item)), { code: 'Closed' })
  }
  const item = () => {
    other.render(html`<b>${1}</b>`)
    return 'x'
  }
  assert(shadow.render(page(item)))
  assert.equal(shadow.drafts.take().lengths.length, 1)
  assert.equal(other.drafts.take().lengths.length, 1)
})

test('several views share one place for drafts', () => {
  const drafts = new Drafts()
  const statics = new Statics(new Fake())
  const [a, b] = [new Shadow(statics, drafts), new Shadow(statics, drafts)]
  const page = (it) => html`<p>${it}</p>`
  for (const [shadow, text] of [
    [a, '1'],
    [b, '2'],
    [a, '3'],
    [a, '3'],
    [b, '4'],
  ])
    shadow.render(page(text))
  const { bytes, lengths } = drafts.take()
  assert.deepEqual([...lengths], [7, 7, 4, 4])
  assert.equal(bytes.length, 22)
  assert(drafts.isEmpty)
})

test('of one text that changes again and again only the last is told', () => {
  const { shadow, take } = make()
  const page = (a, b) =>
    html`<p>${a}</p>
      <p>${b}</p>`
  shadow.render(page('a', 'b'))
  take()
  for (const it of ['x', 'longer', 'y']) shadow.render(page(it, 'b'))
  for (const it of ['z', 'w']) shadow.render(page('y', it))
  shadow.render(page('1', '2'))
  shadow.render(page('3', '2'))
  assert.equal(take(), ['00020179', '000a0177', '0002013102', '0132', '00020133'].join(''))
})

test('a long list is told by large numbers', () => {
  const { shadow, take } = make()
  const page = (it) => html`<p>${it}</p>`
  const all = Array.from({ length: 500 }, (_, nth) => String(nth))
  shadow.render(page(all))
  take()
  all[400] = 'x'
  all.length = 450
  shadow.render(page(all))
  // Into the root and the fragment, 450 stay, 50 go, past 400.
  assert.equal(take(), ['0000', 'ffa303', 'c9', '00', 'faf102', '0178'].join(''))
})

test('a render that failed leaves what is kept as it was', () => {
  const { shadow, take } = make()
  const kept = [1, 2].map((it) => html`<b>${[it]}</b>`)
  const page = (it, text) => html`<p>${it}${text}</p>`
  for (const nth of [0, 1, 0, 1, 0, 0]) shadow.render(page(kept[nth], 'x'))
  take()
  assert.throws(() => shadow.render(page(kept[1], () => 1)))
  assert(!shadow.render(page(kept[0], 'x')))
  assert.throws(() => shadow.render(page(kept[1], () => 1)))
  assert(shadow.render(page(kept[1], 'x')))
  assert.equal(take(), '000000020132')
})
