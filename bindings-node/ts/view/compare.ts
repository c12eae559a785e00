/** Compares what a view is to show with what it shows, and writes what differs. */

import { Bound } from './bind.js'
import { DROP, type Drafts, INSERT, REPLACE, TEXT } from './drafts.js'
import { Each, keyOf, type Mark, show } from './each.js'
import { type Element, listOf } from './element.js'
import { Branches } from './branches.js'
import { fits, isSame, nodesOf } from './fit.js'
import type { Grower } from './grow.js'
import { attribute, checkKey, isText, json, property } from './leaf.js'
import { Orderer } from './order.js'
import { Branch, Group, Instance, List, type State, Teller } from './record.js'
import { Result } from './result.js'
import { NODE, type Slot } from './template.js'
import type { Undo } from './undo.js'

/** Writes the steps of a draft, and keeps the records. @internal */
export class Comparer {
  readonly #drafts: Drafts
  readonly #grower: Grower
  readonly #undo: Undo
  readonly #orderer: Orderer
  readonly #branches: Branches

  constructor(drafts: Drafts, grower: Grower, undo: Undo) {
    this.#drafts = drafts
    this.#grower = grower
    this.#undo = undo
    this.#orderer = new Orderer(drafts, grower, undo)
    this.#branches = new Branches(this, drafts, grower, undo)
  }

  /** Compares an instance with a result of the same template. */
  instance(record: Instance, result: Result, child: number): void {
    if (!isSame(record, result)) this.#change(record, result, child)
  }

