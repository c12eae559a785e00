/** Who else is in a room, and what this client shows of itself. */

import type { Json } from './handle.js'
import type { Room } from './room.js'
import type { Session } from './session.js'

/** Presence in one room: volatile, bounded, and lossy. The room's event `presence` says that something is another. */
export class Presence {
  /** Whether it was cleared in this tab, and not in another of the same client, since something was shown here. @internal */
  cleared = false
  readonly #session: Session
  readonly #room: number
  readonly #owner: Room
  readonly #assertOpen: () => void

  /** @internal */
  constructor(session: Session, room: number, owner: Room, assertOpen: () => void) {
    this.#session = session
    this.#room = room
    this.#owner = owner
    this.#assertOpen = assertOpen
  }

  /** Under which number others see this client, while the room is joined. */
  get id(): number | undefined {
    this.#assertOpen()
    return this.#session.handle.presenceMe(this.#room)
  }

  /** What this client shows of itself; `null` is nothing. */
  get self(): Json {
    this.#assertOpen()
    return this.#session.handle.presenceOwn(this.#room) ?? null
  }

  /** The other participants: their numbers, and what they show. */
  get others(): Map<number, Json> {
    this.#assertOpen()
    return new Map(this.#session.handle.presences(this.#room))
  }

  /**
   * Changes what this client shows of itself, by a merge patch: members that are `null` are taken out.
   *
   * It stays over reconnects. Throws what a merge throws, and `ValueTooLarge`.
   */
  update(patch: { readonly [member: string]: Json }): void {
    this.#assertOpen()
    this.#session.handle.setPresence(this.#room, patch)
    this.#tell(false)
  }

  /** Does something once the room is closed, until the function that is returned is called. @internal */
  onEnd(action: () => void): () => void {
    return this.#owner.onEnd(action)
  }

  /** Shows nothing any more. */
  clear(): void {
    this.#assertOpen()
    this.#session.handle.clearPresence(this.#room)
    this.#tell(true)
  }

  #tell(cleared: boolean): void {
    this.cleared = cleared
    for (const watcher of [...this.#owner.watchers]) watcher.showed?.()
  }
}
