/** What the application's functions make of a stale edit. */

import type { Edit } from './edit.js'
import type { CodeName } from './errors.js'
import type { Json } from './handle.js'
import { invalid } from './refusal.js'

/** The edit is made again on top of the server's value. */
export const KEEP_MINE: unique symbol = Symbol.for('syncline.KEEP_MINE')
/** The server's value stays. */
export const KEEP_THEIRS: unique symbol = Symbol.for('syncline.KEEP_THEIRS')

/** What becomes of a conflict: one of the symbols, or the value that the key is set to. */
export type Resolution = typeof KEEP_MINE | typeof KEEP_THEIRS | Json

/** A stale edit and its three sides. */
export interface Conflict {
  /** The name of the room. */
  readonly room: string
  /** The number of the refused edit; the first, if others build on it. */
  readonly draft: number
  readonly key: string
  readonly code: CodeName
  /** What the writer made of the key. */
  readonly mine: Json | undefined
  /** What the key held when the edit was made. */
  readonly base: Json | undefined
  /** What the server says that the key holds. */
  readonly theirs: Json | undefined
  /** The refused edit, if this process made it. */
  readonly edit?: Edit
}

/** Decides about a conflict, at once or later; what it throws keeps the server's value and is reported. */
export type ResolverFunction = (conflict: Conflict) => Resolution | Promise<Resolution>

/** How stale edits are resolved: by the engine, by the listeners of the event `conflict` (`'ask'`), or by a function. */
export type Resolver = 'keep_mine' | 'keep_theirs' | 'three_way' | 'ask' | ResolverFunction

/** Resolvers by key prefix; the longest that matches decides, and without one the server's value stays. */
export type Resolvers = Readonly<Record<string, Resolver>>

const NAMES: readonly unknown[] = ['keep_mine', 'keep_theirs', 'three_way', 'ask']

/** The functions among resolvers. @internal */
export class ResolverTable {
  readonly #functions = new Map<string, ResolverFunction>()
  /** What the engine is told. */
  readonly names: Record<string, 'keep_mine' | 'keep_theirs' | 'three_way' | 'custom'>

  constructor(resolvers: Resolvers = {}) {
    if (typeof resolvers !== 'object' || (resolvers as unknown) === null) throw invalid('an object as resolvers', String(resolvers))
    const names = Object.entries(resolvers).map(([prefix, resolver]) => {
      if (typeof resolver === 'function') this.#functions.set(prefix, resolver)
      else if (!NAMES.includes(resolver)) throw invalid(`a function or one of ${NAMES.join(', ')} as resolver of ${prefix}`, String(resolver))
      return [prefix, typeof resolver === 'function' || resolver === 'ask' ? 'custom' : resolver] as const
    })
    // From entries, so that a prefix such as `__proto__` is a member like any other.
    this.names = Object.fromEntries(names)
  }

  /** The function of the longest prefix of a key. */
  of(key: string): ResolverFunction | undefined {
    let longest: string | undefined
    for (const prefix of Object.keys(this.names)) {
      if (key.startsWith(prefix) && prefix.length >= (longest ?? '').length) longest = prefix
    }
    return longest === undefined ? undefined : this.#functions.get(longest)
  }
}

/** A resolution as the engine takes it. @internal */
export function asAnswer(resolution: Resolution | undefined): { keep: 'mine' | 'theirs' } | { value: Json } {
  if (resolution === KEEP_MINE) return { keep: 'mine' }
  if (resolution === KEEP_THEIRS) return { keep: 'theirs' }
  if (resolution === undefined || typeof resolution === 'symbol') {
    throw invalid('a JSON value, KEEP_MINE or KEEP_THEIRS from a resolver', String(resolution))
  }
  return { value: resolution }
}