  #change(record: Instance, result: Result, child: number): void {
    if (record.source === result) return
    this.#drafts.enter(child)
    this.#slots(record, result)
    this.#drafts.exit()
    // Only what is met twice is worth keeping: anything else would outlive its render for nothing.
    const source = result.seen ? result : undefined
    result.seen = true
    if (record.source === source) return
    this.#undo.source(record)
    record.source = source
  }

  #slots(record: Instance, result: Result): void {
    if (result.s0 !== record.s0) this.#slot(record, 0, record.s0, result.s0)
    if (result.s1 !== record.s1) this.#slot(record, 1, record.s1, result.s1)
    if (result.s2 !== record.s2) this.#slot(record, 2, record.s2, result.s2)
    if (result.s3 !== record.s3) this.#slot(record, 3, record.s3, result.s3)
    if (result.s4 !== record.s4) this.#slot(record, 4, record.s4, result.s4)
    if (result.s5 !== record.s5) this.#slot(record, 5, record.s5, result.s5)
    if (result.s6 !== record.s6) this.#slot(record, 6, record.s6, result.s6)
    if (result.s7 !== record.s7) this.#slot(record, 7, record.s7, result.s7)
    const { more } = record
    if (more === undefined) return
    for (let index = 0; index < more.length; index += 1) {
      const value = result.more?.[index]
      if (value !== more[index]) this.#slot(record, index + 8, more[index], value)
    }
  }

  #slot(record: Instance, index: number, state: State, value: unknown): void {
    const slot = record.template.slots[index] as Slot
    let is: State
    if (slot.isPlain && typeof value === 'string' && typeof state === 'string') {
      this.#text(value, index)
      is = value
    } else {
      is = slot.kind === NODE ? this.node(state, value, index, slot) : this.#attribute(state, value, index, slot)
      if (is === state) return
    }
    this.#undo.put(record, index, state)
    record.put(index, is)
  }

  #attribute(state: State, value: unknown, child: number, slot: Slot): State {
    if (value instanceof Bound || state instanceof Teller) {
      if (value instanceof Bound && state instanceof Teller) return this.#branches.bound(state, value, child, slot)
      this.#drafts.step(REPLACE, child)
      return this.#grower.held(value, slot)
    }
    if (slot.isProperty) {
      const held = property(value, slot)
      const [was, is] = [json(state), json(held)]
      if (was === is) return state
      this.#leaf(was, is === undefined ? undefined : this.#grower.safe(is, slot), child)
      return held
    }
    const [was, is] = [attribute(state, slot), attribute(value, slot)]
    if (was !== is) this.#leaf(was, is === undefined ? undefined : this.#grower.safe(is, slot), child)
    return value
  }

  /** What stands between tags, or an item of a list: gives what is there then. */
  node(state: State, value: unknown, child: number, slot: Slot, mark?: Mark): State {
    if (state instanceof Instance && value instanceof Result && state.template.strings === value.strings) {
      this.instance(state, value, child)
      return state
    }
    if (!fits(state, value, mark)) {
      this.#drafts.step(REPLACE, child)
      return this.#grower.node(value, slot, mark)
    }
    if (state instanceof Branch) {
      this.#branches.element(state, value as Element, child)
      return state
    }
    if (state instanceof List) this.#list(state, value, child, slot)
    else if (state instanceof Group) this.#group(state, nodesOf(value) as readonly unknown[], child, slot)
    else if (state instanceof Teller) return this.#branches.bound(state, value as Bound, child, slot)
    else {
      if (isText(value) && String(value) !== String(state)) this.#text(String(value), child)
      return value
    }
    return state
  }

  #leaf(was: string | undefined, is: string | undefined, child: number): void {
    if (was !== undefined && is !== undefined) return this.#text(is, child)
    this.#drafts.step(REPLACE, child)
    this.#grower.leaf(is)
  }

  #text(text: string, child: number): void {
    this.#drafts.step(TEXT, child)
    this.#drafts.bytes.text(text, 1, 0)
  }

  #list(record: List, value: unknown, child: number, slot: Slot): void {
    this.#drafts.enter(child)
    this.items(record, value instanceof Each ? value : listOf(nodesOf(value) as readonly unknown[]), slot)
    this.#drafts.exit()
  }

  /** Compares the nodes of a list, in which the cursor is. */
  items(record: List, list: Each, slot: Slot): void {
    const { items, key, render } = list
    const { keys, children } = record
    const count = items.length
    const most = Math.min(count, keys.length)
    let index = 0
    for (; index < most; index += 1) {
      const item = items[index]
      if (keyOf(key, item, index) !== keys[index]) break
      this.#item(children, index, show(render, item, index), slot, keys)
    }
    if (index < count || index < keys.length) this.reorder(record, list, { equal: index, count }, slot)
  }

  /** Compares an item that is where its record is. */
  #item(children: State[], index: number, value: unknown, slot: Slot, keys: readonly Mark[]): void {
    const state = children[index]
    if (state instanceof Instance && value instanceof Result && state.template.strings === value.strings) {
      if (!isSame(state, value)) this.#change(state, value, index)
    } else if (state !== value) {
      this.child(children, index, value, slot, keys[index])
    }
  }

  /** Compares a child that is where its record is. */
  child(children: State[], index: number, value: unknown, slot: Slot, mark?: Mark): void {
    const state = children[index]
    const is = this.node(state, value, index, slot, mark)
    if (is === state) return
    this.#undo.put(children, index, state)
    children[index] = is
  }

  /** Compares the items from the first on that has another key than before. */
  reorder(record: List, list: Each, known: { readonly equal: number; readonly count: number }, slot: Slot): void {
    const { items, key, render } = list
    const { equal, count } = known
    const { keys: before } = record
    const keys = new Array<Mark>(count)
    for (let index = 0; index < equal; index += 1) keys[index] = before[index] as Mark
    for (let index = equal; index < count; index += 1) keys[index] = checkKey(keyOf(key, items[index], index), slot)
    const shared = Math.min(count, before.length)
    let front = equal
    while (front < shared && keys[front] === before[front]) front += 1
    let back = 0
    while (back < shared - front && keys[count - 1 - back] === before[before.length - 1 - back]) back += 1
    const moved = front < count || front < before.length
    const between = moved ? this.#orderer.change(record, list, { keys, front, back }, slot) : undefined
    const { children } = record
    for (let index = equal; index < front; index += 1) {
      this.#item(children, index, show(render, items[index], index), slot, keys)
    }
    if (between === undefined) return
    const { sources, values } = between
    for (let at = 0; at < sources.length; at += 1) {
      if ((sources[at] as number) >= 0) this.#item(children, front + at, values[at], slot, keys)
    }
    for (let index = count - back; index < count; index += 1) {
      this.#item(children, index, show(render, items[index], index), slot, keys)
    }
  }

  #group(record: Group, values: readonly unknown[], child: number, slot: Slot): void {
    this.#drafts.enter(child)
    this.beside(record, values, slot)
    this.#drafts.exit()
  }

  /** Compares nodes that are told apart by their places, in front of which the cursor is. */
  beside(record: Group | Branch, values: readonly unknown[], slot: Slot): void {
    const shared = Math.min(values.length, record.children.length)
    if (values.length !== record.children.length) this.#resize(record, values, shared, slot)
    const { children } = record
    for (let index = 0; index < shared; index += 1) {
      if (children[index] !== values[index]) this.child(children, index, values[index], slot)
    }
  }

  #resize(record: Group | Branch, values: readonly unknown[], shared: number, slot: Slot): void {
    const children = record.children.slice(0, shared)
    this.#drafts.list(shared)
    if (shared < record.children.length) this.#drafts.part(DROP, record.children.length - shared)
    if (shared < values.length) this.#drafts.part(INSERT, values.length - shared)
    for (let index = shared, end = values.length; index < end; index += 1) {
      children.push(this.#grower.node(values[index], slot))
    }
    this.#drafts.rest()
    if (record instanceof Branch) this.#undo.list(record)
    else this.#undo.group(record)
    record.children = children
  }
}
