/** One edit, from its making to its verdict. */

import type { Anchor } from './anchor.js'
import { Deferred } from './deferred.js'
import type { Verdict } from './verdict.js'

/** @internal */
export const settle: unique symbol = Symbol('syncline.settle')
/** @internal */
export const abandon: unique symbol = Symbol('syncline.abandon')

/**
 * An edit, which is visible at once and gets one verdict.
 *
 * Edits of a key that follow each other before they are sent are one edit: they share this object.
 */
export class Edit {
  /** The name of the room. */
  readonly room: string
  /** The number of the mutation, of this client and room. */
  readonly draft: number
  readonly #anchor: Anchor
  #verdict: Verdict | undefined
  #failure: Error | undefined
  #waiting: Deferred<Verdict> | undefined

  /** @internal */
  constructor(room: string, draft: number, anchor: Anchor) {
    this.room = room
    this.draft = draft
    this.#anchor = anchor
  }

  /** The verdict, once there is one. */
  get verdict(): Verdict | undefined {
    return this.#verdict
  }

  /**
   * The verdict, when there is one: whenever the server can be reached. Waiting for it keeps the process alive.
   *
   * Rejected with `ClosedError` if the client or the room is closed first; the edit itself is in the outbox all the same.
   * Nobody has to wait for it: an edit without anyone waiting never leads to an unhandled rejection.
   */
  get settled(): Promise<Verdict> {
    if (this.#waiting !== undefined) return this.#waiting.promise
    this.#waiting = new Deferred()
    if (this.#verdict !== undefined) this.#waiting.resolve(this.#verdict)
    else if (this.#failure !== undefined) this.#waiting.reject(this.#failure)
    else this.#anchor.during(this.#waiting.promise)
    return this.#waiting.promise
  }

  /** @internal */
  [settle](verdict: Verdict): void {
    if (this.#failure !== undefined) return
    this.#verdict ??= verdict
    this.#waiting?.resolve(verdict)
  }

  /** Nobody will say what becomes of it. @internal */
  [abandon](error: Error): void {
    if (this.#verdict !== undefined) return
    this.#failure ??= error
    this.#waiting?.reject(error)
  }
}
