/**
 * What interfaces show of rooms and clients: stores, for every framework.
 *
 * @packageDocumentation
 */

import type { Client } from './client.js'
import type { Edit } from './edit.js'
import type { ConflictEvent, RefusedEvent } from './events.js'
import type { Json } from './handle.js'
import { checkType, invalid } from './refusal.js'
import type { Room } from './room.js'
import type { Storable } from './storable.js'
import { type Cell, NONE } from './store/cell.js'
import { ClientStatusCell } from './store/client.js'
import { ConflictsCell, RefusalsCell } from './store/conflicts.js'
import { NO_STATUS, NOBODY, type Present, type SyncStatus } from './store/course.js'
import { hubOf } from './store/hub.js'

export type { Present, SyncStatus } from './store/course.js'

/** Calls `listener` after each change, and not at once. @internal */
export const watch: unique symbol = Symbol('syncline.watch')

/**
 * A value, and who is told when it is another.
 *
 * The functions need no `this`, as React takes them. `subscribe` calls at once with the value, as Svelte wants it; who does
 * not want that is not hurt by it.
 *
 * @example useSyncExternalStore(store.subscribe, store.getSnapshot, store.getServerSnapshot)
 */
export interface Store<T> {
  /** Calls `run` with the value, at once and after each change, until the function that is returned is called. */
  readonly subscribe: (run: (value: T) => void) => () => void
  /** The value: the same object until it is another. */
  readonly getSnapshot: () => T
  /** What is shown where nobody is connected: on a server that renders a page, and until the page has come alive. */
  readonly getServerSnapshot: () => T
  /** @internal */
  readonly [watch]: (listener: () => void) => () => void
}

/** What a merge patch says about a value. */
export type Patch<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Member in keyof T]?: Patch<T[Member]> | null }
    : T

/** The value of a key, which can be edited: `Shown` is what it shows, `T` what it can be set to. */
export interface KeyStore<T, Shown = T> extends Store<Shown> {
  /**
   * Sets the key, to a value or to what a function makes of the value that it shows.
   *
   * Listeners have been called when this returns; the verdict comes later. Throws what `room.set` throws.
   *
   * @example const verdict = await count.set((previous) => previous + 1).settled
   */
  readonly set: (next: (T & Storable<T>) | ((previous: Shown) => T & Storable<T>)) => Edit
  /** The same, by the name that Svelte has for it. */
  readonly update: (change: (previous: Shown) => T & Storable<T>) => Edit
  /**
   * Merges a patch into an object (RFC 7396): members that are `null` are taken out. A key without a value is set to
   * `initial` in the same edit, so that the patch changes what is shown.
   */
  readonly merge: (patch: Patch<T>) => Edit
  /** Takes the key out: it shows `initial` again. */
  readonly delete: () => Edit
}

function storeOf<T>(cell: Cell<T>, server: T): Store<T> {
  return asStore(cell.look, cell.listen, server)
}

function asStore<T>(look: () => T, listen: (listener: () => void) => () => void, server: T): Store<T> {
  return {
    getSnapshot: look,
    getServerSnapshot: () => server,
    [watch]: listen,
    subscribe: (run) => {
      checkType('listener', run, 'function')
      let last: { readonly value: T } | undefined
      const tell = (): void => {
        const value = look()
        if (last !== undefined && Object.is(last.value, value)) return
        last = { value }
        run(value)
      }
      const forget = listen(tell)
      tell()
      return forget
    },
  }
}

function checkRoom(room: unknown): void {
  if (typeof room !== 'object' || room === null || !('presence' in room)) throw invalid('a room', typeof room)
}

function checkTarget(target: unknown): void {
  if (typeof target !== 'object' || target === null || !('pending' in target)) throw invalid('a client or a room', typeof target)
}

/** The edits of a key that a store offers. */
function editsOf<T, Shown>(room: Room, key: string, initial: Shown): Pick<KeyStore<T, Shown>, 'set' | 'update' | 'merge' | 'delete'> {
  const set = (next: unknown): Edit => {
    // What is shown at this moment, which listeners may not have been told of yet.
    const value: unknown = typeof next === 'function' ? (next as (previous: unknown) => unknown)(room.get<unknown>(key, initial)) : next
    return room.set(key, value as Json)
  }
  const merge = (patch: unknown): Edit => {
    if (initial === undefined || room.has(key)) return room.merge(key, patch as Json)
    return room.batch((batch) => {
      batch.set(key, initial as Json)
      batch.merge(key, patch as Json)
    })
  }
  return { set, update: set, merge, delete: () => room.delete(key) }
}

