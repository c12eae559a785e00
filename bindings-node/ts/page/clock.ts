/** The time of a page, and when its engine is called about it. */

/** Longest that a timer waits, in milliseconds. */
const LONGEST = 2 ** 31 - 1

/** A clock whose origin is the moment it was made, in microseconds. @internal */
export class PageClock {
  readonly #origin = performance.now()
  #timer: ReturnType<typeof setTimeout> | undefined
  #due: number | undefined

  now(): number {
    return Math.round((performance.now() - this.#origin) * 1_000)
  }

  /** Calls at this time, instead of at the one said before; or not any more. Gives in how many milliseconds, if that is news. */
  arm(due: number | undefined, ring: () => void): number | undefined {
    if (due === this.#due && this.#timer !== undefined) return undefined
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = undefined
    if (due === undefined) return undefined
    const wait = Math.min(Math.max(Math.ceil((due - this.now()) / 1_000), 0), LONGEST)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      ring()
    }, wait)
    return wait
  }
}
