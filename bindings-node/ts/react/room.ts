/** Which rooms are open because components show them. */

import { useMemo, useSyncExternalStore } from 'react'

import { later } from '../anchor.js'
import type { Client } from '../client.js'
import { checkNames, checkType, invalid } from '../refusal.js'
import type { Room, RoomOptions } from '../room.js'
import { useGiven } from './context.js'
import { GRACE_MS } from './grace.js'

/** A room by its name, or an open one; without one nothing is shown yet. */
export type RoomLike = Room | string | undefined

/** A room, and the components that show it: what tells each of them that it is another. */
interface Held {
  room: Room
  write: boolean
  readonly users: Set<() => void>
  cancel: () => void
}

const held = new WeakMap<Client, Map<string, Held>>()

/** Opens a room, which is the application's afterwards only if it was before. */
function open(client: Client, name: string, write: boolean): Room {
  const claimed = client.rooms.find((room) => room.name === name)?.claimed ?? false
  return Object.assign(client.room(name, { write }), { claimed })
}

/** The room of this name, opened if need be; it is closed in a moment, unless somebody uses it by then. */
function hold(client: Client, name: string, write: boolean): Held {
  const rooms = held.get(client) ?? new Map<string, Held>()
  held.set(client, rooms)
  const known = rooms.get(name)
  // Of a client that was closed, what was there last is shown.
  if (known !== undefined && (client.closed || (!known.room.closed && (known.write || !write)))) return known
  const wanted = write || known?.write === true
  const room = open(client, name, wanted)
  const mine: Held = known ?? { room, write: wanted, users: new Set(), cancel: () => {} }
  // The application may close what components show: they have it opened again, once it is closed.
  if (known?.room !== room) {
    room.onEnd(() => {
      queueMicrotask(() => {
        for (const notify of [...mine.users]) notify()
      })
    })
  }
  Object.assign(mine, { room, write: wanted })
  rooms.set(name, mine)
  if (known === undefined) leave(rooms, mine)
  return mine
}

/** Closes a room a moment later, unless somebody uses it by then. */
function leave(rooms: Map<string, Held>, left: Held): void {
  left.cancel()
  left.cancel = later(GRACE_MS, () => {
    const { room } = left
    if (rooms.get(room.name) === left) rooms.delete(room.name)
    if (!room.claimed) room.close()
  })
}

/** A component's use of a room. */
class Lease {
  readonly #client: Client
  readonly #name: string
  readonly #write: boolean

  constructor(client: Client, name: string, write: boolean) {
    this.#client = client
    this.#name = name
    this.#write = write
  }

  /**
   * Opens the room, also while a component is rendered that may never be on the page: it is closed in a moment then.
   */
  readonly look = (): Room => hold(this.#client, this.#name, this.#write).room

  readonly subscribe = (notify: () => void): (() => void) => {
    const mine = hold(this.#client, this.#name, this.#write)
    mine.users.add(notify)
    mine.cancel()
    return () => {
      mine.users.delete(notify)
      const rooms = held.get(this.#client)
      if (mine.users.size === 0 && rooms !== undefined) leave(rooms, mine)
    }
  }
}

const nowhere = (): undefined => undefined
const never = (): (() => void) => () => {}

/** The same for a hook of this name. @internal */
export function useRoomOf(hook: string, room: RoomLike, options: RoomOptions = {}): Room | undefined {
  const client = useGiven(hook, typeof room === 'string')
  checkNames('options of a room', options, ['write'])
  const { write = true } = options
  checkType('write', write, 'boolean')
  const isRoom = typeof room === 'object' && (room as unknown) !== null && 'presence' in room
  if (room !== undefined && typeof room !== 'string' && !isRoom) throw invalid(`a room or its name for ${hook}`, String(room))
  const [subscribe, look, lookOnServer] = useMemo(() => {
    if (typeof room !== 'string') return [never, () => room, () => room] as const
    if (client === undefined) return [never, nowhere, nowhere] as const
    const lease = new Lease(client, room, write)
    return [lease.subscribe, lease.look, nowhere] as const
  }, [client, room, write])
  return useSyncExternalStore<Room | undefined>(subscribe, look, lookOnServer)
}

/**
 * A room, open as long as a component shows it: all that name it share it, and it is closed a moment after the last of them
 * has gone. One that the application opens too, before or after, is left open; one that it closes is opened again, as another
 * object, as long as it is shown.
 *
 * `undefined` while the client is being made, on a server, and until a page that came from one has come alive. Throws
 * `InvalidArgument` without a `SynclineProvider`, and what `client.room` throws.
 *
 * @example const room = useRoom('cart-1')
 */
export function useRoom(room: Room, options?: RoomOptions): Room
export function useRoom(room: RoomLike, options?: RoomOptions): Room | undefined
export function useRoom(room: RoomLike, options: RoomOptions = {}): Room | undefined {
  return useRoomOf('useRoom', room, options)
}
