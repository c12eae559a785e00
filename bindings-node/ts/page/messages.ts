/** What the tabs of one client say to each other, and how that reads where it crosses. */

import { type CodeName, errorOf, type SynclineError } from '../errors.js'
import { type ClientOutput, Conflict, type RefusalFields, Refused, type Sides, Unknown } from '../handle/outputs.js'
import type { Limits, RoomStatus, Status } from '../handle/options.js'
import { type Json, toJson } from '../value.js'
import type { Answer } from './handle.js'
import type { ProposalFate } from './tab.js'

/** The name of a tab: 16 hexadecimal digits, fresh for each client that is made. */
export type TabId = string

/** An error, as it crosses. */
export interface Story {
  readonly code: CodeName
  readonly expected: string
  readonly actual: string
}

/** One output of the leader's engine, with the name of its room, in plain members. */
export interface Told {
  readonly room: string | undefined
  readonly output: Record<string, unknown> & { readonly kind: string }
}

/** What the leader knows of a room beyond its records. */
export interface RoomFacts {
  readonly status: RoomStatus['status'] | undefined
  /** Milliseconds since 1970. */
  readonly synced: number | undefined
  readonly durability: 'durable' | 'volatile' | undefined
  readonly denied: CodeName | undefined
}

/** Who is in a room, and what the client shows of itself. */
export interface Shown {
  readonly others: readonly [number, Json][]
  readonly me: number | undefined
  readonly own: Json | undefined
}

/** What is another of a room than was told. */
export interface RoomNews {
  readonly name: string
  readonly facts?: RoomFacts
  readonly shown?: Shown
}

/** What the leader knows of the whole client. */
export interface Facts {
  readonly status: Status
  readonly limits: Limits
  /** Whether something is stored: whoever goes on without it sends it twice. */
  readonly stored: boolean
  /** Why what is edited is not stored. */
  readonly failure?: Story
}

/** An edit of which a tab waits to hear. */
export interface Waiting {
  readonly room: string
  readonly proposal: number
  /** What it was taken over as; 0 if that is not known. */
  readonly draft: number
}

/** What became of it. */
export type Fate = Omit<Waiting, 'draft'> & ProposalFate

/** An edit that was taken over, as this draft; or was not, for a reason that nobody has recorded. */
export interface Adopted extends Waiting {
  readonly error?: Story
}

/** An edit that a tab hands to the leader. */
export interface Proposal {
  readonly room: string
  readonly proposal: number
  readonly bytes: Uint8Array
}

/** What a leader goes on with: all that was recorded in an earlier term, up to this record; 0 if it begins with nothing. */
export interface Base {
  readonly term: number
  readonly record: number
}

