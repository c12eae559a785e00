/** How components show keys of a room and edit them. */

import { useMemo } from 'react'

import type { Edit } from '../edit.js'
import type { Json, Status } from '../handle.js'
import { checkNames, checkType, invalid, notYet } from '../refusal.js'
import type { Room } from '../room.js'
import type { Storable } from '../storable.js'
import { entriesStore, type KeyStore, keyStore, type Patch, type Store, versionStore } from '../store.js'
import { NONE } from '../store/cell.js'
import { type RoomLike, useRoomOf } from './room.js'
import { statusView } from './status.js'
import { still, Tracker, useTurn } from './tracker.js'

/** How a room is doing, beside what its keys show. A component that reads none of these is not rendered for them. */
interface Course {
  /** The version up to which the room is confirmed here, as of its last event. */
  readonly version: number | undefined
  /** How far the room is from its server. */
  readonly status: Status
  /** Edits of the room without a verdict. */
  readonly pending: number
  /** The room; `undefined` as long as it is not open. */
  readonly room: Room | undefined
}

/** A key as a component sees it. Its functions are the same as long as room and key are. */
export interface KeyState<T, Shown = T> extends Course, Pick<KeyStore<T, Shown>, 'set' | 'merge' | 'delete'> {
  /** What the key shows; `initial` as long as it shows nothing. */
  readonly state: Shown
}

/** Which room {@link useSharedState} shows as one state, and what its keys are without a value. */
export interface SharedStateOptions<State extends object> {
  room: RoomLike
  initialState: State
}

/** A room as a component sees it: one member of the state for each key. */
export interface RoomState<State extends object> extends Course {
  /**
   * What the keys show, on top of `initialState`. The component is rendered for the keys that it, or one below it, has read
   * from it since it was last rendered for one; for all, if it has asked which there are.
   */
  readonly state: Readonly<State>
  /** What a key shows. In the rendering it is as the member of `state`; elsewhere, as in handlers, nothing is rendered for it. */
  readonly get: <Key extends keyof State & string>(key: Key) => State[Key]
  /** Sets a key, to a value or to what a function makes of what it shows. */
  readonly set: <Key extends keyof State & string>(
    key: Key,
    next: (State[Key] & Storable<State[Key]>) | ((previous: State[Key]) => State[Key] & Storable<State[Key]>),
  ) => Edit
  /**
   * Merges a patch into the state (RFC 7396), as one edit: keys that are `null` are taken out, objects are merged, others
   * are set.
   */
  readonly merge: (patch: Patch<State>) => Edit
}

const fail = (): never => {
  throw notYet()
}

/** The store of a key; as long as there is no room, of its initial value. */
function storeOf(room: Room | undefined, key: string, initial: unknown): KeyStore<unknown> {
  if (room !== undefined) return keyStore(room, key, initial)
  return { ...still(initial), set: fail, update: fail, merge: fail, delete: fail }
}

/** One object of the members of several, whose getters stay getters: what nobody asks for is not read. */
function joined<T extends object, C extends object>(first: T, second: C): T & C {
  return Object.defineProperties(first, Object.getOwnPropertyDescriptors(second)) as T & C
}

/** What a component shows of a room, and edits. */
abstract class Share<View> {
  readonly tracker = new Tracker()

  constructor(protected readonly room: Room | undefined) {}

  /** Another object after each change of what was read. */
  abstract view(): View

  protected course(): Course {
    const { room, tracker } = this
    const course = {
      get version() {
        return tracker.read('version', () => (room === undefined ? still(undefined) : versionStore(room)))
      },
      room,
    }
    return joined(course, statusView(tracker, room))
  }
}

class KeyShare extends Share<KeyState<unknown>> {
  readonly #store: KeyStore<unknown>

  constructor(room: Room | undefined, key: string, initial: unknown) {
    super(room)
    checkType('key', key, 'string')
    this.#store = storeOf(room, key, initial)
  }

  view(): KeyState<unknown> {
    const store = this.#store
    const { set, merge, delete: remove } = store
    const { tracker } = this
    const key = {
      get state() {
        return tracker.read('state', () => store)
      },
      set,
      merge,
      delete: remove,
    }
    return joined(key, this.course())
  }
}

type Values = Readonly<Record<string, unknown>>

class RoomShare extends Share<RoomState<Record<string, unknown>>> {
  readonly #initial: Values

  constructor(room: Room | undefined, initial: unknown) {
    super(room)
    if (typeof initial !== 'object' || initial === null) throw invalid('an object as initialState', String(initial))
    this.#initial = initial as Values
  }

