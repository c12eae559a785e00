/** A screen: what a reader of a view shows. */

import { dispose } from '../dispose.js'
import { asBytes } from '../handle/bytes.js'
import { environment, forget, watch } from '../handle/wakes.js'
import { backend } from '../native.js'
import { checkText, type Json, toJson } from '../value.js'
import type { Cursor } from './view.js'

/** How good the predictions of a screen are. */
export interface ScreenMetrics {
  /** Edits of which something was shown at once. */
  readonly shown: number
  /** Those of which the server then rendered just that. */
  readonly right: number
  /** Those of which it rendered something else. */
  readonly wrong: number
  /** Those that were taken back, as the edit was refused. */
  readonly undone: number
  /** Hints that were found right by what was rendered, whether or not they were shown. */
  readonly hints_right: number
  /** Hints that were found wrong, and are no more. */
  readonly hints_wrong: number
  /** Hints that are known. */
  readonly hints: number
  /** Bytes of these, about. */
  readonly hint_bytes: number
  /** The part of the predictions that ended which were right. */
  readonly hit_rate: number
  /** The part that was wrong. */
  readonly miss_rate: number
  /** The part that was taken back. */
  readonly rollback_rate: number
}

/**
 * What a reader of a view shows: the latest tree that it was told, with what follows from edits that the server has not
 * answered.
 *
 * Frames and edits go in, and changes come out: a page does what each says, in order. Every method throws a
 * `SynclineError`, and then nothing is changed: `Closed` after `close`.
 */
export class Screen {
  readonly #number = backend.screenNew(environment)

  constructor() {
    const number = this.#number
    watch(this, () => backend.screenFree(number))
  }

  /**
   * Shows what a frame tells; one of no bytes tells that nothing changed.
   *
   * @throws {ProtocolError} `Unexpected` for a frame from another revision than the one that is shown, `Malformed` for
   * what is none.
   */
  take(frame: Uint8Array): void {
    backend.screenTake(this.#number, asBytes(frame, 'a frame'))
  }

  /** The next thing that a page has to do; nothing if there is none. */
  change(): Uint8Array | undefined {
    return backend.screenChange(this.#number)
  }

  /**
   * Shows at once what follows from an edit: in a room, or without one in that which the view is about, a key has this
   * value.
   *
   * @param edit A number of the caller's, by which it tells later how the edit ended.
   * @throws {QueueFullError} `Full` with 1,024 predictions that are not settled.
   */
  predict(edit: number, key: string, value: Json, room?: string): void {
    backend.screenPredict(this.#number, edit, roomOf(room), checkText(key, 'key'), toJson(value))
  }

  /** An edit was applied, and the next frame has its result. */
  settle(edit: number): void {
    backend.screenSettle(this.#number, edit)
  }

  /** An edit was refused: what it showed is taken back. */
  undo(edit: number): void {
    backend.screenUndo(this.#number, edit)
  }

  /** A confirmed value changed, and the next frame has what that did: something may be learned from it. */
  observe(key: string, before: Json, after: Json, room?: string): void {
    backend.screenObserve(this.#number, roomOf(room), checkText(key, 'key'), toJson(before), toJson(after))
  }

  /** What was confirmed. */
  get cursor(): Cursor {
    return { epoch: backend.screenEpoch(this.#number), revision: backend.screenRevision(this.#number) }
  }

  /** What is shown, as HTML. */
  html(): string {
    return backend.screenHtml(this.#number)
  }

  /** How good its predictions are. */
  metrics(): ScreenMetrics {
    return JSON.parse(backend.screenMetrics(this.#number)) as ScreenMetrics
  }

  /** Ends the screen. */
  close(): void {
    forget(this, this.#number)
    backend.screenFree(this.#number)
  }

  /** The same as `close`, for `using`. */
  [dispose](): void {
    this.close()
  }
}

function roomOf(room: string | undefined): string | undefined {
  return room === undefined ? undefined : checkText(room, 'room')
}
