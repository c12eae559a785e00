/** What handles want done, and what they tell. */

import type { Reader } from '../drain.js'
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
  | { kind: 'storageFailed' }

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

  constructor(reader: Reader) {
    this.room = reader.small()
    this.draft = reader.large()
    this.drafts = reader.numbers()
    const by = reader.large()
    if (by !== 0) this.by = by
    this.code = reader.code()
    this.key = reader.text()
    this.#mine = new Side(reader.text())
    this.#base = new Side(reader.text())
    this.#theirs = new Side(reader.text())
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

class Refused extends Refusal {
  readonly kind = 'refused'
}

class Conflict extends Refusal {
  readonly kind = 'conflict'
}

class Unknown {
  readonly kind = 'unknown'
  readonly room: number
  readonly draft: number
  readonly code: CodeName
  readonly #edits: Side

  constructor(reader: Reader) {
    this.room = reader.small()
    this.draft = reader.large()
    this.code = reader.code()
    this.#edits = new Side(reader.text())
  }

  get edits(): EditRecord[] {
    return this.#edits.value as unknown as EditRecord[]
  }
  get editsJson(): string {
    return this.#edits.text ?? '[]'
  }
}

const STATUSES = ['synced', 'pending', 'offline', 'degraded'] as const
const RESUMES = ['delta', 'snapshot', 'reset'] as const

function verdict(reader: Reader): Verdict {
  const kind = reader.byte()
  if (kind === 1) return { kind: 'applied', version: reader.large() }
  const code = reader.code()
  return kind === 2 ? { kind: 'refused', code, op: reader.small() } : { kind: 'unknown', code }
}

function resumed(reader: Reader): ClientOutput {
  const room = reader.small()
  const resume = RESUMES[reader.byte() - 1] ?? 'reset'
  const code = reader.codeOrNone()
  return code === undefined ? { kind: 'resumed', room, resume } : { kind: 'resumed', room, resume, code }
}

function status(reader: Reader): ClientOutput {
  const room = reader.small()
  const status = STATUSES[reader.byte()] ?? 'degraded'
  return { kind: 'status', room: room === 0 ? undefined : room, status }
}

function failed(reader: Reader): ClientOutput {
  const retries = reader.flag()
  return { kind: 'failed', error: reader.error(), retries }
}

/** Reads one output of a client. @internal */
export function clientOutput(reader: Reader): ClientOutput {
  const kind = reader.byte()
  switch (kind) {
    case 1:
      return { kind: 'persist', record: reader.large(), replace: reader.flag(), sync: reader.flag(), bytes: reader.bytes() }
    case 2:
      return { kind: 'connect' }
    case 3:
      return { kind: 'transmit', bytes: reader.bytes() }
    case 4:
      return { kind: 'disconnect' }
    case 32:
      return { kind: 'change', room: reader.small(), origin: reader.flag() ? 'remote' : 'local', keys: reader.texts() }
    case 33:
      return { kind: 'verdict', room: reader.small(), draft: reader.large(), verdict: verdict(reader) }
    case 34:
      return new Refused(reader)
    case 35:
      return new Conflict(reader)
    case 36:
      return new Unknown(reader)
    case 37:
      return { kind: 'ready', room: reader.small() }
    case 38:
      return resumed(reader)
    case 39:
      return { kind: 'diverged', room: reader.small() }
    case 40:
      return { kind: 'denied', room: reader.small(), code: reader.code(), retries: reader.flag() }
    case 41:
      return failed(reader)
    case 42:
      return status(reader)
    case 43:
      return { kind: 'presence', room: reader.small() }
    case 44:
      return { kind: 'storageFailed' }
    default:
      throw new Error(`an output of a client of the kind ${kind}`)
  }
}

function authorize(reader: Reader): ServerOutput {
  const conn = reader.large()
  const request = reader.large()
  return { kind: 'authorize', conn, request, token: reader.text(), schema: reader.text(), room: reader.text() }
}

function left(reader: Reader): ServerOutput {
  const room = reader.small()
  const conn = reader.large()
  const channel = reader.small()
  const principal = reader.text()
  const code = reader.codeOrNone()
  return code === undefined
    ? { kind: 'left', room, conn, channel, principal }
    : { kind: 'left', room, conn, channel, principal, code }
}

/** Reads one output of a server. @internal */
export function serverOutput(reader: Reader): ServerOutput {
  const kind = reader.byte()
  switch (kind) {
    case 1:
      return { kind: 'transmit', conn: reader.large(), bytes: reader.bytes() }
    case 2:
      return { kind: 'pause', conn: reader.large() }
    case 3:
      return { kind: 'resume', conn: reader.large() }
    case 4:
      return { kind: 'close', conn: reader.large(), code: reader.code() }
    case 5:
      return authorize(reader)
    case 6:
      return { kind: 'openRoom', room: reader.small(), name: reader.text() }
    case 7: {
      const room = reader.small()
      const record = reader.large()
      return { kind: 'persist', room, record, replace: reader.flag(), sync: reader.flag(), bytes: reader.bytes() }
    }
    case 8:
      return { kind: 'closeRoom', room: reader.small(), delete: reader.flag() }
    case 32:
      return { kind: 'joined', room: reader.small(), conn: reader.large(), channel: reader.small(), principal: reader.text() }
    case 33:
      return left(reader)
    case 34:
      return { kind: 'opened', room: reader.small(), name: reader.text(), droppedBytes: reader.large() }
    case 35:
      return { kind: 'failed', room: reader.small(), name: reader.text(), error: reader.error() }
    case 36:
      return { kind: 'closed', room: reader.small(), name: reader.text() }
    case 37:
      return { kind: 'written', room: reader.small(), write: reader.large(), version: reader.large() }
    case 38:
      return { kind: 'writeFailed', room: reader.small(), write: reader.large(), error: reader.error() }
    case 39: {
      const room = reader.small()
      const version = reader.large()
      return { kind: 'changed', room, version, keys: reader.texts(), principals: reader.texts() }
    }
    default:
      throw new Error(`an output of a server of the kind ${kind}`)
  }
}
