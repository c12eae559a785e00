/** How components have a person decide about conflicts, and show what was refused. */

import { useMemo, useSyncExternalStore } from 'react'

import type { Client } from '../client.js'
import type { ConflictEvent, RefusedEvent } from '../events.js'
import type { Room } from '../room.js'
import { conflictsStore, refusalsStore, type RefusalsStore, type Store } from '../store.js'
import { NONE } from '../store/cell.js'
import { useGiven } from './context.js'
import { type RoomLike, useRoomOf } from './room.js'
import { still } from './tracker.js'

/** The conflicts that wait for a person. */
export interface ConflictView {
  /** The first one, with its three sides and `resolve`. */
  readonly conflict: ConflictEvent | undefined
  /** How many wait, with the first one. */
  readonly waiting: number
}

/** What was refused and is not dismissed. */
export interface RefusalsView {
  /** The last ones, the newest at the end. */
  readonly refusals: readonly RefusedEvent[]
  /** Forgets one of them, or all. */
  readonly dismiss: (refusal?: RefusedEvent) => void
}

/** The room, or the client where no room was asked for. */
function useTarget(hook: string, room: [] | [RoomLike]): Client | Room | undefined {
  const client = useGiven(hook, room.length === 0)
  const open = useRoomOf(hook, room[0])
  return room.length === 0 ? client : open
}

/**
 * The conflict that waits longest for a person's decision, of keys whose resolver is `'ask'`: of a room, or without an
 * argument of all rooms of the client.
 *
 * Conflicts are asked about while a component with this hook is on the page; those that wait then stay, also when it has
 * gone.
 *
 * @example
 * const { conflict } = useConflict()
 * return conflict && <button onClick={() => conflict.resolve(KEEP_MINE)}>keep {JSON.stringify(conflict.mine)}</button>
 */
export function useConflict(...room: [] | [room: RoomLike]): ConflictView {
  const target = useTarget('useConflict', room)
  const store = useMemo((): Store<readonly ConflictEvent[]> => (target === undefined ? still(NONE) : conflictsStore(target)), [target])
  const conflicts = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getServerSnapshot)
  return useMemo(() => ({ conflict: conflicts[0], waiting: conflicts.length }), [conflicts])
}

/**
 * What was refused while the component is on the page, of a room, or without an argument of all rooms of the client;
 * without the refusals in whose place a resolver has made an edit.
 *
 * @example
 * const { refusals, dismiss } = useRefusals()
 * return refusals.map((refusal) => <p onClick={() => dismiss(refusal)}>{refusal.key} was not changed: {refusal.code}</p>)
 */
export function useRefusals(...room: [] | [room: RoomLike]): RefusalsView {
  const target = useTarget('useRefusals', room)
  const store = useMemo(
    (): RefusalsStore => (target === undefined ? { ...still(NONE), dismiss: () => {} } : refusalsStore(target)),
    [target],
  )
  const refusals = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getServerSnapshot)
  return useMemo(() => ({ refusals, dismiss: store.dismiss }), [refusals, store])
}
