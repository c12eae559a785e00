/** What a server tells, by name, and which operations go on by it. */

import type { CodeName } from './errors.js'
import type { ServerOutput } from './handle.js'
import type { Log } from './log.js'
import type { Operations } from './operations.js'
import { closed } from './refusal.js'

/** A channel that came into a room, or is out of it. */
export interface Visit {
  /** The connection, as `attach` returned it. */
  readonly conn: number
  readonly channel: number
  /** The name of the room. */
  readonly room: string
  readonly principal: string
}

/** What a server tells. */
export interface ServerEvents {
  /** Keys of a room changed, durably: by whom, the host itself not listed. */
  change: { readonly room: string; readonly keys: readonly string[]; readonly version: number; readonly principals: readonly string[] }
  joined: Visit
  /** With a code if the channel did not leave by itself. */
  left: Visit & { readonly code?: CodeName }
  /** A room is open; the bytes at the end of its journal were dropped that a crash left without a sync, or that are damaged since. */
  opened: { readonly room: string; readonly droppedBytes: number }
  /** A room could not be opened, or its storage failed. */
  failed: { readonly room: string; readonly error: Error }
  /** What renders a view threw: what it showed last stays, and one that showed nothing yet is rendered again. */
  viewFailed: { readonly room: string; readonly view: string; readonly error: unknown }
  /** A room is closed, and what it had accepted is durable. */
  closed: { readonly room: string }
}

/** @internal */
export const SERVER_EVENTS: readonly (keyof ServerEvents)[] = ['change', 'joined', 'left', 'opened', 'failed', 'closed', 'viewFailed']

type Happening = Extract<ServerOutput, { kind: 'joined' | 'left' | 'opened' | 'failed' | 'closed' | 'changed' }>
type Emit = <K extends keyof ServerEvents & string>(name: K, event: ServerEvents[K]) => void

/** @internal */
export class Teller {
  readonly #operations: Operations
  readonly #log: Log
  readonly #emit: Emit

  constructor(operations: Operations, log: Log, emit: Emit) {
    this.#operations = operations
    this.#log = log
    this.#emit = emit
  }

  /** Tells of one happening, and lets go the operations that waited for it. */
  tell(output: Happening): void {
    switch (output.kind) {
      case 'joined': {
        const { conn, channel, principal } = output
        this.#emit('joined', { conn, channel, room: this.#operations.name(output.room), principal })
        return
      }
      case 'left': {
        const { conn, channel, principal, code } = output
        this.#emit('left', { conn, channel, room: this.#operations.name(output.room), principal, ...(code && { code }) })
        return
      }
      case 'opened':
        this.#operations.takeOpened(output)
        if (output.droppedBytes > 0) {
          const message = `${output.droppedBytes} bytes at the end of its journal were dropped: a crash came before their sync, or they are damaged since`
          this.#log.warn({ event: 'dropped', message, room: output.name })
        }
        this.#emit('opened', { room: output.name, droppedBytes: output.droppedBytes })
        return
      case 'failed': {
        const { name: room, error } = output
        this.#operations.takeFailed(output)
        this.#log.error({ event: 'roomFailed', message: error.message, room, code: error.code, error })
        this.#emit('failed', { room, error })
        return
      }
      case 'closed':
        this.#operations.takeClosed(output, closed('an open room'))
        this.#emit('closed', { room: output.name })
        return
      case 'changed': {
        const { keys, version, principals } = output
        this.#emit('change', { room: this.#operations.name(output.room), keys, version, principals })
      }
    }
  }
}
