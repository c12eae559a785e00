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

/** A room and how many components show it. */
interface Held {
  readonly room: Room
  /** Whether it was opened here, and is closed here. */
  readonly own: boolean
  write: boolean
  users: number
  cancel: () => void
}

const held = new WeakMap<Client, Map<string, Held>>()

/** The room of this name, opened if need be; it is closed in a moment, unless somebody uses it by then. */
function hold(client: Client, name: string, write: boolean): Held {
  const rooms = held.get(client) ?? new Map<string, Held>()
  held.set(client, rooms)
  const known = rooms.get(name)
  // Of a client that was closed, what was there last is shown.
  if (known !== undefined && (client.closed || !known.room.closed || known.users > 0)) {
    if (write && !known.write && !known.room.closed) client.room(name, { write })
    known.write ||= write
    return known
  }
  const own = !client.rooms.some((room) => room.name === name)
  const opened: Held = { room: client.room(name, { write }), own, write, users: 0, cancel: () => {} }
  rooms.set(name, opened)
  leave(rooms, opened)
  return opened
}

/** Closes a room a moment later, unless somebody uses it by then. */
function leave(rooms: Map<string, Held>, left: Held): void {
  left.cancel()
  left.cancel = later(GRACE_MS, () => {
    const { room, own } = left
    if (rooms.get(room.name) === left) rooms.delete(room.name)
    if (own) room.close()
  })
}

/** A component's use of a room. */
class Lease {
  readonly #client: Client
  readonly #name: string
  readonly #write: boolean
  #held: Held | undefined

  constructor(client: Client, name: string, write: boolean) {
    this.#client = client
    this.#name = name
    this.#write = write
  }

  /**
   * Opens the room, also while a component is rendered that may never be on the page: it is closed in a moment then.
   */
  readonly look = (): Room => (this.#held ?? hold(this.#client, this.#name, this.#write)).room

  readonly subscribe = (): (() => void) => {
    const mine = hold(this.#client, this.#name, this.#write)
    this.#held = mine
    mine.users += 1
    mine.cancel()
    return () => {
      this.#held = undefined
      mine.users -= 1
      const rooms = held.get(this.#client)
      if (mine.users === 0 && rooms !== undefined) leave(rooms, mine)
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
 * has gone. A room that the application opened itself is left open.
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
