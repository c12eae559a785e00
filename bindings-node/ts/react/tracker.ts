/** For which values a component is rendered: those that it has read. */

import { useSyncExternalStore } from 'react'

import { type Store, watch } from '../store.js'

interface Read {
  readonly store: Store<unknown>
  /** What the component was given last. */
  seen: unknown
  forget: (() => void) | undefined
}

/**
 * What one component reads.
 *
 * A store is listened to from its first reading on. What was read stays the same from one rendering to the next.
 *
 * @internal
 */
export class Tracker {
  readonly #reads = new Map<string, Read>()
  #notify: (() => void) | undefined
  /** Another object whenever something that was read is another. */
  #turn: object = {}
  #onServer = false

  readonly subscribe = (notify: () => void): (() => void) => {
    this.#notify = notify
    for (const read of this.#reads.values()) read.forget = read.store[watch](notify)
    return () => {
      this.#notify = undefined
      for (const read of this.#reads.values()) read.forget?.()
    }
  }

  readonly getSnapshot = (): object => {
    this.#onServer = false
    let another = false
    for (const read of this.#reads.values()) {
      const now = read.store.getSnapshot()
      if (Object.is(now, read.seen)) continue
      read.seen = now
      another = true
    }
    if (another) this.#turn = {}
    return this.#turn
  }

  readonly getServerSnapshot = (): object => {
    this.#onServer = true
    return this.#turn
  }

  /** The value of a store, under a name that only it has. */
  read<T>(name: string, find: () => Store<T>): T {
    const known = this.#reads.get(name)
    if (known !== undefined) return known.seen as T
    const store = find()
    const forget = this.#notify && store[watch](this.#notify)
    const seen = this.#onServer ? store.getServerSnapshot() : store.getSnapshot()
    this.#reads.set(name, { store, seen, forget })
    return seen
  }
}

/** Renders the component whenever something that it has read is another. @internal */
export function useTurn(tracker: Tracker): object {
  return useSyncExternalStore(tracker.subscribe, tracker.getSnapshot, tracker.getServerSnapshot)
}

/** A part of what a store shows. @internal */
export function part<T, P>(store: Store<T>, pick: (value: T) => P): Store<P> {
  return {
    getSnapshot: () => pick(store.getSnapshot()),
    getServerSnapshot: () => pick(store.getServerSnapshot()),
    [watch]: store[watch],
    // Only what a tracker asks for is here.
    subscribe: (run) => store.subscribe((value) => { run(pick(value)) }),
  }
}

/** A store of nothing, for what is not there yet. @internal */
export function still<T>(value: T): Store<T> {
  const look = (): T => value
  return { getSnapshot: look, getServerSnapshot: look, [watch]: () => () => {}, subscribe: (run) => (run(value), () => {}) }
}
