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

/** What components of this tab show of the client in a room. */
class Shown {
  users = 0
  cancel = (): void => {}
  /** Whether any of them has said something: what is shown is theirs then. */
  own = false
  readonly #room: Room
  readonly #store: PresenceStore<Json>
  readonly #forget: () => void
  /** What was there last. */
  #last: Json = null

  constructor(room: Room) {
    this.#room = room
    this.#store = presenceStore(room)
    this.#forget = this.#store.subscribe(() => { this.#look() })
  }

  say(patch: Patch<Json>): void {
    this.#store.update(patch)
    this.own = true
  }

  /** Takes back what they have said, once there is none of them. */
  end(): void {
    this.#forget()
    shown.delete(this.#room)
    if (this.own && !this.#room.closed) this.#room.presence.clear()
  }

  /** The presence is that of all tabs: what another one takes back, in which nobody shows it any more, is still shown here. */
  #look(): void {
    if (this.#room.closed) return
    const { self, cleared } = this.#room.presence
    if (self !== null) this.#last = self
    else if (this.own && this.users > 0 && !cleared) this.#store.update(this.#last as Patch<Json>)
  }
}

const shown = new WeakMap<Room, Shown>()

function shownIn(room: Room): Shown {
  const mine = shown.get(room) ?? new Shown(room)
  shown.set(room, mine)
  return mine
}

/** Shows something of this client until the last component that does has gone for a moment. */
function show(room: Room, first: Patch<Json> | undefined): () => void {
  const mine = shownIn(room)
  mine.cancel()
  if (first !== undefined) {
    if (!room.closed && room.presence.self === null) mine.say(first)
    mine.own = true
    room.presence.cleared = false
  }
  mine.users += 1
  return () => {
    mine.users -= 1
    if (mine.users === 0) mine.cancel = later(GRACE_MS, () => { mine.end() })
  }
}

/**
 * Who is in a room: `self` is what this client shows, `others` are the others by number, `id` is its own number.
 *
 * `initial` is shown from when the component is on the page, if nothing is yet; a moment after the last component with this
 * hook has gone, in all tabs, what such components have said is taken back. What the application clears itself stays cleared
 * in its tab, and in the others as long as none of their components shows it.
 * The component is rendered when a member that it reads changes.
 *
 * @example
 * const { others, update } = usePresence('board', { name: 'Ada', cursor: null })
 * return <div onPointerMove={({ clientX }) => update({ cursor: clientX })}>{others.size} others</div>
 */
export function usePresence<P extends object = { readonly [member: string]: Json }>(room: RoomLike, initial?: P): PresenceView<P> {
  const open = useRoomOf('usePresence', room)
  const mine = useMemo(
    // Only the first one counts: as a literal it is another object each time.
    () => ({
      tracker: new Tracker(), store: open === undefined ? still<Present<P>>(NOBODY) : presenceStore<P>(open), first: initial, begun: false,
    }),
    [open],
  )
  const { tracker, store } = mine
  useEffect(() => {
    if (open === undefined) return undefined
    // From now on it is the room that says what is shown.
    if (!open.closed) mine.begun = true
    return show(open, mine.first as Patch<Json> | undefined)
  }, [open, mine])
  const update = useMemo(() => updateOf<P>(open), [open])
  const turn = useTurn(tracker)
  return useMemo((): PresenceView<P> => {
    const member = <M extends keyof Present>(name: M): Present<P>[M] =>
      tracker.read(name, () => part(store, (present) => present[name]))
    return {
      get id() {
        return member('id')
      },
      get self() {
        return member('self') ?? (mine.begun ? undefined : mine.first) ?? null
      },
      get others() {
        return member('others')
      },
      update,
    }
  }, [mine, tracker, store, update, turn])
}

function updateOf<P>(room: Room | undefined): PresenceView<P>['update'] {
  return (patch) => {
    if (room === undefined) throw notYet()
    const mine = shownIn(room)
    mine.say(patch as Patch<Json>)
    if (mine.users > 0) return
    // Said before the component is there, or after it: then nobody else takes it back.
    mine.cancel()
    mine.cancel = later(GRACE_MS, () => { mine.end() })
  }
}
