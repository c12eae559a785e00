/** What a host's write consists of. */

import { Edits, type Json } from './handle.js'
import { invalid } from './refusal.js'
import type { Storable } from './storable.js'

/** What a key has to be for the host's edit of it to count. */
export interface WriteOptions {
  /** Its version; 0 is without a value. Otherwise the write is refused as `Stale`. */
  ifVersion?: number | undefined
  /** Whether it has to be without a value. */
  ifAbsent?: boolean | undefined
}

/** The condition as the engine takes it. */
function condition({ ifVersion, ifAbsent }: WriteOptions = {}): { ifVersion?: number } {
  if (ifAbsent !== true) return ifVersion === undefined ? {} : { ifVersion }
  if (ifVersion !== undefined && ifVersion !== 0) throw invalid('ifVersion or ifAbsent', 'both')
  return { ifVersion: 0 }
}

/** Collects the edits of one atomic write by the host, in order. */
export class Write {
  /** @internal */
  readonly edits = new Edits()

  /** Sets a key. */
  set<T>(key: string, value: T & Storable<T>, options?: WriteOptions): void {
    this.edits.set(key, value as Json, condition(options))
  }

  /** Merges a patch into an object (RFC 7396): members that are `null` are taken out. */
  merge<T>(key: string, patch: T & Storable<T>, options?: WriteOptions): void {
    this.edits.merge(key, patch as Json, condition(options))
  }

  /** Adds to a number. */
  add(key: string, amount: number, options?: WriteOptions): void {
    this.edits.add(key, amount, condition(options))
  }

  /** Takes a key out. */
  delete(key: string, options?: WriteOptions): void {
    this.edits.delete(key, condition(options))
  }

  /** Puts a value into a list, before the one at this place; a key without a value becomes a list. */
  insert<T>(key: string, index: number, value: T & Storable<T>, options?: WriteOptions): void {
    this.edits.insert(key, index, value as Json, condition(options))
  }

  /** Takes the value at this place out of a list. */
  remove(key: string, index: number, options?: WriteOptions): void {
    this.edits.remove(key, index, condition(options))
  }

  /** Moves a value within a list; `to` is its place afterwards. */
  move(key: string, from: number, to: number, options?: WriteOptions): void {
    this.edits.move(key, from, to, condition(options))
  }

  /** Gives the list item at this place another value. */
  replace<T>(key: string, index: number, value: T & Storable<T>, options?: WriteOptions): void {
    this.edits.replace(key, index, value as Json, condition(options))
  }

  /** Has all be refused as `Stale` if a key is not what the options say. */
  expect(key: string, options: WriteOptions): void {
    this.edits.expect(key, condition(options))
  }
}
