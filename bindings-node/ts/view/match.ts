/** Which items of a list were there before. */

import type { Mark } from './each.js'
import { Places } from './places.js'
import type { List } from './record.js'

/** The keys that a list has now, and how many items in front and at the end stay where they are. @internal */
export interface Order {
  readonly keys: readonly Mark[]
  readonly front: number
  readonly back: number
}

/**
 * For each item between front and back, the index that it had before, or -1; each index is given once at most.
 *
 * The record still has its keys, but knows its places as they are afterwards.
 *
 * @internal
 */
export function match(record: List, order: Order): Int32Array {
  const { keys, front, back } = order
  const sources = new Int32Array(keys.length - back - front)
  const gone = record.keys.length - keys.length
  const simple = gone > 0 ? areLeft : gone < 0 ? areAdded : areTurned
  if (simple(record.keys, order, sources)) {
    record.places = undefined
    return sources
  }
  const places = record.places ?? new Places(record.keys)
  places.find(order, record.keys.length - back, sources)
  // What came or went would have to be put in or taken out: it is not known that the map is needed again.
  record.places = gone === 0 && !sources.includes(-1) ? places : undefined
  return sources
}

/** Whether items were taken out only. */
function areLeft(before: readonly Mark[], { keys, front, back }: Order, sources: Int32Array): boolean {
  const end = before.length - back
  let from = front
  for (let at = 0; at < sources.length; at += 1) {
    const key = keys[front + at]
    while (from < end && before[from] !== key) from += 1
    if (from === end) return false
    sources[at] = from
    from += 1
  }
  return true
}

/** Whether items were put in only. */
function areAdded(before: readonly Mark[], { keys, front, back }: Order, sources: Int32Array): boolean {
  const end = before.length - back
  let from = front
  for (let at = 0; at < sources.length; at += 1) {
    const is = from < end && before[from] === keys[front + at]
    sources[at] = is ? from : -1
    if (is) from += 1
  }
  return from === end
}

/** Whether the order was turned round. */
function areTurned(before: readonly Mark[], { keys, front, back }: Order, sources: Int32Array): boolean {
  for (let at = 0, from = before.length - back - 1; at < sources.length; at += 1, from -= 1) {
    if (before[from] !== keys[front + at]) return false
    sources[at] = from
  }
  return true
}
