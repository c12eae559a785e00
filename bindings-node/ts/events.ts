/** What a client and its rooms tell, by name. */

import type { Change } from './changes.js'
import type { Edit } from './edit.js'
import type { StorageState } from './engine.js'
import type { CodeName } from './errors.js'
import type { EditRecord, Json, Status } from './handle.js'
import type { Conflict, Resolution } from './resolvers.js'

/** What became of an edit. The sides of a refusal, and an unknown edit's operations, come with `refused` and `unknown`. */
export interface VerdictEvent {
  /** The name of the room. */
  readonly room: string
  /** The number of the mutation. */
  readonly draft: number
  /** In a word. */
  readonly verdict: 'applied' | 'refused' | 'unknown'
  /** The edit, if this process made it. */
  readonly edit?: Edit
}

/** An edit was refused, or a chain of them, and what was done about it. */
export interface RefusedEvent {
  readonly room: string
  /** The number of the mutation; the first, if others built on it. */
  readonly draft: number
  readonly key: string
  readonly code: CodeName
  /** What the writer made of the key; of a sum or a list edit, what it makes of nothing. */
  readonly mine: Json | undefined
  /** What the key held when the edit was made; sums and list edits do not keep it. */
  readonly base: Json | undefined
  /** What the server says that the key holds. */
  readonly theirs: Json | undefined
  readonly edit?: Edit
  /** The edit that a resolver made in its place. */
  readonly by?: Edit
}

/**
 * A stale edit of a key whose resolver is `'ask'`: call `resolve`, at once or later. Without a listener the server's value
 * stays.
 */
export interface ConflictEvent extends Conflict {
  /** Decides. Returns the edit that is made, if any; what it throws leaves the conflict waiting. */
  readonly resolve: (resolution: Resolution) => Edit | undefined
}

/** Nobody can know what became of an edit. */
export interface UnknownEvent {
  readonly room: string
  readonly draft: number
  readonly code: CodeName
  /** Its operations. */
  readonly edits: readonly EditRecord[]
  readonly edit?: Edit
}

/** How a room caught up after it was away. */
export interface ResumedEvent {
  readonly room: string
  /** By what had changed, by the whole state, or by the whole state because continuity ended. */
  readonly resume: 'delta' | 'snapshot' | 'reset'
  /** Why continuity ended. */
  readonly code?: CodeName
}

/** The server does not let the client into a room. */
export interface DeniedEvent {
  readonly room: string
  readonly code: CodeName
  /** Whether the client asks again by itself. */
  readonly retries: boolean
}

/** The connection ended with an error, or could not be made for want of a token. */
export interface FailedEvent {
  readonly error: Error
  /** Whether the client connects again by itself. */
  readonly retries: boolean
}

/** A room of which something is told. */
export interface OfRoom {
  /** The name of the room. */
  readonly room: string
}

/** What a room tells. */
export interface RoomEvents {
  change: Change
  verdict: VerdictEvent
  refused: RefusedEvent
  conflict: ConflictEvent
  unknown: UnknownEvent
  ready: OfRoom
  resumed: ResumedEvent
  diverged: OfRoom
  denied: DeniedEvent
  status: OfRoom & { readonly status: Status }
  presence: OfRoom
}

/** What a client tells: everything of its rooms, and of itself. */
export interface ClientEvents extends Omit<RoomEvents, 'status'> {
  /** The status of a room, or without a room of the client: that of its worst room. */
  status: { readonly room?: string; readonly status: Status }
  failed: FailedEvent
  /** Storage failed: edits are not taken any more, and nothing is sent; where `storage` of the client is `volatile`, they are. */
  storageFailed: { readonly error: Error }
  /** What was in memory only, as a browser had no space, is stored again. */
  storageRestored: { readonly storage: StorageState }
  /** A function of the application failed, such as a resolver. Without a listener it is an uncaught exception. */
  error: { readonly error: Error; readonly room?: string }
}

/** @internal */
export const ROOM_EVENTS: readonly (keyof RoomEvents)[] = [
  'change', 'verdict', 'refused', 'conflict', 'unknown', 'ready', 'resumed', 'diverged', 'denied', 'status', 'presence',
]
/** @internal */
export const CLIENT_EVENTS: readonly (keyof ClientEvents)[] = [...ROOM_EVENTS, 'failed', 'storageFailed', 'storageRestored', 'error']
