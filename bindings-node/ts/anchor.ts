/** Whether the process has a reason to stay: somebody waits for something. */

/** The longest delay that a timer takes, in milliseconds. */
const LONGEST = 2 ** 31 - 1

/**
 * Keeps the event loop alive while somebody waits.
 *
 * The engine's wakes and an idle socket do not, so that a client that is merely open does not keep a program from ending.
 *
 * @internal
 */
export class Anchor {
  #waiting = 0
  #timer: ReturnType<typeof setInterval> | undefined

  /** Holds until the function that is returned is called. */
  hold(): () => void {
    let held = true
    this.#waiting += 1
    this.#timer ??= setInterval(() => {}, LONGEST)
    return () => {
      if (!held) return
      held = false
      this.#waiting -= 1
      if (this.#waiting > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  /** Holds until the promise is settled, and gives it back; nobody has to listen to it. */
  during<T>(promise: Promise<T>): Promise<T> {
    const release = this.hold()
    promise.then(release, release)
    return promise
  }
}

/** A timer that does not keep the process alive, where there is such a thing. @internal */
export function later(milliseconds: number, action: () => void): () => void {
  const timer: unknown = setTimeout(action, milliseconds)
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function') timer.unref()
  return () => {
    clearTimeout(timer as ReturnType<typeof setTimeout>)
  }
}
