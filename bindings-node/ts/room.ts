/** One room of a client: reading it, editing it, and hearing of it. */

import { Batch } from './batch.js'
import { type Change, Changes, type ChangesOptions, within } from './changes.js'
import type { Edit } from './edit.js'
import { Deferred, rejected } from './deferred.js'
import { dispose } from './dispose.js'
import { ROOM_EVENTS, type RoomEvents } from './events.js'
import type { Json, Status } from './handle.js'
import { emit, Events, type ListenOptions, type Listener, unhook } from './listeners.js'
import { Presence } from './presence.js'
import { checkType, closed, notEntered } from './refusal.js'
import type { Session } from './session.js'
import type { Storable } from './storable.js'

/** What shows values of a room, and has to hear of an edit before the call that makes it returns. @internal */
export interface Watcher {
  /** This client edited these keys. */
  edited(keys: readonly string[] | ReadonlySet<string>): void
  /** This client shows something else of itself. */
  showed?(): void
  /** Nothing is told any more. */
  ended(): void
}

/** How a room is opened. */
export interface RoomOptions {
  /** Whether it is also to be written; `true` by default. */
  write?: boolean | undefined
}

/** One open room of a client. Edits show at once and are sent when there is a connection. */
export class Room extends Events<RoomEvents> implements Disposable {
  /** The room's name. */
  readonly name: string
  /** Who is here. */
  readonly presence: Presence
  /** @internal */
  readonly number: number
  /** Whether the application opened it, and not a component for as long as it is shown. @internal */
  claimed = false
  /** @internal */
  readonly session: Session
  /** @internal */
  readonly watchers = new Set<Watcher>()
  readonly #changes = new Set<Changes>()
  readonly #ends = new Set<() => void>()
  #end: Error | undefined
  #readiness: Deferred<void> | undefined

  /** @internal */
  constructor(session: Session, name: string, number: number) {
    super(ROOM_EVENTS, session.log)
    this.session = session
    this.name = name
    this.number = number
    this.presence = new Presence(session, number, this, () => {
      this.assertOpen()
    })
  }

