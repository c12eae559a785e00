/** Renders at random, against the engine: a view shows what it would show from nothing, and so do its screens. */

import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'

import { SynclineError } from 'syncline'
import { fragment, h, html, Screen, View } from 'syncline/views'

import { environment } from '../../dist/esm/handle/wakes.js'
import { backend } from '../../dist/esm/native.js'
import { Shadow } from '../../dist/esm/view/shadow.js'
import { Statics } from '../../dist/esm/view/statics.js'
import { jsonOf } from './json.mjs'
import { TEMPLATES } from './samples.mjs'
import { States } from './states.mjs'

const STEPS = Number(process.env.STEPS ?? 2_500)
const SEED = Number(process.env.SEED ?? 1)

/** All templates, so that each view gives them the same numbers. */
const ALL = fragment(...TEMPLATES.map(([, show]) => show(Array(16).fill(''))), html`<li>${''}</li>`)

const parsed = (json) =>
  JSON.parse(json, (_, value) => (typeof value === 'string' ? Buffer.from(value).toString() : value))

/** The first place where two trees differ, and what is there. */
function differs(one, other, path) {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return one === other
      ? undefined
      : { path, is: JSON.stringify(one)?.slice(0, 200), expected: JSON.stringify(other)?.slice(0, 200) }
  }
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const found = differs(one[name], other[name], `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** What is rendered of a state, and what is wrong at its end. */
function page(states, d, end = '') {
  return h('main', null, states.value(d), end)
}

/** Renders what fails at its end; what is shown and what is remembered stay as they are. */
function fail(states, view, d, next) {
  const before = view.json()
  assert.throws(() => view.render(page(states, next, states.pick([() => 1, Symbol('x'), {}, h('a b')]))), SynclineError)
  assert.equal(view.json(), before)
  assert.equal(view.render(page(states, d)), false, 'shows something else after an error')
}

test('a view shows what it would show from nothing, and a screen at its own pace the same', () => {
  const states = new States(SEED, true)
  for (let step = 0; step < STEPS; ) {
    const [view, oracle, screen] = [new View('v'), new View('v'), new Screen()]
    for (const it of [view, oracle]) it.render(ALL)
    let d = states.root()
    view.render(page(states, d))
    for (let left = 5 + states.rnd(60); left > 0 && step < STEPS; left -= 1, step += 1) {
      const next = states.rnd(40) === 0 ? states.root() : states.rnd(6) === 0 ? d : states.mutate(d)
      if (!('t' in next || 'h' in next)) continue
      if (states.rnd(6) === 0) {
        fail(states, view, d, next)
        if (states.rnd(2)) continue
      }
      d = next
      view.render(page(states, d))
      if (states.rnd(3) === 0) assert.equal(view.render(page(states, d)), false, 'shows something else twice')
      if (states.rnd(2)) continue
      oracle.renderJson(JSON.stringify({ tag: 'main', children: [jsonOf(d), ''] }))
      assert.equal(differs(parsed(view.json()), parsed(oracle.json()), 'root'), undefined)
      if (states.rnd(2)) continue
      screen.take(view.frame(screen.cursor))
      assert.equal(screen.html(), view.html())
      assert.deepEqual(screen.cursor, view.cursor)
      assert.equal(view.frame(screen.cursor).length, 0)
    }
    for (const it of [view, oracle, screen]) it.close()
  }
})

/** A view whose drafts are taken as they are, or only as a tree of which the engine finds the way. */
class Twin {
  #number = backend.viewNew(environment, 'v', '0000000000000001')
  #shadow
  #isFound

  constructor(isFound) {
    const number = this.#number
    this.#isFound = isFound
    this.#shadow = new Shadow(
      new Statics({
        template(strings) {
          const [id, ...slots] = backend.viewTemplate(number, strings)
          return { id, slots }
        },
        harmless: (name, value) => backend.viewHarmless(name, value),
      }),
    )
  }

  /** The frame from what was rendered before. */
  render(value) {
    this.#shadow.render(value)
    const { bytes, lengths } = this.#shadow.drafts.take()
    const revision = backend.viewRevision(this.#number)
    if (lengths.length > 0) backend.viewAbsorb(this.#number, bytes, this.#isFound ? [...lengths, 0] : lengths)
    const told = backend.viewFrame(this.#number, '0000000000000001', revision, new Uint8Array(0))
    return Buffer.from(typeof told === 'number' ? [] : told).toString('hex')
  }

  close() {
    backend.viewFree(this.#number)
  }
}

test('what changes in slots is told as the engine would tell it', () => {
  const states = new States(SEED)
  const slots = ['nnan', (v) => html`<div title=${v[2]}>${v[0]}${html`<b>${v[1]}</b>`}${v[3]}</div>`]
  const texts = ['', 'a', 'b', '1', 'ä', '😀', 'x'.repeat(40), 'z'.repeat(300)]
  for (let round = 0; round < 20; round += 1) {
    const [own, found] = [new Twin(false), new Twin(true)]
    const cells = Array.from({ length: 30 }, () => [...slots[0]].map(() => states.pick(texts)))
    for (let step = 0; step < 40; step += 1) {
      for (let count = states.rnd(6); count > 0; count -= 1)
        states.pick(cells)[states.rnd(4)] = states.pick([...texts, null, true, 7])
      const page = () =>
        html`<p>${cells[0][0]}</p>
          ${cells.map((cell) => slots[1](cell))}`
      assert.equal(own.render(page()), found.render(page()))
    }
    for (const it of [own, found]) it.close()
  }
})
