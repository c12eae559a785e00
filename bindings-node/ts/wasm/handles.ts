/** Which handle of the instance a number stands for: a number is issued once, and closed ones are told apart. */

import { errorOf } from '../errors.js'
import type { Engine } from './instance.js'

interface Held {
  readonly engine: Engine
  readonly place: number
}

let last = 0

/** @internal */
export class Handles {
  readonly #held = new Map<number, Held>()

  /** A number for a handle that is made under it. */
  keep(make: (number: number) => Held): number {
    last += 1
    const number = last
    this.#held.set(number, make(number))
    return number
  }

  find(number: number): Held {
    const held = this.#held.get(number)
    if (held !== undefined) return held
    if (number > 0 && number <= last) throw errorOf('Closed', 'an open handle', 'one that is closed or of another kind')
    throw errorOf('NotFound', 'the number of a handle', String(number))
  }

  forget(number: number): void {
    this.#held.delete(number)
  }
}
