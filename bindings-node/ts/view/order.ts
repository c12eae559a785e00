/** Lists whose items come, go and change places. */

import { DROP, type Drafts, INSERT, KEEP } from './drafts.js'
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

/** A list between front and back: as it was, as it is, and where each item was. */
interface Change extends Moved {
  readonly keys: readonly Mark[]
  readonly slot: Slot
  readonly front: number
  /** How many there were at front and between. */
  readonly end: number
  readonly before: readonly State[]
  readonly after: State[]
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
  change(record: List, { items, render }: Each, order: Order, slot: Slot): Moved {
    const { keys, front, back } = order
    const { children: before } = record
    // From here on the places are not those of the keys any more.
    this.#undo.list(record)
    const sources = match(record, order)
    const values = new Array<unknown>(sources.length)
    let rises = true
    let last = -1
    for (let at = 0; at < sources.length; at += 1) {
      const value = show(render, items[front + at], front + at)
      values[at] = value
      const source = sources[at] as number
      if (source < 0) continue
      if (fits(before[source], value, keys[front + at])) {
        rises &&= source > last
        last = source
      } else {
        sources[at] = -1
      }
    }
    const behind = this.#drafts.list(front)
    const end = before.length - back
    const after = new Array<State>(keys.length)
    for (let index = 0; index < front; index += 1) after[index] = before[index]
    const change = { keys, slot, front, end, before, after, values, sources }
    if (rises) this.#parts(change)
    else this.#order(change, back)
    for (let index = 1; index <= back; index += 1) after[keys.length - index] = before[before.length - index]
    this.#drafts.bytes.raw(behind)
    record.keys = keys
    record.children = after
    return change
  }

  /** The items that stay do so in their order: says which runs of them do, come and go. */
  #parts(change: Change): void {
    const { sources, front, end, before, after } = change
    const drafts = this.#drafts
    let next = front
    let kept = 0
    for (let at = 0; at < sources.length; ) {
      const source = sources[at] as number
      if (source < 0) {
        kept = this.#keep(kept)
        at = this.#insert(change, at)
        continue
      }
      if (source > next) {
        kept = this.#keep(kept)
        drafts.part(DROP, source - next)
      }
      after[front + at] = before[source]
      kept += 1
      next = source + 1
      at += 1
    }
    this.#keep(kept)
    if (end > next) drafts.part(DROP, end - next)
    drafts.rest()
  }

  #keep(count: number): number {
    if (count > 0) this.#drafts.part(KEEP, count)
    return 0
  }

  /** Writes the new items from here on; gives where the next is that is not new. */
  #insert(change: Change, from: number): number {
    const { sources, front, after } = change
    let to = from
    while (to < sources.length && (sources[to] as number) < 0) to += 1
    this.#drafts.part(INSERT, to - from)
    for (let at = from; at < to; at += 1) after[front + at] = this.#grow(change, at)
    return to
  }

  /** Says of each item where it was: which of them move is left to the engine. */
  #order(change: Change, back: number): void {
    const { sources, front, end, before, after } = change
    const { bytes } = this.#drafts
    this.#drafts.order(end - front, sources.length, back)
    for (let at = 0; at < sources.length; at += 1) {
      const source = sources[at] as number
      bytes.number(source + 1)
      after[front + at] = source < 0 ? this.#grow(change, at) : before[source]
    }
  }

  #grow({ values, keys, slot, front }: Change, at: number): State {
    return this.#grower.node(values[at], slot, keys[front + at])
  }
}