  view(): RoomState<Record<string, unknown>> {
    const { get, set, merge } = this
    return joined({ state: this.#state(), get, set, merge }, this.course()) as unknown as RoomState<Record<string, unknown>>
  }

  readonly get = (key: string): unknown => this.tracker.ask(`key ${key}`, () => this.#storeOf(key))

  #read(key: string): unknown {
    return this.tracker.read(`key ${key}`, () => this.#storeOf(key))
  }

  readonly set = (key: string, next: unknown): Edit => this.#storeOf(key).set(next as never)

  readonly merge = (patch: Values): Edit => {
    const room = this.room ?? fail()
    return room.batch((batch) => {
      for (const [key, value] of Object.entries(patch)) {
        if (value === undefined) continue
        const initial = this.#initialOf(key)
        if (value === null) batch.delete(key)
        else if (!isPlain(value)) batch.set(key, value as Json)
        else {
          // The patch changes what is shown, also where that is not in the room yet.
          if (initial !== undefined && !room.has(key)) batch.set(key, initial as Json)
          batch.merge(key, value as Json)
        }
      }
    })
  }

  #initialOf(key: string): unknown {
    return Object.hasOwn(this.#initial, key) ? this.#initial[key] : undefined
  }

  #storeOf(key: string): KeyStore<unknown> {
    return storeOf(this.room, key, this.#initialOf(key))
  }

  /** The keys that show something. */
  #keys(): string[] {
    const { room, tracker } = this
    const find = (): Store<readonly (readonly [string, unknown])[]> => (room === undefined ? still(NONE) : entriesStore<unknown>(room))
    const entries = tracker.read('entries', find)
    return [...new Set([...Object.keys(this.#initial), ...entries.map(([key]) => key)])]
  }

  /** The state as an object, each of whose members is read when it is asked for. */
  #state(): Values {
    const get = (key: string): unknown => this.#read(key)
    return new Proxy<Record<string, unknown>>({}, {
      get: (none, key) => {
        const value = typeof key === 'string' ? get(key) : undefined
        return value === undefined ? (Reflect.get(none, key) as unknown) : value
      },
      has: (none, key) => (typeof key === 'string' && get(key) !== undefined) || Reflect.has(none, key),
      ownKeys: () => this.#keys(),
      getOwnPropertyDescriptor: (_, key) => {
        const value = typeof key === 'string' ? get(key) : undefined
        return value === undefined ? undefined : { value, enumerable: true, configurable: true, writable: true }
      },
      set: () => {
        throw invalid('an edit by set or merge', 'an assignment to state')
      },
      deleteProperty: () => {
        throw invalid('an edit by merge, of null', 'a member of state that is deleted')
      },
      defineProperty: () => {
        throw invalid('an edit by set or merge', 'a member of state that is defined')
      },
    })
  }
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function isOptions(given: unknown): given is SharedStateOptions<object> {
  return typeof given === 'object' && given !== null && 'initialState' in given
}

/**
 * A key of a room as a component's state; while the key has no value, `initial`.
 *
 * `set` shows at once and returns the edit, whose `settled` is the verdict; a refused edit is taken back on the screen without
 * any code. The component is rendered for what it reads of the result: one that takes only `state` and `set` is rendered for
 * edits of this key and for nothing else.
 *
 * `room` is a name, which opens the room as `useRoom` does, or a room. As long as there is none, as on a server, `state` is
 * `initial`, and edits throw `Unavailable`.
 *
 * @example
 * const { state: count, set } = useSharedState('cart-1', 'visits', 0)
 * return <button onClick={() => set((previous) => previous + 1)}>{count}</button>
 */
export function useSharedState<T>(room: RoomLike, key: string, initial: T): KeyState<T>
export function useSharedState<T = Json>(room: RoomLike, key: string): KeyState<T, T | undefined>
/**
 * All keys of a room as one state, on top of `initialState`.
 *
 * The component is rendered for the members of `state` that it reads.
 *
 * @example
 * const { state, set, merge } = useSharedState({ room: 'cart-1', initialState: { title: '', open: true } })
 * return <input value={state.title} onChange={({ target }) => set('title', target.value)} />
 */
export function useSharedState<State extends object>(options: SharedStateOptions<State>): RoomState<State>
export function useSharedState(given: RoomLike | SharedStateOptions<object>, key?: string, initial?: unknown): unknown {
  const options = isOptions(given) ? given : undefined
  if (options !== undefined) checkNames('options of useSharedState', options, ['room', 'initialState'])
  const isWhole = options !== undefined
  const room = useRoomOf('useSharedState', isOptions(given) ? given.room : given)
  const share = useMemo(
    () => (isWhole ? new RoomShare(room, options.initialState) : new KeyShare(room, key as string, initial)),
    // Only the first initial value counts: as a literal it is another object each time.
    [room, key, isWhole],
  )
  const turn = useTurn(share.tracker)
  return useMemo(() => share.view(), [share, turn])
}
