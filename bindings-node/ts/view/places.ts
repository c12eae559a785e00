/** Where the items of a list are, by their keys. */

import type { Mark } from './each.js'
import type { Order } from './match.js'

/**
 * The place of each key of a list; of equal keys, of the first.
 *
 * A map costs far more to fill than to ask. So it gives each key a number that the key keeps: when the items change
 * places, only the places of the numbers change.
 *
 * @internal
 */
export class Places {
  readonly #numbers = new Map<Mark | undefined, number>()
  readonly #places: Int32Array

  constructor(keys: readonly Mark[]) {
    this.#places = new Int32Array(keys.length)
    for (let index = keys.length - 1; index >= 0; index -= 1) {
      this.#numbers.set(keys[index], index)
      this.#places[index] = index
    }
  }

  /** Finds where the items between front and back were, up to `end`, and has them be where they are now. */
  find({ keys, front }: Order, end: number, sources: Int32Array): void {
    const taken = new Uint8Array(end)
    const places = this.#places
    const numbers = new Int32Array(sources.length)
    for (let at = 0; at < sources.length; at += 1) {
      const number = this.#numbers.get(keys[front + at])
      const from = number === undefined ? -1 : (places[number] as number)
      const free = from >= front && from < end && taken[from] === 0
      sources[at] = free ? from : -1
      if (!free) continue
      taken[from] = 1
      numbers[at] = number as number
    }
    for (let at = 0; at < sources.length; at += 1) if (sources[at] !== -1) places[numbers[at] as number] = front + at
  }
}
