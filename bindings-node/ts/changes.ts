/** Changes for a consumer that takes its time: the set of keys, never a queue. */

import type { Anchor } from './anchor.js'
import { asyncDispose } from './dispose.js'
import { checkNames } from './refusal.js'

/** Keys whose value is another than before. */
export interface Change {
  /** The name of the room. */
  readonly room: string
  /** Which keys. */
  readonly keys: readonly string[]
  /** Whether this client edited them or the server told of them. */
  readonly origin: 'local' | 'remote'
  /** The version up to which the room's state is confirmed here. */
  readonly version: number | undefined
}

/** Which changes are wanted. */
export interface ChangesOptions {
  /** Only keys that begin with this. */
  prefix?: string | undefined
  /** Ends the iteration: the next step is rejected with its reason. */
  signal?: AbortSignal | undefined
}

/** The change with only the keys of a prefix, if it has any. @internal */
export function within(change: Change, prefix: string): Change | undefined {
  if (prefix === '') return change
  const keys = change.keys.filter((key) => key.startsWith(prefix))
  return keys.length > 0 ? { ...change, keys } : undefined
}

/**
 * Changes of a room, one step at a time.
 *
 * What happens between two steps is held as one set of keys for each origin, so that a slow consumer sees fewer and larger
 * changes, and memory does not grow with time. Waiting for a step keeps the process alive.
 */
export class Changes implements AsyncIterableIterator<Change> {
  readonly #prefix: string
  readonly #anchor: Anchor
  readonly #signal: AbortSignal | undefined
  #forget = (): void => {}
  /** At most one change of each origin, in the order in which they began. */
  readonly #held = new Map<Change['origin'], { keys: Set<string>; change: Change }>()
  readonly #waiting: { resolve: (step: IteratorResult<Change>) => void; reject: (reason: unknown) => void; release: () => void }[] = []
  #over = false
  #reason: { readonly thrown: unknown } | undefined

  /** @internal */
  constructor(options: ChangesOptions, anchor: Anchor) {
    checkNames('options of changes', options, ['prefix', 'signal'])
    this.#prefix = options.prefix ?? ''
    this.#signal = options.signal
    this.#anchor = anchor
  }

  /** Takes changes from now on. @internal */
  begin(subscribe: (take: (change: Change) => void) => () => void): void {
    const signal = this.#signal
    const abort = (): void => {
      this.#fail(signal?.reason)
    }
    const unsubscribe = subscribe((change) => {
      this.#take(change)
    })
    this.#forget = () => {
      unsubscribe()
      signal?.removeEventListener('abort', abort)
    }
    if (signal?.aborted === true) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  }

  /** The next change, or the end once the room is closed. */
  next(): Promise<IteratorResult<Change>> {
    const first = this.#held.entries().next().value
    if (first !== undefined) {
      const [origin, { keys, change }] = first
      this.#held.delete(origin)
      return Promise.resolve({ done: false, value: { ...change, keys: [...keys] } })
    }
    if (this.#reason !== undefined) {
      const { thrown } = this.#reason
      this.#reason = undefined
      return Promise.reject(thrown)
    }
    if (this.#over) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject, release: this.#anchor.hold() })
    })
  }

  /** Ends the iteration. */
  return(): Promise<IteratorResult<Change>> {
    this.#held.clear()
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [asyncDispose](): Promise<void> {
    await this.return()
  }

  /** Nothing more comes. @internal */
  end(): void {
    if (this.#over) return
    this.#over = true
    this.#forget()
    for (const { resolve, release } of this.#waiting.splice(0)) {
      release()
      resolve({ done: true, value: undefined })
    }
  }

  #fail(reason: unknown): void {
    if (this.#over) return
    this.#held.clear()
    const first = this.#waiting.shift()
    if (first === undefined) this.#reason = { thrown: reason }
    first?.release()
    first?.reject(reason)
    this.end()
  }

  #take(whole: Change): void {
    const change = within(whole, this.#prefix)
    if (change === undefined) return
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) {
      waiting.release()
      waiting.resolve({ done: false, value: change })
      return
    }
    const held = this.#held.get(change.origin)
    if (held === undefined) this.#held.set(change.origin, { keys: new Set(change.keys), change })
    else {
      for (const key of change.keys) held.keys.add(key)
      held.change = change
    }
  }
}
