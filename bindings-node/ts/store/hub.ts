/** Which cells of a room look again when something happens in it. */

import type { Json } from '../handle.js'
import type { Room } from '../room.js'
import { Cell, NONE, Pool, retell } from './cell.js'
import { COURSE, PresenceCell, StatusCell, VersionCell } from './course.js'

/** What a key shows, twice. @internal */
export type Text = { readonly text: string | undefined; readonly value: Json | undefined }

/** Keys, which are looked through more than once. */
type Keys = readonly string[] | ReadonlySet<string>

const nothing = (): void => {}

/** What a key shows. @internal */
export class KeyCell extends Cell<Text> {
  constructor(readonly hub: Hub, readonly key: string) {
    super()
  }

  protected read(last: Text = { text: undefined, value: undefined }): Text {
    const { room } = this.hub
    if (room.closed) return last
    const text = room.getJson(this.key)
    return text === last.text ? last : { text, value: text === undefined ? undefined : (JSON.parse(text) as Json) }
  }

  protected begin(): () => void {
    const { key, hub } = this
    return hub.join(() => hub.liveKeys.set(key, this), () => hub.liveKeys.delete(key))
  }
}

type Entry = readonly [string, Json]
type Known = { readonly text: string; readonly entry: Entry }

/** What the keys with a prefix show; an entry is the same array as long as its value is the same. @internal */
export class PrefixCell extends Cell<readonly Entry[]> {
  /** The entries by key, with their texts. */
  #known = new Map<string, Known>()
  /** The keys that may be another since the last look; without it, all. */
  #touched: Set<string> | undefined

  constructor(readonly hub: Hub, readonly prefix: string) {
    super()
  }

  /** Looks only at these, of which there was word. */
  touch(keys: Keys): boolean {
    const touched = new Set<string>()
    for (const key of keys) if (key.startsWith(this.prefix)) touched.add(key)
    if (touched.size === 0) return false
    this.#touched = touched
    return true
  }

  protected read(last: readonly Entry[] = NONE): readonly Entry[] {
    const { room } = this.hub
    const touched = this.#touched
    this.#touched = undefined
    if (room.closed) return last
    const known = touched !== undefined && [...touched].every((key) => this.#known.has(key) === room.has(key)) ? this.#known : undefined
    // The same keys: only what was touched is asked for. Otherwise the room says in which order they are.
    if (known !== undefined) for (const key of touched ?? []) this.#keep(known, key)
    else {
      const all = new Map<string, Known>()
      for (const key of room.keys(this.prefix)) this.#keep(all, key)
      this.#known = all
    }
    const entries = [...this.#known.values()].map(({ entry }) => entry)
    return entries.length === last.length && entries.every((entry, index) => entry === last[index]) ? last : entries
  }

  #keep(known: Map<string, Known>, key: string): void {
    const text = this.hub.room.getJson(key)
    const before = this.#known.get(key)
    if (text !== undefined) known.set(key, text === before?.text ? before : { text, entry: [key, JSON.parse(text) as Json] })
  }

  protected begin(): () => void {
    return this.hub.joinIn(this.hub.livePrefixes, this)
  }
}

/**
 * The cells of a room, and the few listeners that serve them all: a change costs as much as there are cells of its keys.
 *
 * @internal
 */
export class Hub {
  readonly keys = new Pool((key) => new KeyCell(this, key))
  readonly prefixes = new Pool((prefix) => new PrefixCell(this, prefix))
  readonly version = new VersionCell(this)
  readonly status = new StatusCell(this)
  readonly presence = new PresenceCell(this)
  /** Those that somebody listens to. */
  readonly liveKeys = new Map<string, KeyCell>()
  readonly livePrefixes = new Set<PrefixCell>()
  readonly liveCourse = new Set<Cell<unknown>>()
  readonly livePresence = new Set<Cell<unknown>>()
  #live = 0
  #forget = nothing

  constructor(readonly room: Room) {}

  /** Somebody listens to a cell now, which is entered where it is found, until the function that is returned is called. */
  join(enter: () => void, leave: () => void): () => void {
    if (this.room.closed) return nothing
    enter()
    this.#live += 1
    if (this.#live === 1) this.#forget = this.#begin()
    return () => {
      leave()
      this.#live -= 1
      if (this.#live > 0) return
      this.#forget()
      this.#forget = nothing
    }
  }

  /** The same for a cell of which there is one of its kind, or that is looked for among few. */
  joinIn<C extends Cell<unknown>>(live: Set<C>, cell: C): () => void {
    return this.join(() => live.add(cell), () => live.delete(cell))
  }

  #begin(): () => void {
    const { room } = this
    const course = (): void => {
      retell(this.liveCourse)
    }
    const showed = (): void => {
      retell(this.livePresence)
    }
    const watcher = {
      edited: (keys: Keys): void => {
        this.#changed(keys)
      },
      showed,
      ended: course,
    }
    room.watchers.add(watcher)
    const forgets = [
      room.on('change', ({ keys }) => {
        this.#changed(keys)
      }),
      ...(['presence', 'status'] as const).map((name) => room.on(name, showed)),
      ...COURSE.map((name) => room.on(name, course)),
    ]
    return () => {
      room.watchers.delete(watcher)
      for (const forget of forgets) forget()
    }
  }

  #changed(keys: Keys): void {
    const cells: Cell<unknown>[] = [...this.liveCourse]
    for (const key of keys) {
      const cell = this.liveKeys.get(key)
      if (cell !== undefined) cells.push(cell)
    }
    for (const cell of this.livePrefixes) if (cell.touch(keys)) cells.push(cell)
    retell(cells)
  }
}

const hubs = new WeakMap<Room, Hub>()

/** The hub of a room. @internal */
export function hubOf(room: Room): Hub {
  const known = hubs.get(room)
  if (known !== undefined) return known
  const made = new Hub(room)
  hubs.set(room, made)
  return made
}
