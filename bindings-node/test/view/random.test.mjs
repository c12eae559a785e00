/** Renders at random, against a model: what drafts make of the tree before is what is rendered. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Drafts } from '../../dist/esm/view/drafts.js'
import { Shadow } from '../../dist/esm/view/shadow.js'
import { Statics } from '../../dist/esm/view/statics.js'
import { applier, Fake } from './model.mjs'
import { TEMPLATES } from './samples.mjs'
import { States } from './states.mjs'

const STEPS = Number(process.env.STEPS ?? 5_000)
const SEED = Number(process.env.SEED ?? 1)

const isHole = (value) => value === null || value === undefined || typeof value === 'boolean'
const text = (value) => ({ text: String(value).toWellFormed() })
const hole = { hole: true }
const stringsOf = (t) => (TEMPLATES[t].strings ??= TEMPLATES[t][1](Array(16).fill('')).strings)

function address(value) {
  return !/^(?:https?:|mailto:|tel:|[/?#.])/i.test(value) && value.includes(':') ? `unsafe:${value}` : value
}

/** The tree of a state, as the model has it. */
function expected(d, kind = 'n', key) {
  if (kind === 'a' || kind === 'u') {
    if (isHole(d.v)) return d.v === true ? text('') : hole
    return text(kind === 'u' ? address(String(d.v)) : String(d.v))
  }
  if (kind === 'p') {
    const held = 'json' in d ? d.json : typeof d.v === 'bigint' ? String(d.v) : d.v
    return held === undefined
      ? hole
      : text(JSON.stringify(held, (_, it) => (typeof it === 'string' ? it.toWellFormed() : it)))
  }
  if ('v' in d) return isHole(d.v) ? hole : text(d.v)
  if ('t' in d) {
    return { strings: stringsOf(d.t), key, slots: d.slots.map((slot, nth) => expected(slot, TEMPLATES[d.t][0][nth])) }
  }
  if ('each' in d) return { children: d.each.map((it) => expected(it.d, 'n', String(it.key).toWellFormed())) }
  return 'array' in d ? { children: d.array.map((it) => expected(it)) } : expected(d.memo.d, 'n', key)
}

/** Fails unless a node of the model is the expected one. */
function same(fake, node, wanted, path) {
  if (wanted.hole) return assert(node.hole, `${path}: not a hole`)
  if (wanted.text !== undefined) return assert.equal(node.text, wanted.text, path)
  const [inner, all] = wanted.children ? [node.children, wanted.children] : [node.slots, wanted.slots]
  assert(inner, `${path}: has nothing in it`)
  assert.equal(inner.length, all.length, path)
  if (wanted.slots) {
    assert.equal(fake.templates[node.template].strings, wanted.strings, path)
    assert.equal(node.key, wanted.key, path)
  }
  return all.forEach((it, nth) => same(fake, inner[nth], it, `${path}/${nth}`))
}

/** How many rows with a key that only they have stayed the same objects; fails for one that was made anew. */
function keptOf(node, was, now, rows) {
  if (!now.each || !was.each || !now.unique || !was.unique || rows.size === 0) return 0
  const places = new Map(was.each.map(({ key }, nth) => [key, nth]))
  const stays = ({ key, d }) => places.has(key) && 't' in d && d.t === was.each[places.get(key)].d.t
  now.each.forEach((row, nth) => {
    if (stays(row)) assert.equal(node.children[nth].slots, rows.get(places.get(row.key)), 'a row was made anew')
  })
  return now.each.filter(stays).length
}

const snapshot = (slots) => slots.map((node) => new Map((node.children ?? []).map((child, nth) => [nth, child.slots])))

/** A view of the model, and what it showed when its drafts were applied last. */
class Shown {
  #roots = { children: [] }
  #apply
  #fake
  #last

  constructor(fake) {
    this.#fake = fake
    this.#apply = applier((id) => fake.templates[id].kinds)
  }

  /** Forgets which rows there were. */
  skip() {
    this.#last = undefined
  }

  /** Applies drafts, and compares; gives how many rows stayed. */
  apply(drafts, d) {
    const { bytes, lengths } = drafts.take()
    let at = 0
    for (const length of lengths) {
      this.#apply(this.#roots, bytes.subarray(at, at + length))
      at += length
    }
    assert.equal(at, bytes.length)
    assert.equal(this.#roots.children.length, 1)
    same(this.#fake, this.#roots.children[0], expected(d), 'root')
    const { slots } = this.#roots.children[0]
    let kept = 0
    if (this.#last?.d.t === d.t && this.#last.slots === slots) {
      d.slots.forEach((slot, nth) => (kept += keptOf(slots[nth], this.#last.d.slots[nth], slot, this.#last.rows[nth])))
    }
    this.#last = { d, slots, rows: snapshot(slots) }
    return kept
  }
}

/** Renders what fails, perhaps: what is written and what is remembered stay as they are. Gives whether it failed. */
function fails(states, shadow, d) {
  const { at } = shadow.drafts.bytes
  states.bomb = states.rnd(40)
  let value
  try {
    value = states.value(d)
  } catch {
    return true
  } finally {
    if (value === undefined) states.bomb = -1
  }
  try {
    shadow.render(value)
    return false
  } catch (error) {
    assert.match(error.message, /^bomb$|slot \d+, behind|what the view shows/)
    assert.equal(shadow.drafts.bytes.at, at)
    return true
  } finally {
    states.bomb = -1
  }
}

test('drafts make what is rendered of what was', () => {
  const states = new States(SEED)
  const fake = new Fake()
  const statics = new Statics(fake)
  const common = new Drafts()
  let [failed, kept] = [0, 0]
  for (let step = 0; step < STEPS; ) {
    const shadow = states.rnd(2) ? new Shadow(statics) : new Shadow(statics, common)
    const shown = new Shown(fake)
    let d = states.root()
    for (let left = 5 + states.rnd(60); left > 0 && step < STEPS; left -= 1, step += 1) {
      const next = states.rnd(40) === 0 ? states.root() : states.rnd(6) === 0 ? d : states.mutate(d)
      if (!('t' in next)) continue
      if (states.rnd(8) === 0 && fails(states, shadow, next)) {
        failed += 1
        if (states.rnd(2)) continue
      }
      d = next
      shadow.render(states.value(d))
      if (states.rnd(3) === 0) assert.equal(shadow.render(states.value(d)), false, 'writes what did not change')
      if (states.rnd(60) === 0) {
        shadow.forget(1)
        assert(shadow.render(states.value(d)))
        shown.skip()
      }
      if (states.rnd(3) === 0) shown.skip()
      else kept += shown.apply(shadow.drafts, d)
    }
    shadow.drafts.take()
  }
  assert(failed > STEPS / 100, `${failed} failed`)
  assert(kept > STEPS / 20, `${kept} rows stayed`)
})
