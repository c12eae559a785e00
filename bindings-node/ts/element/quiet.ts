/** When a burst of changes is over. */

import { later } from '../anchor.js'

/** When what an element has become is told. The names are those of a client's `debounce`. */
export interface Pause {
  /** Silence after the latest change, in milliseconds: 16 by default. */
  quiet_ms: number
  /** Longest that a change may wait, in milliseconds, however busy the page is: 100 by default. */
  max_wait_ms: number
}

/** @internal */
export const PAUSE: Pause = { quiet_ms: 16, max_wait_ms: 100 }

/**
 * Does something once for a burst of changes. It reads no clock: two timers say it all.
 *
 * @internal
 */
export class Quiet {
  readonly #pause: Pause
  readonly #action: () => void
  #quiet: (() => void) | undefined
  #most: (() => void) | undefined

  constructor(pause: Pause, action: () => void) {
    this.#pause = pause
    this.#action = action
  }

  /** Something changed. */
  touch(): void {
    const fire = (): void => {
      this.cancel()
      this.#action()
    }
    this.#quiet?.()
    this.#quiet = later(this.#pause.quiet_ms, fire)
    this.#most ??= later(this.#pause.max_wait_ms, fire)
  }

  cancel(): void {
    this.#quiet?.()
    this.#most?.()
    this.#quiet = undefined
    this.#most = undefined
  }
}
