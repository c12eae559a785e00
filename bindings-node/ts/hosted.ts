/** A room as the server's own program uses it: reads, writes, and what is done to the whole of it. */

import { Deferred } from './deferred.js'
import { SynclineError } from './errors.js'
import type { Json, RoomMetrics, RoomReport, ServerHandle } from './handle.js'
import type { Operations } from './operations.js'
import { invalid } from './refusal.js'
import type { Storable } from './storable.js'
import { Write, type WriteOptions } from './write.js'

/** How often a conditional edit is tried before it is given up. */
const TRIES = 16

/** A write that goes by what it reads: it counts only if that is still so. */
export class HostEdit extends Write {
  readonly #read: (key: string) => [version: number, value: Json] | undefined
  readonly #seen = new Map<string, number>()

  /** @internal */
  constructor(read: (key: string) => [version: number, value: Json] | undefined) {
    super()
    this.#read = read
  }

  /** The newest value of a key, which may not be durable yet; the write is refused if it changes meanwhile. */
  get<T = Json>(key: string): T | undefined {
    const found = this.#read(key)
    if (!this.#seen.has(key)) {
      this.#seen.set(key, found?.[0] ?? 0)
      this.edits.expect(key, { ifVersion: found?.[0] ?? 0 })
    }
    return found?.[1] as T | undefined
  }

  /** Whether anything is edited. @internal */
  get isEmpty(): boolean {
    return this.edits.length === this.#seen.size
  }
}

/** Does something to a room; that it has just gone away is told by the event that it failed or closed. */
function told(act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof SynclineError && error.code === 'NotFound')) throw error
  }
}

/** What operations need of a server. @internal */
export interface Hosting {
  readonly handle: ServerHandle
  readonly operations: Operations
  assertOpen(): void
  during<T>(promise: Promise<T>): Promise<T>
}

/**
 * A room of a server. Each operation opens the room, holds it open while it lasts, and keeps the process alive.
 *
 * Writes are above every policy; they resolve with the room's version once they are durable.
 */
export class ServerRoom {
  /** The room's name. */
  readonly name: string
  readonly #hosting: Hosting

  /** @internal */
  constructor(name: string, hosting: Hosting) {
    this.name = name
    this.#hosting = hosting
  }

  /** The durable value of a key. */
  get<T = Json>(key: string): Promise<T | undefined> {
    return this.#read((handle, room) => handle.roomGet(room, key)?.[1] as T | undefined)
  }