  /** Throws `ClosedError` after the close of the room or its client. @internal */
  protected assertOpen(): void {
    this.session.assertOpen()
    if (this.#end !== undefined) throw closed('an open room')
  }

  /**
   * Fulfilled when a state of the room is known: from the server, or from what was stored.
   *
   * Rejected when the server denies it for good, and at the close. Waiting for it keeps the process alive.
   */
  get ready(): Promise<void> {
    const end = this.#end ?? this.session.end
    if (end !== undefined) return rejected(end)
    if (this.session.handle.ready(this.number)) return Promise.resolve()
    const denied = this.session.handle.denied(this.number)
    if (denied !== undefined) return rejected(notEntered(denied, this.name))
    if (this.#readiness === undefined) {
      this.#readiness = new Deferred()
      this.session.anchor.during(this.#readiness.promise)
    }
    return this.#readiness.promise
  }

  /** What a key shows: what is confirmed, with this client's pending edits on top. */
  get<T = Json>(key: string): T | undefined
  get<T = Json>(key: string, fallback: T): T
  get(key: string, fallback?: unknown): unknown {
    this.assertOpen()
    const value = this.session.handle.get(this.number, key)
    return value === undefined ? fallback : value
  }

  /** What a key shows, as canonical JSON text. @internal */
  getJson(key: string): string | undefined {
    this.assertOpen()
    return this.session.handle.getJson(this.number, key)
  }

  /** Whether a key shows a value. */
  has(key: string): boolean {
    return this.getJson(key) !== undefined
  }

  /** The keys with this prefix that show a value, in order. */
  keys(prefix = ''): string[] {
    this.assertOpen()
    return this.session.handle.keys(this.number, prefix)
  }

  /** The keys with this prefix and what they show, in the order of keys. */
  entries<T = Json>(prefix = ''): [string, T][] {
    this.assertOpen()
    return this.session.handle.entries(this.number, prefix) as [string, T][]
  }

  /** The same as one object of canonical JSON text: the same characters wherever the state is the same. */
  entriesJson(prefix = ''): string {
    this.assertOpen()
    return this.session.handle.entriesJson(this.number, prefix)
  }

  /** What the server has confirmed of a key. */
  confirmed<T = Json>(key: string): T | undefined {
    this.assertOpen()
    return this.session.handle.confirmedGet(this.number, key) as T | undefined
  }

  /** The version up to which the room's state is confirmed here. */
  get version(): number | undefined {
    this.assertOpen()
    return this.session.handle.version(this.number)
  }

  /** The epoch of the confirmed state, as hex digits. */
  get epoch(): string | undefined {
    this.assertOpen()
    return this.session.handle.epoch(this.number)
  }

  /** How far the room is from its server. */
  get status(): Status {
    this.assertOpen()
    return this.session.handle.status(this.number)?.status ?? 'offline'
  }

  /** When the server last said that nothing is missing; `null` is never since the start. */
  get lastSynced(): Date | null {
    this.assertOpen()
    const at = this.session.handle.status(this.number)?.syncedAt
    return at === undefined ? null : new Date(Date.now() - (this.session.handle.now() - at) / 1_000)
  }

  /** The same as a number that two looks without anything new between them share. @internal */
  get syncedAt(): number | undefined {
    this.assertOpen()
    return this.session.handle.status(this.number)?.syncedAt
  }

  /** Edits of this room without a verdict. */
  get pending(): number {
    this.assertOpen()
    return this.session.handle.pending(this.number) + this.session.conflicts.count(this.number)
  }

  /** Whether the server's word survives its crash, as it said last. */
  get durability(): 'durable' | 'volatile' | undefined {
    this.assertOpen()
    return this.session.handle.durability(this.number)
  }

  /** Whether the room was closed. */
  get closed(): boolean {
    return this.#end !== undefined || this.session.end !== undefined
  }

  /** Sets a key. Throws if the value is not JSON, is too large, or the outbox is full: nothing is changed then. */
  set<T>(key: string, value: T & Storable<T>): Edit {
    return this.#edit(key, (handle) => handle.set(this.number, key, value as Json))
  }

  /** Merges a patch into an object (RFC 7396): members that are `null` are taken out. */
  merge<T>(key: string, patch: T & Storable<T>): Edit {
    return this.#edit(key, (handle) => handle.merge(this.number, key, patch as Json))
  }

  /** Adds to a number; what others add meanwhile counts too. */
  add(key: string, amount: number): Edit {
    return this.#edit(key, (handle) => handle.add(this.number, key, amount))
  }

  /** Takes a key out. */
  delete(key: string): Edit {
    return this.#edit(key, (handle) => handle.delete(this.number, key))
  }

  /** Puts a value into a list, before the one at this place; a key that shows nothing becomes a list. */
  insert<T>(key: string, index: number, value: T & Storable<T>): Edit {
    return this.#edit(key, (handle) => handle.insert(this.number, key, index, value as Json))
  }

  /** Takes the value at this place out of a list. */
  remove(key: string, index: number): Edit {
    return this.#edit(key, (handle) => handle.remove(this.number, key, index))
  }

  /** Moves a value within a list; `to` is its place afterwards. */
  move(key: string, from: number, to: number): Edit {
    return this.#edit(key, (handle) => handle.move(this.number, key, from, to))
  }

  /** Gives the list item at this place another value. */
  replace<T>(key: string, index: number, value: T & Storable<T>): Edit {
    return this.#edit(key, (handle) => handle.replace(this.number, key, index, value as Json))
  }

  /**
   * Makes several edits one: the server takes all of them or none.
   *
   * The function has to make its edits before it returns; if it throws, nothing is edited.
   */
  batch(body: (batch: Batch) => void): Edit {
    this.assertOpen()
    const batch = new Batch()
    batch.fill(body)
    this.assertOpen()
    return this.#edit(batch.keys, (handle) => handle.batch(this.number, batch.edits))
  }

  /** Calls `listener` when keys with this prefix change, until the function that is returned is called. */
  watch(prefix: string, listener: Listener<Change>, options: ListenOptions = {}): () => void {
    this.assertOpen()
    checkType('prefix', prefix, 'string')
    checkType('listener', listener, 'function')
    const hear = (change: Change): void => {
      const part = within(change, prefix)
      if (part !== undefined) listener(part)
    }
    return this.on('change', hear, options)
  }

  /** Changes from now on, for `for await`; see {@link Changes}. */
  changes(options: ChangesOptions = {}): Changes {
    this.assertOpen()
    const changes = new Changes(options, this.session.anchor)
    changes.begin((take) => {
      const forget = this.on('change', take)
      this.#changes.add(changes)
      return () => {
        forget()
        this.#changes.delete(changes)
      }
    })
    return changes
  }

  /**
   * Leaves the room. What is known of it, edits without a verdict included, stays until it is opened again; waiting for
   * these ends with `ClosedError`. A second call does nothing.
   */
  close(): void {
    if (this.closed) return
    this.session.handle.closeRoom(this.number)
    this.session.leave(this, closed('an open room'))
  }

  /**
   * Leaves the room and forgets all that is known of it: its edits without a verdict are handed back as `unknown`, by
   * events of the client.
   */
  forget(): void {
    this.assertOpen()
    this.session.handle.forgetRoom(this.number)
    // What is handed back is told first.
    this.session.afterPump(() => {
      this.session.leave(this, closed('an open room'))
    })
  }

  [dispose](): void {
    this.close()
  }

  /** @internal */
  becomeReady(): void {
    this.#readiness?.resolve()
    this.#readiness = undefined
  }

  /** Who asks again asks anew: what was denied may be granted by then. @internal */
  failReady(error: Error): void {
    this.#readiness?.reject(error)
    this.#readiness = undefined
  }

  /** @internal */
  finish(error: Error): void {
    if (this.#end !== undefined) return
    this.#end = error
    this.failReady(error)
    for (const changes of [...this.#changes]) changes.end()
    for (const action of [...this.#ends]) action()
    this[unhook]()
    for (const watcher of [...this.watchers]) watcher.ended()
    this.watchers.clear()
  }

  /** Does something once the room is closed, until the function that is returned is called. @internal */
  onEnd(action: () => void): () => void {
    this.assertOpen()
    this.#ends.add(action)
    return () => {
      this.#ends.delete(action)
    }
  }

  /** @internal */
  tell<K extends keyof RoomEvents & string>(name: K, event: RoomEvents[K]): void {
    if (this.#end === undefined) this[emit](name, event)
  }

  #edit(keys: string | ReadonlySet<string>, edit: (handle: Session['handle']) => number): Edit {
    this.assertOpen()
    const made = this.session.ledger.note(this.number, edit(this.session.handle))
    for (const watcher of [...this.watchers]) watcher.edited(typeof keys === 'string' ? [keys] : keys)
    return made
  }
}
