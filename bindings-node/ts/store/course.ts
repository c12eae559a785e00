/** What is shown of a room beside its keys: its version, its status, and who is there. */

import type { Json, Status } from '../handle.js'
import { Cell } from './cell.js'
import type { Hub } from './hub.js'

/** How far a room or a client is from its server. */
export interface SyncStatus {
  readonly status: Status
  /** Edits without a verdict. */
  readonly pending: number
  /**
   * When the server last said that nothing is missing, as of the last change of the others; `null` is never. Of a client,
   * that of its open room of which it is longest ago.
   */
  readonly lastSynced: Date | null
}

/** Who is in a room. */
export interface Present<P = Json> {
  /** Under which number others see this client, while the room is joined. */
  readonly id: number | undefined
  /** What this client shows of itself; `null` is nothing. */
  readonly self: P | null
  /** The others: their numbers, and what they show. */
  readonly others: ReadonlyMap<number, P>
}

/** Events with which the status or the version may be another, beside changes. @internal */
export const COURSE = ['verdict', 'refused', 'conflict', 'unknown', 'ready', 'resumed', 'denied', 'status'] as const

/** The version up to which a room is confirmed. @internal */
export class VersionCell extends Cell<number | undefined> {
  constructor(readonly hub: Hub) {
    super()
  }

  protected read(last: number | undefined): number | undefined {
    return this.hub.room.closed ? last : this.hub.room.version
  }

  protected begin(): () => void {
    return this.hub.joinIn<Cell<unknown>>(this.hub.liveCourse, this)
  }
}

/** Before anything is known. @internal */
export const NO_STATUS: SyncStatus = Object.freeze({ status: 'offline', pending: 0, lastSynced: null })

/** A status, or the last one if it says the same. @internal */
export function sameStatus(last: SyncStatus, status: Status, pending: number, lastSynced: Date | null): SyncStatus {
  if (last.status === status && last.pending === pending) return last
  return Object.freeze({ status, pending, lastSynced })
}

/** How far a room is from its server. @internal */
export class StatusCell extends Cell<SyncStatus> {
  #syncedAt: number | undefined

  constructor(readonly hub: Hub) {
    super()
  }

  protected read(last: SyncStatus = NO_STATUS): SyncStatus {
    const { room } = this.hub
    if (room.closed) return sameStatus(last, 'offline', last.pending, last.lastSynced)
    const { syncedAt } = room
    const lastSynced = syncedAt === this.#syncedAt ? last.lastSynced : room.lastSynced
    const status = sameStatus(last, room.status, room.pending, lastSynced)
    if (status !== last) this.#syncedAt = syncedAt
    return status
  }

  protected begin(): () => void {
    return this.hub.joinIn<Cell<unknown>>(this.hub.liveCourse, this)
  }
}

/** Before anything is known. @internal */
export const NOBODY: Present<never> = Object.freeze({ id: undefined, self: null, others: new Map<number, never>() })

/** Who is in a room; what somebody shows is the same object as long as it is equal. @internal */
export class PresenceCell extends Cell<Present> {
  #texts = new Map<number | 'self', string>([['self', 'null']])

  constructor(readonly hub: Hub) {
    super()
  }

  protected read(last: Present = NOBODY): Present {
    const { room } = this.hub
    if (room.closed) return last
    const texts = new Map<number | 'self', string>()
    const kept = (who: number | 'self', value: Json, before: Json | undefined): Json => {
      const text = JSON.stringify(value)
      texts.set(who, text)
      return before !== undefined && this.#texts.get(who) === text ? before : value
    }
    const { id } = room.presence
    const self = kept('self', room.presence.self, last.self)
    const others = new Map<number, Json>()
    for (const [who, value] of room.presence.others) others.set(who, kept(who, value, last.others.get(who)))
    this.#texts = texts
    const sameOthers = others.size === last.others.size && [...others].every(([who, value]) => last.others.get(who) === value)
    if (sameOthers && id === last.id && self === last.self) return last
    return Object.freeze({ id, self, others: sameOthers ? last.others : others })
  }

  protected begin(): () => void {
    return this.hub.joinIn<Cell<unknown>>(this.hub.livePresence, this)
  }
}
