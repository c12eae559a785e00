/** One value that is shown: when it is looked at again, and who is told. */

import { throwLater } from '../log.js'

/** A list of nothing, which is always the same. @internal */
export const NONE: readonly never[] = Object.freeze([])

/**
 * While somebody listens, what is shown changes only when the listeners are told, so that all who look see the same. While
 * nobody does, each look is a fresh one.
 *
 * @internal
 */
export abstract class Cell<T> {
  readonly #listeners = new Set<{ readonly listener: () => void }>()
  #release: (() => void) | undefined
  #shown: { readonly value: T } | undefined

  /** What is shown now: the object `last` itself, as long as nothing is another. */
  protected abstract read(last: T | undefined): T

  /** Begins to hear of changes, until the function that is returned is called. */
  protected abstract begin(): () => void

  /** What is shown; the same object until something is another. */
  readonly look = (): T => {
    if (this.#shown === undefined || !this.live) this.refresh()
    return (this.#shown as { readonly value: T }).value
  }

  /** Calls `listener` after each change. */
  readonly listen = (listener: () => void): (() => void) => {
    const entry = { listener }
    if (this.#listeners.size === 0) {
      this.refresh()
      this.#release = this.begin()
    }
    this.#listeners.add(entry)
    return () => {
      if (!this.#listeners.delete(entry) || this.#listeners.size > 0) return
      this.#release?.()
      this.#release = undefined
    }
  }

  /** Whether somebody listens. */
  get live(): boolean {
    return this.#listeners.size > 0
  }

  /** Looks again, and returns whether something is another. The listeners are to be told then. */
  refresh(): boolean {
    const last = this.#shown
    const value = this.read(last?.value)
    if (last !== undefined && Object.is(last.value, value)) return false
    this.#shown = { value }
    return true
  }

  /** Calls the listeners. One that throws stops nobody. */
  tell(): void {
    for (const entry of [...this.#listeners]) {
      if (!this.#listeners.has(entry)) continue
      try {
        entry.listener()
      } catch (error) {
        throwLater(error)
      }
    }
  }
}

/** Looks again at cells, then tells of those that are another: nobody sees half of a change. @internal */
export function retell(cells: Iterable<Cell<unknown>>): void {
  for (const cell of [...cells].filter((cell) => cell.refresh())) cell.tell()
}

/**
 * The cells of a room by key or prefix: everybody shares them, and those that nobody holds are collected.
 *
 * @internal
 */
export class Pool<C extends object> {
  readonly #cells = new Map<string, WeakRef<C>>()
  readonly #lost = new FinalizationRegistry<string>((name) => {
    if (this.#cells.get(name)?.deref() === undefined) this.#cells.delete(name)
  })
  readonly #make: (name: string) => C

  constructor(make: (name: string) => C) {
    this.#make = make
  }

  get(name: string): C {
    const known = this.#cells.get(name)?.deref()
    if (known !== undefined) return known
    const made = this.#make(name)
    this.#cells.set(name, new WeakRef(made))
    this.#lost.register(made, name)
    return made
  }
}
