/** Which of the host's operations wait for a room to open, for a write to be durable, or for a room to close. */

import { Deferred } from './deferred.js'
import type { ServerOutput } from './handle.js'

type Of<K extends ServerOutput['kind']> = Extract<ServerOutput, { kind: K }>

/** @internal */
export class Operations {
  /** Rooms that are open, by number; a number is not used again while it means anything. */
  readonly #names = new Map<number, string>()
  /** Rooms that are closed, until everything about them is told. */
  readonly #gone = new Set<number>()
  readonly #opening = new Map<number, Deferred<void>>()
  readonly #closing = new Map<number, Deferred<void>>()
  readonly #writing = new Map<number, Deferred<number>>()
  /** What the application does in between. */
  readonly #doing = new Set<Deferred<unknown>>()
  #end: Error | undefined

  /** The name of a room that is open, or was a moment ago. */
  name(room: number): string {
    return this.#names.get(room) ?? ''
  }

  /** Whether a room is open. */
  isOpen(room: number): boolean {
    return this.#end === undefined && this.#names.has(room) && !this.#gone.has(room)
  }

  /** Ends when the room is open. */
  opened(room: number): Promise<void> {
    if (this.isOpen(room)) return Promise.resolve()
    return waiting(this.#opening, room)
  }

  /** Ends when the room is closed, and what it accepted is durable. */
  closed(room: number): Promise<void> {
    return waiting(this.#closing, room)
  }

  /** Ends with the version when the write is durable. */
  written(write: number): Promise<number> {
    return waiting(this.#writing, write)
  }

  /** Ends with what the application does, or when nothing is told any more. */
  async meanwhile<T>(doing: T | Promise<T>): Promise<T> {
    const deferred = new Deferred<T>()
    if (this.#end !== undefined) deferred.reject(this.#end)
    this.#doing.add(deferred as Deferred<unknown>)
    Promise.resolve(doing).then(deferred.resolve, deferred.reject)
    try {
      return await deferred.promise
    } finally {
      this.#doing.delete(deferred as Deferred<unknown>)
    }
  }

  takeOpened({ room, name }: Of<'opened'>): void {
    this.#names.set(room, name)
    settle(this.#opening, room)?.resolve()
  }

  takeFailed({ room, name, error }: Of<'failed'>): void {
    this.#leave(room, name)
    settle(this.#opening, room)?.reject(error)
    settle(this.#closing, room)?.reject(error)
  }

  takeClosed({ room, name }: Of<'closed'>, error: Error): void {
    this.#leave(room, name)
    settle(this.#opening, room)?.reject(error)
    settle(this.#closing, room)?.resolve()
  }

  takeWritten({ write, version }: Of<'written'>): void {
    settle(this.#writing, write)?.resolve(version)
  }

  takeWriteFailed({ write, error }: Of<'writeFailed'>): void {
    settle(this.#writing, write)?.reject(error)
  }

  /** Everything there was to tell is told. */
  forget(): void {
    for (const room of this.#gone) this.#names.delete(room)
    this.#gone.clear()
  }

  /** Nothing is told any more. */
  end(error: Error): void {
    for (const map of [this.#opening, this.#closing, this.#writing]) {
      for (const deferred of map.values()) deferred.reject(error)
      map.clear()
    }
    this.#end = error
    for (const deferred of this.#doing) deferred.reject(error)
    this.#doing.clear()
  }

  #leave(room: number, name: string): void {
    this.#names.set(room, name)
    this.#gone.add(room)
  }
}

function waiting<T>(map: Map<number, Deferred<T>>, number: number): Promise<T> {
  const deferred = map.get(number) ?? new Deferred<T>()
  map.set(number, deferred)
  return deferred.promise
}

function settle<T>(map: Map<number, Deferred<T>>, number: number): Deferred<T> | undefined {
  const deferred = map.get(number)
  map.delete(number)
  return deferred
}
