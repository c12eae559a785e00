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

  /** Calls at this time, instead of at the one said before; or not any more. */
  arm(due: number | undefined, ring: () => void): void {
    if (due === this.#due && this.#timer !== undefined) return
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = undefined
    if (due === undefined) return
    const wait = Math.min(Math.max(Math.ceil((due - this.now()) / 1_000), 0), LONGEST)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      ring()
    }, wait)
  }
}
