/** For which values a component is rendered: those that it has read. */

import { useEffect, useSyncExternalStore } from 'react'

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
 * A store is listened to from its first reading on, until a later turn, in which it was not read, is on the page. What was
 * read stays the same from one rendering to the next.
 *
 * Readings belong to a turn and not to a rendering: as long as the turn is the same, so is what the component passes on, and
 * those below that read it need not be rendered again with it.
 *
 * @internal
 */
export class Tracker {
  /** What is listened to. */
  readonly #reads = new Map<string, Read>()
  #notify: (() => void) | undefined
  /** What was read since something that was read became another; it is another object then. */
  #turn = new Set<string>()
  #onServer = false
  #isRendering = false

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
    for (const [name, read] of this.#reads) {
      const now = read.store.getSnapshot()
      if (Object.is(now, read.seen)) continue
      read.seen = now
      another ||= this.#turn.has(name)
    }
    if (another) this.#turn = new Set()
    return this.#turn
  }

  readonly getServerSnapshot = (): object => {
    this.#onServer = true
    return this.#turn
  }

  /** The component is rendered. */
  begin(): void {
    this.#isRendering = true
  }

  /** What was rendered with this turn is on the page: what was not read for it is listened to no more. */
  settle(turn: object): void {
    this.#isRendering = false
    // Another one is on its way.
    if (turn !== this.#turn) return
    for (const [name, { forget }] of this.#reads) {
      if (this.#turn.has(name)) continue
      forget?.()
      this.#reads.delete(name)
    }
  }

  /** The value of a store, under a name that only it has. */
  read<T>(name: string, find: () => Store<T>): T {
    this.#turn.add(name)
    const known = this.#reads.get(name)
    if (known !== undefined) return known.seen as T
    const store = find()
    const forget = this.#notify && store[watch](this.#notify)
    const seen = this.#onServer ? store.getServerSnapshot() : store.getSnapshot()
    this.#reads.set(name, { store, seen, forget })
    return seen
  }

  /** The same for what is also asked outside of renderings: then it is what is there now, and not listened to. */
  ask<T>(name: string, find: () => Store<T>): T {
    return this.#isRendering ? this.read(name, find) : find().getSnapshot()
  }
}

/** Renders the component whenever something that it has read is another. @internal */
export function useTurn(tracker: Tracker): object {
  const turn = useSyncExternalStore(tracker.subscribe, tracker.getSnapshot, tracker.getServerSnapshot)
  tracker.begin()
  useEffect(() => { tracker.settle(turn) })
  return turn
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
