/** Several edits that count together or not at all. */

import { Edits, type Json } from './handle.js'
import { closed, invalid } from './refusal.js'
import type { Storable } from './storable.js'

/** Collects the edits of a batch, in order. It is good for as long as the function runs that it was given to. */
export class Batch {
  /** @internal */
  readonly edits = new Edits()
  /** What it edits. @internal */
  readonly keys = new Set<string>()
  #over = false

  /** Sets a key. */
  set<T>(key: string, value: T & Storable<T>): void {
    this.#collect(key, () => this.edits.set(key, value as Json))
  }

  /** Merges a patch into an object (RFC 7396): members that are `null` are taken out. */
  merge<T>(key: string, patch: T & Storable<T>): void {
    this.#collect(key, () => this.edits.merge(key, patch as Json))
  }

  /** Adds to a number. */
  add(key: string, amount: number): void {
    this.#collect(key, () => this.edits.add(key, amount))
  }

  /** Takes a key out. */
  delete(key: string): void {
    this.#collect(key, () => this.edits.delete(key))
  }

  /** Puts a value into a list, before the one at this place. */
  insert<T>(key: string, index: number, value: T & Storable<T>): void {
    this.#collect(key, () => this.edits.insert(key, index, value as Json))
  }

  /** Takes the value at this place out of a list. */
  remove(key: string, index: number): void {
    this.#collect(key, () => this.edits.remove(key, index))
  }

  /** Moves a value within a list; `to` is its place afterwards. */
  move(key: string, from: number, to: number): void {
    this.#collect(key, () => this.edits.move(key, from, to))
  }

  /** Gives the list item at this place another value. */
  replace<T>(key: string, index: number, value: T & Storable<T>): void {
    this.#collect(key, () => this.edits.replace(key, index, value as Json))
  }

  /** Has all be refused if this key is another than it is here. */
  expect(key: string): void {
    this.#collect(undefined, () => this.edits.expect(key))
  }

  #collect(key: string | undefined, edit: () => unknown): void {
    if (this.#over) throw closed('a batch whose function runs', 'one that has ended')
    edit()
    if (key !== undefined) this.keys.add(key)
  }

  /** Runs the function that fills the batch. @internal */
  fill(body: (batch: this) => unknown): void {
    try {
      const result: unknown = body(this)
      if (typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function') {
        // What the function still does is not part of the batch, and what it throws later is told by this error.
        Promise.resolve(result).catch(() => {})
        throw invalid('a function that has made its edits when it returns', 'an async one')
      }
    } finally {
      this.#over = true
    }
  }
}
