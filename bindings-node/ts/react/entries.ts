/** How components show all keys with a prefix. */

import { useMemo, useSyncExternalStore } from 'react'

import type { Json } from '../handle.js'
import { entriesStore, type Store } from '../store.js'
import { NONE } from '../store/cell.js'
import { type RoomLike, useRoomOf } from './room.js'
import { still } from './tracker.js'

/**
 * The keys with a prefix and their values, in the order of keys.
 *
 * An entry is the same array until that key changes, so that components with `memo` are rendered only for theirs.
 *
 * @example useEntries<Todo>('list', 'todo/').map(([key, todo]) => <Item key={key} name={key} todo={todo} />)
 */
export function useEntries<T = Json>(room: RoomLike, prefix = ''): readonly (readonly [string, T])[] {
  const open = useRoomOf('useEntries', room)
  const store = useMemo(
    (): Store<readonly (readonly [string, T])[]> => (open === undefined ? still(NONE) : entriesStore<T>(open, prefix)),
    [open, prefix],
  )
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getServerSnapshot)
}
