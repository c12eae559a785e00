/** States of an application at random, how they change, and what `html`, `each`, `h` and `bind` make of them. */

import { bind } from '../../dist/esm/view/bind.js'
import { each } from '../../dist/esm/view/each.js'
import { fragment, h, raw } from '../../dist/esm/view/element.js'
import { html } from '../../dist/esm/view/result.js'
import { ADDRESSES, ATTRS, BAD, FIXED, KEYS, TAGS, TEMPLATES, TEXTS } from './samples.mjs'

/** Makes states by a seed. */
export class States {
  /** How many values are still to come before one that is wrong; below zero for none. */
  bomb = -1
  #seed
  #memos = []
  #hasElements

  constructor(seed, hasElements = false) {
    this.#seed = seed
    this.#hasElements = hasElements
  }

  rnd(n) {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#seed / 2 ** 32) * n)
  }

  pick(items) {
    return items[this.rnd(items.length)]
  }

  root() {
    if (this.#hasElements && this.rnd(3) === 0) return this.#element(0)
    return this.#template(this.pick([1, 2, 3, 5, 6, 7]), 0)
  }

  #times(n, make) {
    return Array.from({ length: n }, make)
  }

  #shuffled(items) {
    const all = items.slice()
    for (let i = all.length - 1; i > 0; i -= 1) {
      const j = this.rnd(i + 1)
      ;[all[i], all[j]] = [all[j], all[i]]
    }
    return all
  }

  #scalar() {
    const texts = () => this.pick(TEXTS)
    const simple = () => this.pick(TEXTS.slice(0, 8))
    const all = [
      texts,
      simple,
      () => this.rnd(5),
      () => this.rnd(1000) / 7,
      () => 12n,
      () => null,
      () => undefined,
      () => true,
      () => false,
      () => NaN,
      () => -0,
    ]
    return this.pick(all)()
  }

  #slot(kind, depth) {
    if (kind === 'n') return this.node(depth)
    if (this.#hasElements && this.rnd(12) === 0) return this.#bound(kind)
    if (kind === 'a') return { v: this.#scalar() }
    if (kind === 'u') return { v: this.rnd(6) === 0 ? this.#scalar() : this.pick(ADDRESSES) }
    return this.rnd(3) ? { v: this.#scalar() } : { json: [this.rnd(2), { b: this.pick(TEXTS) }] }
  }

  /** A node that is a text, or has others in it. */
  node(depth) {
    const kind = depth > 4 ? 0 : this.rnd(this.#hasElements ? 18 : 13)
    if (kind < 4) return { v: this.#scalar() }
    if (kind < 8) return this.#template(this.rnd(TEMPLATES.length), depth)
    if (kind < 9) {
      const keys = this.#shuffled(KEYS).slice(0, this.rnd(KEYS.length))
      const row = () => (this.rnd(3) ? this.#template(this.pick([1, 3, 8]), depth + 2) : this.node(depth + 2))
      return { each: keys.map((key) => ({ key, d: row() })), unique: true }
    }
    if (kind < 10) {
      const count = this.rnd(3) === 0 ? this.rnd(40) : this.rnd(6)
      return { each: this.#times(count, () => ({ key: this.pick(KEYS), d: this.node(depth + 1) })) }
    }
    if (kind < 12) return { array: this.#times(this.rnd(5), () => this.node(depth + 1)) }
    if (kind === 13) return this.#bound('n', depth)
    if (kind > 13) return this.#element(depth)
    return this.#memo(depth)
  }

  #memo(depth) {
    if (this.#memos.length > 0 && this.rnd(3)) return { memo: this.pick(this.#memos) }
    const inner = this.rnd(2) ? depth + 2 : depth + 1
    const d =
      this.#hasElements && this.rnd(2)
        ? this.#element(inner)
        : this.#template(1 + this.rnd(TEMPLATES.length - 1), inner)
    const memo = { d, value: undefined }
    this.#memos.push(memo)
    if (this.#memos.length > 12) this.#memos.splice(this.rnd(this.#memos.length), 1)
    return { memo }
  }

  #template(t, depth) {
    return { t, slots: [...TEMPLATES[t][0]].map((kind) => this.#slot(kind, depth + 1)) }
  }

  #bound(kind, depth = 5) {
    const key = this.pick(['count', 'name'])
    const value = this.pick([1, 2, 'x', true, null, 'javascript:x', { n: 1 }, [{ n: 'a' }, { n: 'b' }], [{ n: 'b' }]])
    const how = kind === 'n' ? this.rnd(4) : this.rnd(2)
    if (how === 2) return { bound: key, value, cases: [1, 'x', true].map((it) => [it, this.node(depth + 2)]) }
    if (how === 3) return { bound: key, value, each: true }
    return { bound: key, value, map: how === 1 ? [['after', '!']] : undefined }
  }

  #element(depth) {
    const tag = this.pick(TAGS)
    if (this.rnd(8) === 0) return { h: tag, props: this.#props(), raw: this.pick(['<b>1</b>', '<i>2</i>']) }
    const isKeyed = depth < 4 && this.rnd(3) === 0
    const keys = isKeyed ? this.#shuffled(KEYS.filter((key) => key !== '1')) : []
    const count = isKeyed ? this.rnd(12) : this.rnd(4)
    const children = this.#times(count, (_, nth) => {
      if (!isKeyed || this.rnd(6) === 0) return this.node(depth + 1)
      return { ...this.#element(depth + 2), key: keys[nth] }
    })
    return { h: tag, props: this.#props(), children }
  }

  #props() {
    if (this.rnd(3) === 0) return this.rnd(2) ? { fixed: this.pick(FIXED) } : undefined
    const names = this.#shuffled(ATTRS).slice(0, this.rnd(5))
    return { own: names.map((name) => [name, this.#attr(name)]) }
  }

  #attr(name) {
    if (name === 'href') return this.#slot('u', 9).v ?? 'javascript:x'
    if (!name.startsWith('.')) return this.#scalar()
    return this.pick([1, 'x', null, true, undefined, { a: 1 }, { a: 2 }, ['z']])
  }

  /** What `html`, `each` and `h` give for a state. */
  value(d) {
    if (this.bomb >= 0 && this.bomb-- === 0) {
      if (this.rnd(2)) throw new Error('bomb')
      return this.pick(BAD)()
    }
    if ('v' in d) return d.v
    if ('json' in d) return d.json
    if ('t' in d) return TEMPLATES[d.t][1](d.slots.map((slot) => this.value(slot)))
    if ('h' in d) return this.#made(d)
    if ('bound' in d) return this.#binds(d)
    if ('array' in d) return d.array.map((it) => this.value(it))
    if ('each' in d)
      return each(
        this.rnd(5) ? d.each : new Set(d.each),
        (it) => this.#key(it),
        (it) => this.value(it.d),
      )
    const bomb = this.bomb
    this.bomb = -1
    d.memo.value ??= this.value(d.memo.d)
    this.bomb = bomb
    return d.memo.value
  }

  #key({ key }) {
    if (this.bomb >= 0 && this.bomb-- === 0) throw new Error('bomb')
    return key
  }

  #made(d) {
    let props =
      d.props?.fixed ??
      (d.props && Object.fromEntries(d.props.own.map(([name, value]) => [name, structuredClone(value)])))
    if (d.key !== undefined) props = { key: d.key, ...props }
    const children = d.raw === undefined ? d.children.map((child) => this.value(child)) : [raw(d.raw)]
    const spread = children.map(grouped)
    return this.rnd(2) ? h(d.h, props, ...spread) : h(d.h, props, spread)
  }

  #binds({ bound, value, map, cases, each: list }) {
    const item = () => html`<li>${[['get', 'n']]}</li>`
    if (list) return bind(bound, value, { each: { key: [['get', 'n']], item: item() } })
    if (cases) return bind(bound, value, { cases: cases.map(([it, d]) => [it, this.value(d)]) })
    return bind(bound, value, ...(map ? [{ map }] : []))
  }

  /** Another state, for the most part the same. */
  mutate(d, kind = 'n', depth = 0) {
    if (kind !== 'n') return this.#slot(kind, depth)
    if (this.rnd(9) === 0) return this.node(depth)
    if ('memo' in d) return this.#relative(d, depth)
    if (d.from && this.rnd(2)) return { memo: this.pick(d.from.family ?? [d.from]) }
    if ('t' in d && d.slots.length > 0) {
      const at = this.rnd(d.slots.length)
      const slots = d.slots.slice()
      slots[at] = this.mutate(slots[at], TEMPLATES[d.t][0][at], depth + 1)
      return d.from ? { t: d.t, slots, from: d.from } : { t: d.t, slots }
    }
    if ('h' in d) return this.#otherElement(d, depth)
    if ('bound' in d) return this.#otherBound(d, depth)
    if ('each' in d) return this.#otherList(d, depth)
    return 'array' in d ? { array: this.#otherArray(d.array, depth) } : this.node(depth)
  }

  /** A kept result, another of the same template or name, and the kept one again. */
  #relative(d, depth) {
    d.memo.family ??= [d.memo]
    const { family } = d.memo
    const what = this.rnd(5)
    if (what === 0) {
      const sibling = { d: this.mutate(d.memo.d, 'n', depth + 1), value: undefined, family }
      if (!isAlike(sibling.d, d.memo.d) || family.length >= 4) return d
      family.push(sibling)
      return { memo: sibling }
    }
    if (what === 1) {
      const it = this.mutate(d.memo.d, 'n', depth + 1)
      return 't' in it || 'h' in it ? { ...it, from: d.memo } : it
    }
    return what < 4 ? { memo: this.pick(family) } : this.node(depth)
  }

  #otherElement(d, depth) {
    if (this.rnd(3) === 0) return { ...d, props: this.#props() }
    if (d.raw !== undefined) return { ...d, raw: this.pick(['<b>1</b>', '<i>2</i>']) }
    let children = this.rnd(3) === 0 ? this.#moved(d.children) : d.children.slice()
    if (this.rnd(4) === 0) {
      const used = new Set(children.map(({ key }) => String(key)))
      const key = KEYS.find((it) => !used.has(String(it)))
      const added = this.rnd(2) ? { ...this.#element(depth + 2), key } : this.node(depth + 1)
      children = children.toSpliced(this.rnd(children.length + 1), 0, added)
    }
    if (children.length > 0) {
      const at = this.rnd(children.length)
      const { key } = children[at]
      const other = this.mutate(children[at], 'n', depth + 1)
      if (key === undefined || 'h' in other) children[at] = key === undefined ? other : { ...other, key }
    }
    return { ...d, children }
  }

  #otherBound(d, depth) {
    if (d.cases && this.rnd(2)) {
      return { ...d, cases: d.cases.map(([it, node]) => [it, this.rnd(2) ? node : this.mutate(node, 'n', depth + 2)]) }
    }
    return {
      ...d,
      value: this.pick([1, 2, 'x', true, null, { n: 1 }, [{ n: 'a' }], [{ n: 'b' }, { n: 'a' }, { n: 'c' }]]),
    }
  }

  #moved(rows) {
    const all = rows.slice()
    switch (this.rnd(5)) {
      case 0:
        return all.reverse()
      case 1:
        return this.#shuffled(all)
      case 2:
        all.splice(this.rnd(all.length + 1), this.rnd(4))
        return all
      case 3:
        return all.filter(() => this.rnd(3))
      default:
        if (all.length > 0) all.splice(this.rnd(all.length), 0, ...all.splice(this.rnd(all.length), 1))
        return all
    }
  }

  #otherList(d, depth) {
    let rows = d.each
    const what = this.rnd(9)
    const row = () => ({ key: this.pick(KEYS), d: this.node(depth + 1) })
    if (what < 5) rows = this.#moved(rows)
    else if (what === 5) rows = rows.map((it) => (this.rnd(4) ? it : { key: this.pick(KEYS), d: it.d }))
    else if (what === 6) rows = rows.toSpliced(this.rnd(rows.length + 1), 0, ...this.#times(this.rnd(4), row))
    if (d.unique) {
      const seen = new Set()
      rows = rows.filter(({ key }) => !seen.has(key) && seen.add(key))
    }
    const isStill = this.rnd(3) === 0
    rows = rows.map((it) => (isStill || this.rnd(4) ? it : { key: it.key, d: this.mutate(it.d, 'n', depth + 1) }))
    return { each: rows, unique: d.unique }
  }

  #otherArray(array, depth) {
    const all = array.slice()
    const what = this.rnd(4)
    if (what === 0) all.push(this.node(depth + 1))
    else if (what === 1) all.splice(this.rnd(all.length + 1), this.rnd(3))
    else if (what === 2) all.unshift(this.node(depth + 1))
    const at = this.rnd(all.length)
    if (all.length > 0) all[at] = this.mutate(all[at], 'n', depth + 1)
    return all
  }
}

function isAlike(one, other) {
  return 't' in one ? one.t === other.t : 'h' in one && one.h === other.h
}

/** Arrays that are to be nodes of their own: as they are, they would stand for their items. */
function grouped(value) {
  return Array.isArray(value) ? fragment(...value.map(grouped)) : value
}
