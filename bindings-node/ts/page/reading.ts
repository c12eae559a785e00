/** What a tab that follows reads: its own view, and beyond that what it has heard of the one that leads. */

import type { CodeName } from '../errors.js'
import type { Durability, Limits, RoomStatus, Status } from '../handle/options.js'
import type { Json } from '../value.js'
import type { Following } from './following.js'
import { PageHandle } from './handle.js'

/** @internal */
export abstract class FollowingHandle extends PageHandle {
  protected abstract readonly following: Following

  override presences(room: number): [number, Json][] {
    return [...this.following.shownOf(room).others]
  }
  override presenceMe(room: number): number | undefined {
    return this.following.shownOf(room).me
  }
  override durability(room: number): Durability | undefined {
    return this.following.factsOf(room).durability
  }
  override denied(room: number): CodeName | undefined {
    return this.following.factsOf(room).denied
  }

  override status(room: number): RoomStatus | undefined {
    if (!this.following.open.has(this.handle.roomName(room) ?? '')) return undefined
    const { synced } = this.following.factsOf(room)
    return { status: this.following.statusOf(room), ...(synced !== undefined && { syncedAt: this.clock.now() - (Date.now() - synced) * 1_000 }) }
  }
  override overallStatus(): Status {
    return this.following.status()
  }
  override limits(): Limits {
    return this.following.facts?.limits ?? this.handle.limits()
  }

  override roomName(room: number): string | undefined {
    return this.following.nameOf(room)
  }
}
