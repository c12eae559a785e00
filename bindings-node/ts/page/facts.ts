/** What the one that leads knows beyond its records, and what of it is news. */

import { type CodeName, type SynclineError } from '../errors.js'
import type { ClientHandle } from '../handle/client.js'
import type { Limits, Status } from '../handle/options.js'
import type { PageClock } from './clock.js'
import { type Facts, type RoomFacts, type RoomNews, type Shown, storyOf } from './messages.js'

/** Those that are compared: the time is a moment of another clock. */
const FACTS = ['status', 'durability', 'denied'] as const

/** What was told last of a room. */
interface Known {
  readonly facts: RoomFacts
  readonly syncedAt: number | undefined
  readonly me: number | undefined
}

/** @internal */
export class FactBook {
  readonly #handle: ClientHandle
  readonly #clock: PageClock
  readonly #stored: () => boolean
  readonly #refused: (name: string) => CodeName | undefined
  readonly #rooms = new Map<string, Known>()
  #told: Facts | undefined
  #limits: Limits | undefined
  #failure: SynclineError | undefined

  /** `refused` says why the one that leads could not open a room. */
  constructor(handle: ClientHandle, clock: PageClock, stored: () => boolean, refused: (name: string) => CodeName | undefined) {
    this.#handle = handle
    this.#clock = clock
    this.#stored = stored
    this.#refused = refused
  }

  /** Storage failed, or does not any more. */
  fail(error: SynclineError | undefined): void {
    this.#failure = error
  }

  /** A room is to be told about anew. */
  forget(name: string): void {
    this.#rooms.delete(name)
  }

  /** All of a room. */
  of(name: string): RoomNews {
    return { name, facts: this.#look(name).facts, shown: this.#shown(name) }
  }

  /** What is news of a room; who is in it only if that may be another, as there may be many. */
  news(name: string, moved: boolean): RoomNews | undefined {
    const before = this.#rooms.get(name)
    const now = this.#look(name)
    const { facts, syncedAt, me } = now
    const shows = moved || before === undefined || before.me !== me
    const same = before !== undefined && before.syncedAt === syncedAt && FACTS.every((fact) => before.facts[fact] === facts[fact])
    if (same && !shows) return undefined
    this.#rooms.set(name, now)
    return { name, facts, ...(shows && { shown: this.#shown(name) }) }
  }

  #look(name: string): Known {
    const room = this.#handle.room(name) ?? 0
    const { status, syncedAt } = this.#handle.status(room) ?? {}
    const synced = syncedAt === undefined ? undefined : Math.round(Date.now() - (this.#clock.now() - syncedAt) / 1_000)
    const denied = this.#refused(name) ?? this.#handle.denied(room)
    const facts = { status, synced, durability: this.#handle.durability(room), denied }
    return { facts, syncedAt, me: this.#handle.presenceMe(room) }
  }

  #shown(name: string): Shown {
    const room = this.#handle.room(name) ?? 0
    return { others: this.#handle.presences(room), me: this.#handle.presenceMe(room), own: this.#handle.presenceOwn(room) }
  }

  /** All of the client. */
  ofClient(): Facts {
    const status: Status = this.#handle.overallStatus()
    // They are another only where a connection was made.
    if (this.#limits === undefined || status !== this.#told?.status) this.#limits = this.#handle.limits()
    return this.current({ status, limits: this.#limits })
  }

  /** What was to be told once something is stored, and how storage is by then. */
  current({ status, limits }: Pick<Facts, 'status' | 'limits'>): Facts {
    const failure = this.#failure && storyOf(this.#failure)
    return { status, limits, stored: this.#stored(), ...(failure && { failure }) }
  }

  /** What is news of the client. */
  newsOfClient(): Facts | undefined {
    const before = this.#told
    const now = this.ofClient()
    const same = before?.status === now.status && before.stored === now.stored && before.limits === now.limits
    if (same && before.failure?.actual === now.failure?.actual) return undefined
    this.#told = now
    return now
  }
}
