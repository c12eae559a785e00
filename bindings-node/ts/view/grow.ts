/** New nodes: writes them, and makes their records. */

import { type Binding, Bound } from './bind.js'
import type { Drafts } from './drafts.js'
import { Each, keyOf, type Mark, Nth, show } from './each.js'
import { areKeyed, Element, KEYED, LEAF, listOf, marksOf, Raw, RAW } from './element.js'
import { nodesOf } from './fit.js'
import { attribute, checkKey, DEPTH, isHole, json, property, tooDeep, wrong } from './leaf.js'
import { PropWriter } from './props.js'
import { Branch, Group, Instance, List, type State, Teller } from './record.js'
import { Result } from './result.js'
import type { Statics } from './statics.js'
import { ADDRESS, ADDRESS_PROPERTY, NODE, type Slot } from './template.js'

const HOLE = 1
const FRAGMENT = 5
const BOUND = 9
/** What HTML as it is has in the place of the kind of text. */
const RAW_KIND = 3

/** What is kept of a value that may change within: it equals nothing. */
const CHANGING = Symbol('changing')

/** Writes nodes that were not there before. @internal */
export class Grower {
  /** Writes attributes. */
  readonly props: PropWriter
  readonly #statics: Statics
  readonly #drafts: Drafts
  readonly #bytes: Drafts['bytes']
  /** How many nodes are around what is written, within the container that the drafts are in. */
  #depth = 0

  constructor(statics: Statics, drafts: Drafts) {
    this.props = new PropWriter(statics.names, drafts)
    this.#statics = statics
    this.#drafts = drafts
    this.#bytes = drafts.bytes
  }

  /** Writes what stands between tags, or an item of a list, which has a mark. */
  node(value: unknown, slot: Slot, mark?: Mark): State {
    if (this.#depth + this.#drafts.depth >= DEPTH) throw tooDeep()
    this.#depth += 1
    let state: State
    if (value instanceof Result) state = this.instance(value, mark)
    else state = value instanceof Element ? this.element(value, mark) : this.#other(value, slot)
    this.#depth -= 1
    return state
  }

  /** Begins anew, also after a render that did not come to its end. */
  begin(): void {
    this.#depth = 0
  }

  /** Writes a text, or that there is none. */
  leaf(text: string | undefined): void {
    if (text === undefined) this.#bytes.byte(HOLE)
    else this.#bytes.text(text, 4, 0)
  }

  /** What to write for the text of an attribute, or the JSON of a property, in this slot. */
  safe(text: string, slot: Slot): string {
    if (slot.kind === ADDRESS) return this.#statics.templates.address(text)
    return slot.kind === ADDRESS_PROPERTY ? this.#statics.templates.addressJson(text) : text
  }

  /** Writes an instance of a template. */
  instance(result: Result, mark?: Mark): Instance {
    this.#drafts.weigh()
    const template = this.#statics.templates.of(result.strings)
    this.#bytes.number(template.head)
    if (typeof mark === 'string') this.#bytes.text(mark, 1, 1)
    else if (mark === undefined || mark instanceof Nth) this.#bytes.byte(0)
    else this.#bytes.text(String(mark), 1, 1)
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

  /** Writes an element by hand. */
  element(value: Element, mark?: Mark): Branch {
    this.#drafts.weigh()
    const tag = this.#statics.names.tag(value.tag)
    const key = mark === undefined || mark instanceof Nth ? value.key : String(mark)
    this.#bytes.number(tag.head)
    const { children, form } = value
    const record = new Branch(tag, key, value.props, form)
    this.props.write(record)
    if (typeof children === 'string') {
      this.#bytes.byte(1)
      this.#bytes.text(children, 4, 0)
      record.text = children
      return this.#known(record, value)
    }
    const count = children.length
    this.#bytes.number(count)
    if (form === LEAF) {
      for (let index = 0; index < count; index += 1) {
        const child = children[index]
        if (typeof child === 'string') this.#bytes.text(child, 4, 0)
        else this.#other(child, tag.within)
      }
      record.children = children as State[]
    } else if (form === RAW) {
      record.children = children as State[]
      this.#bytes.text((children[0] as Raw).html, 4, RAW_KIND)
    } else {
      const states = new Array<State>(count)
      for (let index = 0; index < count; index += 1) states[index] = this.node(children[index], tag.within)
      record.children = states
      if (form === KEYED) record.keys = marksOf(children)
    }
    return this.#known(record, value)
  }

  #known(record: Branch, value: Element): Branch {
    if (value.seen) record.source = value
    else value.seen = true
    return record
  }

  /** Writes what is bound. */
  bound(value: Bound, slot: Slot): Teller {
    this.#drafts.weigh()
    const binding = this.#statics.bindings.of(value)
    if (slot.kind !== NODE && !binding.isText) throw wrong('a binding without cases or each', value, slot)
    const told = this.tell(value, slot)
    const choices: State[] = [undefined]
    const teller = new Teller(binding, held(value.value), told, choices)
    if (told instanceof Uint8Array) {
      this.#bytes.raw(told)
      return teller
    }
    this.#bytes.byte(BOUND)
    this.#bytes.number(binding.number)
    this.leaf(told ?? undefined)
    for (const [, node] of value.options.cases ?? []) choices.push(this.node(node, slot))
    return teller
  }

  /** What the view knows of a binding. */
  binding(value: Bound): Binding {
    return this.#statics.bindings.of(value)
  }

  /** What a binding tells. */
  tell(value: Bound, slot: Slot): string | null | Uint8Array {
    const { bindings } = this.#statics
    return bindings.tell(bindings.of(value), value.value, slot.kind)
  }

  /** Writes what is in a slot, and gives what is to be kept of it. */
  held(value: unknown, slot: Slot): State {
    if (slot.kind === NODE) return this.node(value, slot)
    if (value instanceof Bound) return this.bound(value, slot)
    if (slot.isProperty) {
      const state = property(value, slot)
      const text = json(state)
      this.leaf(text === undefined ? undefined : this.safe(text, slot))
      return state
    }
    const text = attribute(value, slot)
    this.leaf(text === undefined ? undefined : this.safe(text, slot))
    return value
  }

  #string(value: unknown): boolean {
    if (typeof value !== 'string') return false
    this.#bytes.text(value, 4, 0)
    return true
  }

  #slot(instance: Instance, index: number, value: unknown): void {
    const state = this.held(value, instance.template.slots[index] as Slot)
    if (state !== value) instance.put(index, state)
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
    if (value instanceof Bound) return this.bound(value, slot)
    if (value instanceof Raw) throw wrong('raw HTML as all that an element of h has', value, slot)
    const nodes = nodesOf(value)
    if (nodes === undefined) throw wrong('text, a result, an element, a list or nothing', value, slot)
    return areKeyed(nodes) ? this.#list(listOf(nodes), slot) : this.#group(nodes, slot)
  }

  #list(list: Each, slot: Slot): List {
    this.#drafts.weigh()
    const { items, key, render } = list
    const count = items.length
    const keys = new Array<Mark>(count)
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
    this.#drafts.weigh()
    const count = values.length
    const children = new Array<State>(count)
    this.#bytes.byte(FRAGMENT)
    this.#bytes.number(count)
    for (let index = 0; index < count; index += 1) children[index] = this.node(values[index], slot)
    return new Group(children)
  }
}

/** What is kept of a value that was told. @internal */
export function held(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? CHANGING : value
}
