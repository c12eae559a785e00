/** What handles want done, and what they tell. */

import type { CodeName, SynclineError } from '../errors.js'
import type { Json } from '../value.js'
import type { Status } from './options.js'

/** What became of a mutation. */
export type Verdict =
  | { kind: 'applied'; version: number }
  | { kind: 'refused'; code: CodeName; op: number }
  | { kind: 'unknown'; code: CodeName }

/** An edit that is handed back: `{ key, action: { set: 15 } }`, `{ key, action: 'delete' }` and so on. */
export interface EditRecord {
  readonly key: string
  readonly action: Json
}

/** A refused edit, or a chain of edits that build on each other, and its three sides, which are read at their first use. */
export interface Sides {
  room: number
  /** The first of a chain. */
  draft: number
  /** Every mutation that it is about, in order: `draft`, and those refused because they build on it. */
  drafts: number[]
  key: string
  code: CodeName
  /** What its writer made of the key. */
  readonly mine: Json | undefined
  /** What the key held when the edit was made. */
  readonly base: Json | undefined
  /** What the server says that the key holds. */
  readonly theirs: Json | undefined
  /** The same as canonical JSON text. */
  readonly mineJson: string | undefined
  readonly baseJson: string | undefined
  readonly theirsJson: string | undefined
}

/** What a client wants done, or tells. */
export type ClientOutput =
  /** Manual mode: make the record durable, after what is there or, if `replace`, for all of it. */
  | { kind: 'persist'; record: number; replace: boolean; sync: boolean; bytes: Uint8Array }
  /** Open a connection, and answer by `connected` or `disconnected`. */
  | { kind: 'connect' }
  /** Send this as one frame. */
  | { kind: 'transmit'; bytes: Uint8Array }
  /** Send what was transmitted, then close the connection; its end is not to be reported. */
  | { kind: 'disconnect' }
  /** Of a standby: hand this to the client that it follows. */
  | { kind: 'propose'; room: number; proposal: number; bytes: Uint8Array }
  | { kind: 'change'; room: number; origin: 'local' | 'remote'; keys: string[] }
  | { kind: 'verdict'; room: number; draft: number; verdict: Verdict }
  | ({ kind: 'refused'; by?: number } & Sides)
  | ({ kind: 'conflict' } & Sides)
  | { kind: 'unknown'; room: number; draft: number; code: CodeName; readonly edits: EditRecord[]; readonly editsJson: string }
  | { kind: 'ready'; room: number }
  | { kind: 'resumed'; room: number; resume: 'delta' | 'snapshot' | 'reset'; code?: CodeName }
  | { kind: 'diverged'; room: number }
  | { kind: 'denied'; room: number; code: CodeName; retries: boolean }
  | { kind: 'failed'; error: SynclineError; retries: boolean }
  /** Of the client as a whole, if there is no room. */
  | { kind: 'status'; room: number | undefined; status: Status }
  | { kind: 'presence'; room: number }
  /** Every edit made before `askStored` gave this mark, or an earlier one, is durable. */
  | { kind: 'stored'; mark: number }
  | { kind: 'storageFailed' }
  /** A view that is watched has something for its page. */
  | { kind: 'view'; room: number; view: number }
  /** A view is not watched any more: the server tells nothing of it. */
  | { kind: 'unwatched'; room: number; view: number; code: CodeName }

/** What a server wants done, or tells. */
export type ServerOutput =
  | { kind: 'transmit'; conn: number; bytes: Uint8Array }
  | { kind: 'pause'; conn: number }
  | { kind: 'resume'; conn: number }
  | { kind: 'close'; conn: number; code: CodeName }
  | { kind: 'authorize'; conn: number; request: number; token: string; schema: string; room: string }
  | { kind: 'openRoom'; room: number; name: string }
  | { kind: 'persist'; room: number; record: number; replace: boolean; sync: boolean; bytes: Uint8Array }
  | { kind: 'closeRoom'; room: number; delete: boolean }
  /** With the option `views`: answer by `roomShow`, `roomKeepView` or `roomEndView`. */
  | { kind: 'render'; room: number; view: string }
  | { kind: 'joined'; room: number; conn: number; channel: number; principal: string }
  | { kind: 'left'; room: number; conn: number; channel: number; principal: string; code?: CodeName }
  | { kind: 'opened'; room: number; name: string; droppedBytes: number }
  | { kind: 'failed'; room: number; name: string; error: SynclineError }
  | { kind: 'closed'; room: number; name: string }
  | { kind: 'written'; room: number; write: number; version: number }
  | { kind: 'writeFailed'; room: number; write: number; error: SynclineError }
  | { kind: 'changed'; room: number; version: number; keys: string[]; principals: string[] }

/** Text that is parsed once, when it is wanted. */
class Side {
  readonly text: string | undefined
  #value: Json | undefined
  #parsed = false

  constructor(text: string) {
    this.text = text === '' ? undefined : text
  }

  get value(): Json | undefined {
    if (!this.#parsed) {
      this.#value = this.text === undefined ? undefined : (JSON.parse(this.text) as Json)
      this.#parsed = true
    }
    return this.#value
  }
}

/** What a refusal is made of; the sides are JSON text, empty for no value. @internal */
export interface RefusalFields {
  readonly room: number
  readonly draft: number
  readonly drafts: number[]
  /** 0 for none. */
  readonly by: number
  readonly code: CodeName
  readonly key: string
  readonly mine: string
  readonly base: string
  readonly theirs: string
}

class Refusal implements Sides {
  readonly room: number
  readonly draft: number
  readonly drafts: number[]
  readonly key: string
  readonly code: CodeName
  declare readonly by?: number
  readonly #mine: Side
  readonly #base: Side
  readonly #theirs: Side

  constructor(fields: RefusalFields) {
    this.room = fields.room
    this.draft = fields.draft
    this.drafts = fields.drafts
    if (fields.by !== 0) this.by = fields.by
    this.code = fields.code
    this.key = fields.key
    this.#mine = new Side(fields.mine)
    this.#base = new Side(fields.base)
    this.#theirs = new Side(fields.theirs)
  }

  get mine(): Json | undefined {
    return this.#mine.value
  }
  get base(): Json | undefined {
    return this.#base.value
  }
  get theirs(): Json | undefined {
    return this.#theirs.value
  }
  get mineJson(): string | undefined {
    return this.#mine.text
  }
  get baseJson(): string | undefined {
    return this.#base.text
  }
  get theirsJson(): string | undefined {
    return this.#theirs.text
  }
}

/** @internal */
export class Refused extends Refusal {
  readonly kind = 'refused'
}

/** @internal */
export class Conflict extends Refusal {
  readonly kind = 'conflict'
}

/** @internal */
export class Unknown {
  readonly kind = 'unknown'
  readonly room: number
  readonly draft: number
  readonly code: CodeName
  readonly #edits: Side

  constructor(room: number, draft: number, code: CodeName, edits: string) {
    this.room = room
    this.draft = draft
    this.code = code
    this.#edits = new Side(edits)
  }

  get edits(): EditRecord[] {
    return this.#edits.value as unknown as EditRecord[]
  }
  get editsJson(): string {
    return this.#edits.text ?? '[]'
  }
}

/** How statuses are numbered. @internal */
export const STATUSES = ['synced', 'pending', 'offline', 'degraded'] as const
/** How ways of catching up are numbered, from 1. @internal */
export const RESUMES = ['delta', 'snapshot', 'reset'] as const
