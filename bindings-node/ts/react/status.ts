/** How components see whether they are in sync. */

import { useMemo } from 'react'

import type { Client } from '../client.js'
import type { Room } from '../room.js'
import { statusStore, type SyncStatus } from '../store.js'
import { NO_STATUS } from '../store/course.js'
import { useClient } from './context.js'
import { type RoomLike, useRoomOf } from './room.js'
import { part, still, Tracker, useTurn } from './tracker.js'

/** A status whose members are read when they are asked for. @internal */
export function statusView(tracker: Tracker, target: Client | Room | undefined): SyncStatus {
  const member = <M extends keyof SyncStatus>(name: M): SyncStatus[M] =>
    tracker.read(name, () => part(target === undefined ? still(NO_STATUS) : statusStore(target), (status) => status[name]))
  return {
    get status() {
      return member('status')
    },
    get pending() {
      return member('pending')
    },
    get lastSynced() {
      return member('lastSynced')
    },
  }
}

function useStatusOf(target: Client | Room | undefined): SyncStatus {
  const tracker = useMemo(() => new Tracker(), [target])
  const turn = useTurn(tracker)
  return useMemo(() => statusView(tracker, target), [tracker, target, turn])
}

/**
 * How far a room is from its server; without an argument the client: the worst of its rooms.
 *
 * The component is rendered when a member that it reads changes. `offline` on a server, and while there is no client.
 *
 * @example
 * const { status, pending, lastSynced } = useSyncStatus()
 * return <span>{status === 'synced' ? 'saved' : `${pending} to send`}</span>
 */
export function useSyncStatus(...room: [] | [room: RoomLike]): SyncStatus {
  // Whether a component asks for a room or for the client is always the same, so that its hooks are.
  return useStatusOf(room.length === 0 ? useClient() : useRoomOf('useSyncStatus', room[0]))
}