/**
 * The value of a key; while the key has none, `initial`.
 *
 * Its value is the same object until the key is really another: neither edits of other keys nor one that sets an equal value
 * change it. All stores of a key share it, and it stays as it was last when the room is closed.
 *
 * @example
 * const count = keyStore(room, 'count', 0)
 * const forget = count.subscribe((value) => console.log(value))
 * count.set((previous) => previous + 1)
 */
export function keyStore<T>(room: Room, key: string, initial: T): KeyStore<T>
export function keyStore<T = Json>(room: Room, key: string): KeyStore<T, T | undefined>
export function keyStore<T>(room: Room, key: string, initial?: T): KeyStore<T, T | undefined> {
  checkRoom(room)
  checkType('key', key, 'string')
  const cell = hubOf(room).keys.get(key)
  const look = (): T | undefined => {
    const { text, value } = cell.look()
    return text === undefined ? initial : (value as T)
  }
  return { ...asStore(look, cell.listen, initial), ...editsOf<T, T | undefined>(room, key, initial) }
}

/**
 * The keys with a prefix and their values, in the order of keys.
 *
 * An entry is the same array, and its value the same object, until that key is another.
 *
 * @example entriesStore<Todo>(room, 'todo/').subscribe((entries) => console.log(entries.length))
 */
export function entriesStore<T = Json>(room: Room, prefix = ''): Store<readonly (readonly [string, T])[]> {
  checkRoom(room)
  checkType('prefix', prefix, 'string')
  return storeOf(hubOf(room).prefixes.get(prefix) as unknown as Cell<readonly (readonly [string, T])[]>, NONE)
}

/** Who is in a room, and what this client shows of itself. */
export interface PresenceStore<P = Json> extends Store<Present<P>> {
  /** As `room.presence.update`; listeners have been called when it returns. */
  readonly update: (patch: Patch<P>) => void
  /** As `room.presence.clear`. */
  readonly clear: () => void
}

/**
 * Who is in a room; what somebody shows is the same object until it is another.
 *
 * @example presenceStore<{ name: string }>(room).subscribe(({ others }) => console.log(others.size))
 */
export function presenceStore<P = Json>(room: Room): PresenceStore<P> {
  checkRoom(room)
  return {
    ...storeOf(hubOf(room).presence as unknown as Cell<Present<P>>, NOBODY),
    update: (patch) => {
      room.presence.update(patch as Record<string, Json>)
    },
    clear: () => {
      room.presence.clear()
    },
  }
}

const clients = new WeakMap<Client, ClientStatusCell>()

/**
 * How far a room is from its server, or a client: the worst of its rooms. After the close it is `offline`.
 *
 * @example statusStore(client).subscribe(({ status, pending }) => console.log(status, pending))
 */
export function statusStore(target: Client | Room): Store<SyncStatus> {
  checkTarget(target)
  if ('presence' in target) return storeOf(hubOf(target).status, NO_STATUS)
  const known = clients.get(target) ?? new ClientStatusCell(target)
  clients.set(target, known)
  return storeOf(known, NO_STATUS)
}

/**
 * The version up to which a room is confirmed here, as of its last event.
 *
 * @example versionStore(room).subscribe((version) => console.log(version))
 */
export function versionStore(room: Room): Store<number | undefined> {
  checkRoom(room)
  return storeOf(hubOf(room).version, undefined)
}

const conflicts = new WeakMap<Client | Room, ConflictsCell>()

/**
 * The conflicts that wait for a person, of keys whose resolver is `'ask'`.
 *
 * There are any only while somebody listens: without a listener the server's value stays. Those that wait already stay until
 * they are decided, by `resolve` of each, or their room is closed.
 *
 * @example conflictsStore(client).subscribe(([first]) => first?.resolve(KEEP_MINE))
 */
export function conflictsStore(target: Client | Room): Store<readonly ConflictEvent[]> {
  checkTarget(target)
  const known = conflicts.get(target) ?? new ConflictsCell(target)
  conflicts.set(target, known)
  return storeOf(known, NONE)
}

/** The refusals that a person has not seen yet. */
export interface RefusalsStore extends Store<readonly RefusedEvent[]> {
  /** Forgets one of them, or all. */
  readonly dismiss: (refusal?: RefusedEvent) => void
}

/**
 * The last refusals that were told while somebody listened, without those in whose place a resolver has made an edit.
 *
 * @param most How many are kept.
 * @example refusalsStore(room).subscribe((refusals) => refusals.map(({ key, theirs }) => console.log(key, theirs)))
 */
export function refusalsStore(target: Client | Room, most = 20): RefusalsStore {
  checkTarget(target)
  const cell = new RefusalsCell(target, most)
  return { ...storeOf(cell, NONE), dismiss: cell.dismiss }
}
