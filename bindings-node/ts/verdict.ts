/** What can become of an edit. */

import type { Edit } from './edit.js'
import type { CodeName } from './errors.js'
import type { EditRecord, Json } from './handle.js'

/** The edit is in the room. */
export interface Applied {
  readonly kind: 'applied'
  /** The room's version with which the client learned it. */
  readonly version: number
}

/** The edit is not in the room. */
export interface Refused {
  readonly kind: 'refused'
  /** Why. */
  readonly code: CodeName
  /** Which of its operations was refused, counted from 0. */
  readonly op: number
  /** The key of that operation. */
  readonly key: string
  /** What the writer made of the key; of a sum or a list edit, what it makes of nothing. */
  readonly mine: Json | undefined
  /** What the key held when the edit was made; sums and list edits do not keep it. */
  readonly base: Json | undefined
  /** What the server says that the key holds. */
  readonly theirs: Json | undefined
  /** The edit that a resolver made in its place. */
  readonly by?: Edit
}

/** Nobody can know what became of the edit: its operations are handed back. */
export interface Unknown {
  readonly kind: 'unknown'
  /** Why. */
  readonly code: CodeName
  /** What it did. */
  readonly edits: readonly EditRecord[]
}

/** What became of an edit: exactly one of three. */
export type Verdict = Applied | Refused | Unknown