/** What one tab says to others, or to one of them. */
export type Message =
  /** Somebody leads, and is to be followed from now on, or anew. */
  | { readonly is: 'lead'; readonly from: TabId; readonly to?: TabId; readonly term: number }
  /** A tab wants to hear everything; it has heard somebody of the term `known`. */
  | { readonly is: 'follow'; readonly from: TabId; readonly known: number; readonly rooms: readonly [string, boolean][]; readonly waiting: readonly Waiting[]; readonly shown: readonly [string, Json][] }
  /** The whole state, for one that asked. */
  | {
      readonly is: 'state'; readonly from: TabId; readonly to: TabId; readonly term: number; readonly record: number
      readonly base: Base
      readonly snapshot: Uint8Array; readonly facts: Facts; readonly rooms: readonly RoomNews[]; readonly fates: readonly Fate[]
      /** The conflicts that wait. */
      readonly asked: readonly Told[]
    }
  /** A record of the leader. */
  | { readonly is: 'log'; readonly from: TabId; readonly term: number; readonly record: number; readonly replace: boolean; readonly bytes: Uint8Array }
  /** What the leader's engine told. */
  | { readonly is: 'told'; readonly from: TabId; readonly to?: TabId; readonly term: number; readonly told: readonly Told[]; readonly facts?: Facts; readonly rooms: readonly RoomNews[] }
  /** What became of proposals. */
  | { readonly is: 'adopted'; readonly from: TabId; readonly to: TabId; readonly term: number; readonly drafts: readonly Adopted[] }
  /** The leader is there. */
  | { readonly is: 'pong'; readonly from: TabId; readonly to: TabId; readonly term: number }
  /** The leader is hidden, so that its timers are late: whoever is seen is to say something in so many milliseconds. */
  | { readonly is: 'alarm'; readonly from: TabId; readonly term: number; readonly wait: number }
  /** A tab opens a room, or closes it. */
  | { readonly is: 'open'; readonly from: TabId; readonly room: string; readonly writes: boolean }
  | { readonly is: 'close'; readonly from: TabId; readonly room: string }
  | { readonly is: 'propose'; readonly from: TabId; readonly proposals: readonly Proposal[] }
  /** Whether listeners of a tab were asked about a conflict. */
  | { readonly is: 'asked'; readonly from: TabId; readonly room: string; readonly draft: number; readonly listeners: boolean }
  /** What only the leader can do. */
  | { readonly is: 'forget'; readonly from: TabId; readonly room: string }
  | { readonly is: 'resolve'; readonly from: TabId; readonly room: string; readonly draft: number; readonly resolution: Answer }
  | { readonly is: 'presence'; readonly from: TabId; readonly room: string; readonly patch: Json | undefined }
  /** `asleep` is the last for a while, and `bye` for good. */
  | { readonly is: 'flush' | 'reconnect' | 'ping' | 'asleep' | 'bye'; readonly from: TabId }
  /** A newer token, which every tab keeps: each may be the next to connect. */
  | { readonly is: 'token'; readonly from: TabId; readonly token: string }

/** A value as it crosses: a proxy, such as frameworks hand out, would not. @internal */
export function plainJson<T extends Json>(value: T): T {
  return JSON.parse(toJson(value)) as T
}

/** @internal */
export function storyOf({ code, expected, actual }: SynclineError): Story {
  return { code, expected, actual }
}

/** @internal */
export function errorOfStory({ code, expected, actual }: Story): SynclineError {
  return errorOf(code, expected, actual)
}

function sides(output: { by?: number } & Sides): Record<string, unknown> {
  const { draft, drafts, key, code, by = 0, mineJson = '', baseJson = '', theirsJson = '' } = output
  return { draft, drafts, key, code, by, mine: mineJson, base: baseJson, theirs: theirsJson }
}

/** An output as it crosses. @internal */
export function plain(room: string | undefined, output: ClientOutput): Told {
  switch (output.kind) {
    case 'refused':
    case 'conflict':
      return { room, output: { kind: output.kind, ...sides(output) } }
    case 'unknown':
      return { room, output: { kind: 'unknown', draft: output.draft, code: output.code, edits: output.editsJson } }
    case 'failed':
      return { room, output: { kind: 'failed', retries: output.retries, error: storyOf(output.error) } }
    default:
      return { room, output: { ...output } }
  }
}

/** The output of a room that has this number here. @internal */
export function revived({ output }: Told, room: number): ClientOutput {
  switch (output.kind) {
    case 'refused':
      return new Refused({ ...(output as unknown as RefusalFields), room })
    case 'conflict':
      return new Conflict({ ...(output as unknown as RefusalFields), room })
    case 'unknown': {
      const { draft, code, edits } = output as unknown as { draft: number; code: CodeName; edits: string }
      return new Unknown(room, draft, code, edits)
    }
    case 'failed': {
      const { retries, error } = output as unknown as { retries: boolean; error: Story }
      return { kind: 'failed', retries, error: errorOfStory(error) }
    }
    default:
      return { ...output, ...('room' in output && { room }) } as unknown as ClientOutput
  }
}
