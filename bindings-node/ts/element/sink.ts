/** Where states go: a key of a room, a member of what a client shows of itself, or nowhere. */

import { type CodeName, errorOf, SynclineError } from '../errors.js'
import type { Json } from '../handle.js'
import { type ElementPatch, type ElementState, patchOf } from './state.js'

/** The members of a room that are used; every `Room` has them. */
export interface StateRoom {
  readonly closed: boolean
  get(key: string): unknown
  has(key: string): boolean
  set(key: string, value: ElementState): unknown
  merge(key: string, patch: ElementPatch): unknown
  delete(key: string): unknown
  on(name: 'refused', listener: (event: { readonly key: string; readonly code: CodeName; readonly by?: object }) => void): () => void
  on(name: 'unknown', listener: (event: { readonly edits: readonly { readonly key: string }[]; readonly code: CodeName }) => void): () => void
}

/** The members of a room's presence that are used; every `Presence` has them. */
export interface StatePresence {
  readonly self: unknown
  update(patch: { readonly [member: string]: Json }): void
}

/** What a sink tells. @internal */
export interface SinkHost {
  /** The room is closed. */
  handleEnd(): void
  /** What was written was refused later. */
  handleRefusal(error: Error): void
}

/** Takes states. @internal */
export interface Sink {
  /** Writes what differs from what was written before. Throws what the room throws, and may be called again then. */
  write(state: ElementState): void
  /** Nothing more is written. */
  end(): void
}

/** Does something at the end of what has such an end. @internal */
export function atEnd(target: object, action: () => void): () => void {
  return 'onEnd' in target && typeof target.onEnd === 'function' ? (target.onEnd(action) as () => void) : () => {}
}

/** Whether this says that a room or its client is closed. @internal */
export function isClosed(error: unknown): boolean {
  return error instanceof SynclineError && error.code === 'Closed'
}

/** @internal */
export class RoomSink implements Sink {
  readonly #room: StateRoom
  readonly #key: string
  readonly #forget: readonly (() => void)[]
  /** What the patches build on. */
  #written: unknown

  constructor(room: StateRoom, key: string, host: SinkHost) {
    this.#room = room
    this.#key = key
    const lose = (code: CodeName): void => {
      // Others' value stays: the next patch is about that.
      if (this.#written !== undefined) this.#written = room.get(key)
      host.handleRefusal(errorOf(code, `a state that the room takes as ${key}`, 'one that it did not take'))
    }
    this.#forget = [
      room.on('refused', (event) => {
        if (event.key === key && event.by === undefined) lose(event.code)
      }),
      room.on('unknown', ({ edits, code }) => {
        if (edits.some((edit) => edit.key === key)) lose(code)
      }),
      atEnd(room, () => {
        host.handleEnd()
      }),
    ]
  }

  write(state: ElementState): void {
    // A patch of what somebody has taken out would be all that is left of the state.
    if (this.#written === undefined || !this.#room.has(this.#key)) this.#room.set(this.#key, state)
    else {
      const patch = patchOf(this.#written, state)
      if (patch !== undefined) this.#room.merge(this.#key, patch)
    }
    this.#written = state
  }

  end(): void {
    for (const forget of this.#forget) forget()
  }
}

/** @internal */
export class PresenceSink implements Sink {
  readonly #presence: StatePresence
  readonly #field: string
  readonly #forget: () => void

  constructor(presence: StatePresence, field: string, host: SinkHost) {
    this.#presence = presence
    this.#field = field
    this.#forget = atEnd(presence, () => {
      host.handleEnd()
    })
  }

  write(state: ElementState): void {
    // What is shown is this client's alone, so that it is what the patch builds on, after a clear too.
    const { self } = this.#presence
    const shown = typeof self === 'object' && self !== null ? (self as Readonly<Record<string, unknown>>)[this.#field] : undefined
    const patch = patchOf(shown, state)
    if (patch !== undefined) this.#presence.update({ [this.#field]: patch as Json })
  }

  /** What is not observed any more is not shown either. */
  end(): void {
    this.#forget()
    try {
      this.#presence.update({ [this.#field]: null })
    } catch (error) {
      if (!isClosed(error)) throw error
    }
  }
}
