/** Compares elements by hand, and what is bound. */

import type { Bound } from './bind.js'
import type { Comparer } from './compare.js'
import { type Drafts, LEAF_TEXT, REPLACE, TEXT } from './drafts.js'
import { childrenOf, Element, KEYED, LEAF, listOf, marksOf, ONE, PLAIN, RAW } from './element.js'
import { type Grower, held } from './grow.js'
import { isText } from './leaf.js'
import { type PropWriter, SAME } from './props.js'
import type { Branch, State, Teller } from './record.js'
import type { Slot } from './template.js'
import type { Undo } from './undo.js'

/** Compares nodes that have others in them, except of templates and lists. @internal */
export class Branches {
  readonly #nodes: Comparer
  readonly #drafts: Drafts
  readonly #grower: Grower
  readonly #undo: Undo
  readonly #props: PropWriter

  constructor(nodes: Comparer, drafts: Drafts, grower: Grower, undo: Undo) {
    this.#nodes = nodes
    this.#drafts = drafts
    this.#grower = grower
    this.#undo = undo
    this.#props = grower.props
  }

  /** Compares an element with one of the same name and key. */
  element(record: Branch, value: Element, child: number): void {
    if (record.source === value) return
    const difference =
      record.props === value.props && record.attrs === undefined ? SAME : this.#props.compare(record, value.props)
    if (difference === SAME && record.form === ONE && value.form === ONE) {
      this.#string(record, value.children as string, LEAF_TEXT, child)
    } else if (difference === SAME && isOneText(record.form, record) && isOneText(value.form, value)) {
      this.#text(record, value, child)
    } else {
      this.#drafts.enter(child)
      if (difference !== SAME) {
        const attrs = this.#props.change(record, value.props, difference)
        this.#drafts.behindAttributes()
        this.#undo.props(record)
        record.props = value.props
        record.attrs = attrs
      }
      this.#children(record, value)
      this.#drafts.exit()
    }
    // As of templates: only what is met twice is worth keeping.
    const source = value.seen ? value : undefined
    value.seen = true
    if (record.source === source) return
    this.#undo.element(record)
    record.source = source
  }

  /** Compares the string that is all that an element has. */
  #string(record: Branch, text: string, step: number, child: number): void {
    if (text === record.text) return
    this.#drafts.step(step, child)
    this.#drafts.bytes.text(text, 1, 0)
    this.#undo.text(record)
    record.text = text
  }

  /** Compares the text that is all that an element has, if it is a number now or before. */
  #text(record: Branch, value: Element, child: number): void {
    const was = record.form === ONE ? record.text : record.children[0]
    const [is] = childrenOf(value)
    if (was === is && record.form === value.form) return
    const text = String(is)
    if (text !== String(was)) {
      this.#drafts.step(LEAF_TEXT, child)
      this.#drafts.bytes.text(text, 1, 0)
    }
    this.#undo.form(record)
    const { children } = value
    record.form = value.form
    if (typeof children === 'string') record.text = children
    else record.children = children as State[]
  }

  #children(record: Branch, value: Element): void {
    // Other HTML would be another element.
    if (value.form === RAW) return
    if (record.form === ONE) {
      if (value.form === ONE) return this.#string(record, value.children as string, TEXT, 0)
      this.#undo.form(record)
      record.form = LEAF
      record.children = [record.text]
    }
    const form = value.form === ONE ? LEAF : value.form
    const children = childrenOf(value)
    const slot = record.tag.within
    if (form === KEYED || record.form === KEYED) {
      if (record.form !== KEYED) {
        const marks = marksOf(record.children)
        this.#own(record, KEYED)
        record.keys = marks
      }
      this.#keyed(record, children, slot)
    } else if (form === LEAF && record.form === LEAF && children.length === record.children.length) {
      this.#leaves(record, children, slot)
    } else {
      if (record.form === LEAF) this.#own(record, PLAIN)
      this.#nodes.beside(record, children, slot)
    }
  }

  #keyed(record: Branch, children: readonly unknown[], slot: Slot): void {
    const { keys } = record
    const most = Math.min(keys.length, children.length)
    let index = 0
    for (; index < most; index += 1) {
      const child = children[index]
      // What has no key is told by how many others there are without: that is asked for later.
      if (!(child instanceof Element) || child.key === undefined || child.key !== keys[index]) break
      this.#nodes.child(record.children, index, child, slot, child.key)
    }
    if (index === children.length && index === keys.length) return
    const list = listOf(children)
    for (; index < most && list.key(undefined, index) === keys[index]; index += 1) {
      this.#nodes.child(record.children, index, children[index], slot, keys[index])
    }
    if (index === children.length && index === keys.length) return
    this.#nodes.reorder(record, list, { equal: index, count: children.length }, slot)
  }

  #leaves(record: Branch, after: readonly unknown[], slot: Slot): void {
    const before = record.children
    let isSame = true
    for (let index = 0; index < after.length; index += 1) {
      if (before[index] === after[index]) continue
      this.#nodes.node(before[index], after[index], index, slot)
      isSame = false
    }
    if (isSame) return
    // The children of the element itself, which nobody changes.
    this.#undo.list(record)
    record.children = after as State[]
  }

  /** Gives a record children of its own. */
  #own(record: Branch, form: number): void {
    this.#undo.form(record)
    record.form = form
    record.children = record.children.slice()
  }

  /** Compares what is bound with what was; gives what is there then. */
  bound(record: Teller, value: Bound, child: number, slot: Slot): State {
    if (this.#grower.binding(value) !== record.binding) {
      this.#drafts.step(REPLACE, child)
      return this.#grower.bound(value, slot)
    }
    const was = record.told
    const told = value.value === record.value ? was : this.#grower.tell(value, slot)
    if (told instanceof Uint8Array) {
      if (!(was instanceof Uint8Array) || Buffer.compare(told, was) !== 0) this.#list(told, child)
    } else if (record.choices.length > 1) {
      this.#choices(record, value, told, child, slot)
    } else if (told !== was) {
      this.#told(told, was, child)
    }
    if (told === was && record.value === value.value) return record
    this.#undo.teller(record)
    record.told = told
    record.value = held(value.value)
    return record
  }

  /** Which nodes of the list differ is left to the engine. */
  #list(told: Uint8Array, child: number): void {
    this.#drafts.step(REPLACE, child)
    this.#drafts.bytes.raw(told)
    this.#drafts.roughen()
  }

  #told(told: string | null, was: State, child: number): void {
    if (isText(told) && isText(was)) {
      this.#drafts.step(LEAF_TEXT, child)
      this.#drafts.bytes.text(told, 1, 0)
      return
    }
    this.#drafts.enter(child)
    this.#drafts.step(REPLACE, 0)
    this.#grower.leaf(told ?? undefined)
    this.#drafts.exit()
  }

  #choices(record: Teller, value: Bound, told: string | null, child: number, slot: Slot): void {
    this.#drafts.enter(child)
    if (told !== record.told) this.#nodes.node(record.told, told, 0, slot)
    const { choices } = record
    const { cases = [] } = value.options
    for (let index = 1; index < choices.length; index += 1) {
      const state = choices[index]
      const is = this.#nodes.node(state, cases[index - 1]?.[1], index, slot)
      if (is === state) continue
      this.#undo.put(choices, index, state)
      choices[index] = is
    }
    this.#drafts.exit()
  }
}

function isOneText(form: number, { children }: { readonly children: string | readonly unknown[] }): boolean {
  return form === ONE || (form === LEAF && children.length === 1 && isText(children[0]))
}
