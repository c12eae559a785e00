/** How a render that fails is taken back. */

import type { Mark } from './each.js'
import type { Element, Props } from './element.js'
import { Branch, Group, Instance, List, type State, Teller } from './record.js'
import type { Result } from './result.js'

/** Entries that there is still room for in the next render. */
const KEPT = 3 * 512

/** In the place of an index: the result or the element that is shown. */
const SOURCE = -1
/** In the place of an index: attributes. */
const PROPS = -2
/** In the place of an index: what the children are. */
const FORM = -3
/** In the place of an index: attributes, as they were. */
const ATTRS = -4
/** In the place of an index: the string that is alone. */
const TEXT = -5

/** What the records held before the render that runs. @internal */
export class Undo {
  #log: unknown[] = []
  #size = 0

  /** Remembers what a slot or a child held. */
  put(record: Instance | State[], index: number, state: State): void {
    this.#push(record, index, state)
  }

  /** Remembers which result an instance showed. */
  source(record: Instance): void {
    this.#push(record, SOURCE, record.source)
  }

  /** Remembers which element a branch showed. */
  element(record: Branch): void {
    this.#push(record, SOURCE, record.source)
  }

  /** Remembers the attributes of a branch. */
  props(record: Branch): void {
    this.#push(record, PROPS, record.props)
    this.#push(record, ATTRS, record.attrs)
  }

  /** Remembers the string of a branch. */
  text(record: Branch): void {
    this.#push(record, TEXT, record.text)
  }

  /** Remembers the form of a branch, its keys and its children. */
  form(record: Branch): void {
    this.#push(record, FORM, record.form)
    this.text(record)
    this.list(record)
  }

  /** Remembers what a binding told, and of which value. */
  teller(record: Teller): void {
    this.#push(record, record.value, record.told)
  }

  /** Remembers the keys and the children of a list. */
  list(record: List): void {
    this.#push(record, record.keys, record.children)
  }

  /** Remembers the children of a group. */
  group(record: Group): void {
    this.#push(record, 0, record.children)
  }

  /** Forgets all: the render has ended. */
  clear(): void {
    if (this.#size === 0) return
    const log = this.#log
    const size = this.#size
    this.#size = 0
    if (size > KEPT) this.#log = []
    // Not `fill`, which costs more than the few entries of most renders.
    else for (let at = 0; at < size; at += 1) log[at] = undefined
  }

  /** Has the records hold what they did. */
  restore(): void {
    const log = this.#log
    for (let at = this.#size - 3; at >= 0; at -= 3) {
      const [record, index, state] = [log[at], log[at + 1], log[at + 2]]
      if (record instanceof Instance) {
        if (index === SOURCE) record.source = state as Result | undefined
        else record.put(index as number, state)
      } else if (record instanceof Branch && index === SOURCE) {
        record.source = state as Element | undefined
      } else if (record instanceof Branch && index === PROPS) {
        record.props = state as Props | undefined
      } else if (record instanceof Branch && index === ATTRS) {
        record.attrs = state as unknown[] | undefined
      } else if (record instanceof Branch && index === FORM) {
        record.form = state as number
      } else if (record instanceof Branch && index === TEXT) {
        record.text = state as string | undefined
      } else if (record instanceof Teller) {
        record.value = index
        record.told = state as Teller['told']
      } else if (record instanceof List) {
        record.keys = index as readonly Mark[]
        record.children = state as State[]
        record.places = undefined
      } else if (record instanceof Group) {
        record.children = state as State[]
      } else {
        ;(record as State[])[index as number] = state
      }
    }
    this.clear()
  }

  #push(record: object, index: unknown, state: State): void {
    const log = this.#log
    const at = this.#size
    // A store, not a push of three: the place is there from the last render already.
    log[at] = record
    log[at + 1] = index
    log[at + 2] = state
    this.#size = at + 3
  }
}
