/** How far all rooms of a client are from their server. */

import type { Client } from '../client.js'
import { Cell, retell } from './cell.js'
import { COURSE, NO_STATUS, sameStatus, type SyncStatus } from './course.js'

/** @internal */
export class ClientStatusCell extends Cell<SyncStatus> {
  readonly #client: Client

  constructor(client: Client) {
    super()
    this.#client = client
  }

  protected read(last: SyncStatus = NO_STATUS): SyncStatus {
    const client = this.#client
    if (client.closed) return sameStatus(last, 'offline', last.pending, last.lastSynced)
    const { status, pending } = client
    if (last.status === status && last.pending === pending) return last
    return sameStatus(last, status, pending, earliest(client))
  }

  protected begin(): () => void {
    const client = this.#client
    if (client.closed) return () => {}
    const look = (): void => {
      retell([this])
    }
    const forgets = (['change', ...COURSE] as const).map((name) => client.on(name, look))
    client.whenEnded.add(look)
    return () => {
      client.whenEnded.delete(look)
      for (const forget of forgets) forget()
    }
  }
}

/** Since when something may be missing in one of the rooms. */
function earliest(client: Client): Date | null {
  const dates = client.rooms.map(({ lastSynced }) => lastSynced?.getTime() ?? -Infinity)
  const least = Math.min(...dates)
  return Number.isFinite(least) ? new Date(least) : null
}
