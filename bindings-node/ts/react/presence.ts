/** How components show who is there, and when this client is not any more. */

import { useEffect, useMemo } from 'react'

import { later } from '../anchor.js'
import type { Json } from '../handle.js'
import { notYet } from '../refusal.js'
import type { Room } from '../room.js'
import { type Patch, type Present, presenceStore, type PresenceStore } from '../store.js'
import { NOBODY } from '../store/course.js'
import { GRACE_MS } from './grace.js'
import { type RoomLike, useRoomOf } from './room.js'
import { part, still, Tracker, useTurn } from './tracker.js'

/** Who is in a room, and how to say what this client shows of itself. */
export interface PresenceView<P> extends Present<P> {
  /** Changes what this client shows of itself, by a merge patch. The same function as long as the room is the same. */
  readonly update: (patch: Patch<P>) => void
}

interface Shown {
  users: number
  cancel: () => void
}

const shown = new WeakMap<Room, Shown>()

/** Shows something of this client until the last component that does has gone for a moment. */
function show(room: Room, begin: () => void): () => void {
  const mine = shown.get(room) ?? { users: 0, cancel: () => {} }
  shown.set(room, mine)
  mine.cancel()
  mine.users += 1
  if (!room.closed && room.presence.self === null) begin()
  return () => {
    mine.users -= 1
    if (mine.users > 0) return
    mine.cancel = later(GRACE_MS, () => {
      if (!room.closed) room.presence.clear()
    })
  }
}

/**
 * Who is in a room: `self` is what this client shows, `others` are the others by number, `id` is its own number.
 *
 * `initial` is shown from when the component is on the page, if nothing is yet; a moment after the last component with this
 * hook has gone, nothing is shown any more. The component is rendered when a member that it reads changes.
 *
 * @example
 * const { others, update } = usePresence('board', { name: 'Ada', cursor: null })
 * return <div onPointerMove={({ clientX }) => update({ cursor: clientX })}>{others.size} others</div>
 */
export function usePresence<P extends object = { readonly [member: string]: Json }>(room: RoomLike, initial?: P): PresenceView<P> {
  const open = useRoomOf('usePresence', room)
  const [tracker, store, first] = useMemo(
    () => [new Tracker(), open === undefined ? undefined : presenceStore<P>(open), initial] as const,
    // Only the first one counts: as a literal it is another object each time.
    [open],
  )
  useEffect(() => {
    if (open === undefined || store === undefined) return undefined
    return show(open, () => {
      if (first !== undefined) store.update(first as Patch<P>)
    })
  }, [open, store, first])
  const update = useMemo(() => updateOf(store), [store])
  const turn = useTurn(tracker)
  return useMemo((): PresenceView<P> => {
    const member = <M extends keyof Present>(name: M): Present<P>[M] =>
      tracker.read(name, () => part(store ?? still<Present<P>>(NOBODY), (present) => present[name]))
    return {
      get id() {
        return member('id')
      },
      get self() {
        return member('self') ?? first ?? null
      },
      get others() {
        return member('others')
      },
      update,
    }
  }, [tracker, store, first, update, turn])
}

function updateOf<P>(store: PresenceStore<P> | undefined): PresenceView<P>['update'] {
  return store?.update ?? (() => {
    throw notYet()
  })
}