  /** The durable value of a key with its version, as `ifVersion` takes it. */
  getVersioned<T = Json>(key: string): Promise<{ version: number; value: T } | undefined> {
    return this.#read((handle, room) => {
      const found = handle.roomGet(room, key)
      return found && { version: found[0], value: found[1] as T }
    })
  }

  /** The durable keys with this prefix and what they hold, in the order of keys. */
  entries<T = Json>(prefix = ''): Promise<[string, T][]> {
    return this.#read((handle, room) => handle.roomEntries(room, prefix) as [string, T][])
  }

  /** The same as one object of canonical JSON text: the same characters wherever the state is the same. */
  entriesJson(prefix = ''): Promise<string> {
    return this.#read((handle, room) => handle.roomEntriesJson(room, prefix))
  }

  /** The durable keys with this prefix, in order. */
  async keys(prefix = ''): Promise<string[]> {
    return (await this.entries(prefix)).map(([key]) => key)
  }

  /** The durable version. */
  async version(): Promise<number> {
    return (await this.report()).version
  }

  /** What there is to know about the room at this moment. */
  report(): Promise<RoomReport> {
    return this.#read((handle, room) => handle.roomReport(room))
  }

  /** What the room has counted since it was opened. */
  metrics(): Promise<RoomMetrics> {
    return this.#read((handle, room) => handle.roomMetrics(room))
  }

  /** Who is present: numbers, and what they show. */
  presences(): Promise<Map<number, Json>> {
    return this.#read((handle, room) => new Map(handle.roomPresences(room)))
  }

  /** The durable state as one blob, for a backup. */
  export(): Promise<Uint8Array> {
    return this.#read((handle, room) => handle.roomExport(room))
  }

  /** Sets a key. */
  set<T>(key: string, value: T & Storable<T>, options?: WriteOptions): Promise<number> {
    return this.batch((write) => {
      write.set(key, value, options)
    })
  }

  /** Merges a patch into an object (RFC 7396): members that are `null` are taken out. */
  merge<T>(key: string, patch: T & Storable<T>, options?: WriteOptions): Promise<number> {
    return this.batch((write) => {
      write.merge(key, patch, options)
    })
  }

  /** Adds to a number. */
  add(key: string, amount: number, options?: WriteOptions): Promise<number> {
    return this.batch((write) => {
      write.add(key, amount, options)
    })
  }

  /** Takes a key out. */
  delete(key: string, options?: WriteOptions): Promise<number> {
    return this.batch((write) => {
      write.delete(key, options)
    })
  }

  /** Puts a value into a list, before the one at this place; a key without a value becomes a list. */
  insert<T>(key: string, index: number, value: T & Storable<T>, options?: WriteOptions): Promise<number> {
    return this.batch((write) => {
      write.insert(key, index, value, options)
    })
  }

  /** Takes the value at this place out of a list. */
  remove(key: string, index: number, options?: WriteOptions): Promise<number> {
    return this.batch((write) => {
      write.remove(key, index, options)
    })
  }

  /** Moves a value within a list; `to` is its place afterwards. */
  move(key: string, from: number, to: number, options?: WriteOptions): Promise<number> {
    return this.batch((write) => {
      write.move(key, from, to, options)
    })
  }

  /** Gives the list item at this place another value. */
  replace<T>(key: string, index: number, value: T & Storable<T>, options?: WriteOptions): Promise<number> {
    return this.batch((write) => {
      write.replace(key, index, value, options)
    })
  }

  /** Makes several edits one write: all of them count or none. The function makes them before it returns. */
  batch(body: (write: Write) => void): Promise<number> {
    return this.#hold(async (room, opened) => {
      const write = new Write()
      const result: unknown = body(write)
      if (result instanceof Promise) {
        result.catch(() => {})
        throw invalid('a function that has made its edits when it returns', 'an async one')
      }
      if (write.edits.length === 0) throw invalid('a function that edits something', 'no edits')
      return this.#write(room, write, opened)
    })
  }

  /**
   * Edits by what is there: the function reads and writes, and is called again if what it read has changed meanwhile.
   *
   * Resolves with the version; without any edits, with the one that there is. Rejected with `Stale` after 16 tries.
   */
  edit(body: (edit: HostEdit) => void | Promise<void>): Promise<number> {
    return this.#hold(async (room, opened) => {
      const { handle, operations } = this.#hosting
      await opened
      for (let tries = 1; ; tries += 1) {
        const edit = new HostEdit((key) => handle.roomStaged(room, key))
        await operations.meanwhile(body(edit))
        try {
          return edit.isEmpty ? handle.roomReport(room).version : await this.#write(room, edit, opened)
        } catch (error) {
          const again = error instanceof SynclineError && error.code === 'Stale' && tries < TRIES
          if (!again) throw error
        }
      }
    })
  }

  /** Something else that a view shows has changed: it is rendered again, unless nobody watches it. */
  touchView(view: string): Promise<void> {
    return this.#read((handle, room) => {
      handle.roomTouchView(room, view)
    })
  }

  /** Forgets what is as old as this version: deleted keys, and clients that are away. */
  expire(version: number): Promise<void> {
    return this.#read((handle, room) => {
      handle.roomExpire(room, version)
    })
  }

  /** Ends the room's continuity, after a backup was restored: another epoch, the same contents. */
  renew(): Promise<void> {
    return this.#hold(async (room, opened) => {
      try {
        // Before anyone comes in, if it is being opened.
        this.#hosting.handle.roomRenew(room)
      } finally {
        // Why it could not be opened says more than that it is not open.
        await opened
      }
    })
  }

  /** Puts everyone out and closes the room, if it is open; resolves when what it accepted is durable. */
  async unload(): Promise<void> {
    this.#hosting.assertOpen()
    const { handle, operations } = this.#hosting
    const room = handle.room(this.name)
    if (room === undefined) return
    const closed = operations.closed(room)
    told(() => {
      handle.roomUnload(room)
    })
    await this.#hosting.during(closed)
  }

  /** Puts everyone out as `Deleted`, and forgets what the room held. */
  async deleteRoom(): Promise<void> {
    this.#hosting.assertOpen()
    const { handle, operations } = this.#hosting
    const room = handle.roomOpen(this.name)
    const closed = operations.closed(room)
    told(() => {
      handle.roomDelete(room)
    })
    await this.#hosting.during(closed)
  }

  /** Writes at once, also while the room is being opened: a close that follows makes it durable. */
  async #write(room: number, write: Write, opened: Promise<void>): Promise<number> {
    const { handle, operations } = this.#hosting
    try {
      return await operations.written(handle.roomWrite(room, write.edits))
    } catch (error) {
      // Why the room has just gone away says more than that it is not open.
      if (error instanceof SynclineError && error.code === 'NotFound') await opened
      throw error
    }
  }

  #read<T>(read: (handle: ServerHandle, room: number) => T): Promise<T> {
    return this.#hold(async (room, opened) => {
      await opened
      return read(this.#hosting.handle, room)
    })
  }

  /** Holds the room open while something is done. */
  async #hold<T>(use: (room: number, opened: Promise<void>) => Promise<T>): Promise<T> {
    this.#hosting.assertOpen()
    const { handle, operations } = this.#hosting
    const room = handle.roomOpen(this.name)
    const opened = operations.opened(room)
    const held = new Deferred<void>()
    void this.#hosting.during(held.promise)
    try {
      return await use(room, opened)
    } finally {
      held.resolve()
      try {
        handle.roomRelease(room)
      } catch {
        // The room went away meanwhile, and with it what held it.
      }
    }
  }
}
