/** New nodes: writes them, and makes their records. */

import type { Bytes } from './bytes.js'
import { Each, type Key, keyOf, show } from './each.js'
import { attribute, checkKey, isHole, json, property, wrong } from './leaf.js'
import { Group, Instance, List, type State } from './record.js'
import { Result } from './result.js'
import { ADDRESS, NODE, PROPERTY, type Slot, type Templates } from './template.js'

const HOLE = 1
const FRAGMENT = 5

/** Writes nodes that were not there before. @internal */
export class Grower {
  readonly #templates: Templates
  readonly #bytes: Bytes

  constructor(templates: Templates, bytes: Bytes) {
    this.#templates = templates
    this.#bytes = bytes
  }

  /** Writes what stands between tags, or an item of a list, which has a key. */
  node(value: unknown, slot: Slot, key?: Key): State {
    return value instanceof Result ? this.instance(value, key) : this.#other(value, slot)
  }

  /** Writes a text, or that there is none. */
  leaf(text: string | undefined): void {
    if (text === undefined) this.#bytes.byte(HOLE)
    else this.#bytes.text(text, 4, 0)
  }

  /** What to write for the text of an attribute in this slot. */
  safe(text: string, slot: Slot): string {
    return slot.kind === ADDRESS ? this.#templates.address(text) : text
  }

  /** Writes an instance of a template. */
  instance(result: Result, key?: Key): Instance {
    const template = this.#templates.of(result.strings)
    this.#bytes.number(template.head)
    if (key === undefined) this.#bytes.byte(0)
    else this.#bytes.text(typeof key === 'string' ? key : String(key), 1, 1)
    const instance = new Instance(template, result)
    const { isPlain } = template
    const count = template.slots.length
    if (count > 0 && !(isPlain && this.#string(result.s0))) this.#slot(instance, 0, result.s0)
    if (count > 1 && !(isPlain && this.#string(result.s1))) this.#slot(instance, 1, result.s1)
    if (count > 2 && !(isPlain && this.#string(result.s2))) this.#slot(instance, 2, result.s2)
    if (count > 3 && !(isPlain && this.#string(result.s3))) this.#slot(instance, 3, result.s3)
    if (count > 4 && !(isPlain && this.#string(result.s4))) this.#slot(instance, 4, result.s4)
    if (count > 5 && !(isPlain && this.#string(result.s5))) this.#slot(instance, 5, result.s5)
    if (count > 6 && !(isPlain && this.#string(result.s6))) this.#slot(instance, 6, result.s6)
    if (count > 7 && !(isPlain && this.#string(result.s7))) this.#slot(instance, 7, result.s7)
    for (let index = 8; index < count; index += 1) this.#slot(instance, index, result.more?.[index - 8])
    if (result.seen) instance.source = result
    else result.seen = true
    return instance
  }

  #string(value: unknown): boolean {
    if (typeof value !== 'string') return false
    this.#bytes.text(value, 4, 0)
    return true
  }

  #slot(instance: Instance, index: number, value: unknown): void {
    const state = this.#held(value, instance.template.slots[index] as Slot)
    if (state !== value) instance.put(index, state)
  }

  #held(value: unknown, slot: Slot): State {
    if (slot.kind === NODE) return this.node(value, slot)
    if (slot.kind === PROPERTY) {
      const state = property(value, slot)
      this.leaf(json(state))
      return state
    }
    const text = attribute(value, slot)
    this.leaf(text === undefined ? undefined : this.safe(text, slot))
    return value
  }

  #other(value: unknown, slot: Slot): State {
    if (typeof value === 'string') {
      this.#bytes.text(value, 4, 0)
      return value
    }
    if (isHole(value)) {
      this.#bytes.byte(HOLE)
      return value
    }
    if (typeof value === 'number' || typeof value === 'bigint') {
      this.#bytes.text(String(value), 4, 0)
      return value
    }
    if (value instanceof Each) return this.#list(value, slot)
    if (Array.isArray(value)) return this.#group(value, slot)
    throw wrong('text, a result, a list or nothing', value, slot)
  }

  #list(list: Each, slot: Slot): List {
    const { items, key, render } = list
    const count = items.length
    const keys = new Array<Key>(count)
    const children = new Array<State>(count)
    this.#bytes.byte(FRAGMENT)
    this.#bytes.number(count)
    for (let index = 0; index < count; index += 1) {
      const item = items[index]
      const its = checkKey(keyOf(key, item, index), slot)
      keys[index] = its
      children[index] = this.node(show(render, item, index), slot, its)
    }
    return new List(keys, children)
  }

  #group(values: readonly unknown[], slot: Slot): Group {
    const count = values.length
    const children = new Array<State>(count)
    this.#bytes.byte(FRAGMENT)
    this.#bytes.number(count)
    for (let index = 0; index < count; index += 1) children[index] = this.node(values[index], slot)
    return new Group(children)
  }
}
