/** Lists whose items come, go and change places. */

import { DROP, type Drafts, INSERT } from './drafts.js'
import { type Each, type Mark, show } from './each.js'
import { fits } from './fit.js'
import type { Grower } from './grow.js'
import { match, type Order } from './match.js'
import type { List, State } from './record.js'
import type { Slot } from './template.js'
import type { Undo } from './undo.js'

/** What the items between front and back show; of those that are new, it is written already. @internal */
export interface Moved {
  readonly values: readonly unknown[]
  /** Where each was before, or -1 if it is new. */
  readonly sources: Int32Array
}

/** Writes changes of the order of a list, and keeps its record. @internal */
export class Orderer {
  readonly #drafts: Drafts
  readonly #grower: Grower
  readonly #undo: Undo

  constructor(drafts: Drafts, grower: Grower, undo: Undo) {
    this.#drafts = drafts
    this.#grower = grower
    this.#undo = undo
  }

  /** Writes the change of the order, and what is new; the items that stay are left to be compared. */
  change(record: List, list: Each, order: Order, slot: Slot): Moved {
    const { keys, front, back } = order
    const { keys: before, children: states } = record
    // From here on the places are not those of the keys any more.
    this.#undo.list(record)
    const sources = match(record, order)
    const gone = before.length - back - front
    const children: State[] = []
    const items = { list, keys, slot, front }
    let values: readonly unknown[] = []
    const behind = this.#drafts.list(front)
    if (sources.some(isFound)) {
      this.#drafts.order(gone, sources.length, back)
      values = this.#sort(children, states, sources, items)
    } else {
      if (gone > 0) this.#drafts.part(DROP, gone)
      if (sources.length > 0) this.#drafts.part(INSERT, sources.length)
      this.#add(children, sources.length, items)
      this.#drafts.rest()
    }
    this.#drafts.bytes.raw(behind)
    record.keys = keys
    record.children = states.slice(0, front).concat(children, states.slice(before.length - back))
    return { values, sources }
  }

  #sort(children: State[], states: readonly State[], sources: Int32Array, items: Items): unknown[] {
    const { list, keys, slot, front } = items
    const { bytes } = this.#drafts
    const values: unknown[] = []
    for (let at = 0; at < sources.length; at += 1) {
      const index = front + at
      const source = sources[at] as number
      const value = show(list.render, list.items[index], index)
      values.push(value)
      if (source >= 0 && fits(states[source], value, keys[index])) {
        bytes.number(source + 1)
        children.push(states[source])
      } else {
        sources[at] = -1
        bytes.byte(0)
        children.push(this.#grower.node(value, slot, keys[index]))
      }
    }
    return values
  }

  #add(children: State[], count: number, { list, keys, slot, front }: Items): void {
    for (let index = front; index < front + count; index += 1) {
      children.push(this.#grower.node(show(list.render, list.items[index], index), slot, keys[index]))
    }
  }
}

interface Items {
  readonly list: Each
  readonly keys: readonly Mark[]
  readonly slot: Slot
  readonly front: number
}

function isFound(source: number): boolean {
  return source >= 0
}
