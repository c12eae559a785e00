/** Which conflicts wait for a decision of a person, and which refusals a person has not seen yet. */

import type { Client } from '../client.js'
import type { Edit } from '../edit.js'
import type { ClientEvents, ConflictEvent, RefusedEvent, RoomEvents } from '../events.js'
import type { Listener } from '../listeners.js'
import type { Resolution } from '../resolvers.js'
import type { Room } from '../room.js'
import { Cell, NONE } from './cell.js'

/** The same for both, whose events differ elsewhere. */
function on<K extends 'conflict' | 'refused'>(target: Client | Room, name: K, listener: Listener<RoomEvents[K]>): () => void {
  return 'presence' in target ? target.on(name, listener) : target.on(name, listener as Listener<ClientEvents[K]>)
}

type Named = { readonly room: string; readonly draft: number }

const nameOf = ({ room, draft }: Named): string => `${draft} ${room}`

/** @internal */
export class ConflictsCell extends Cell<readonly ConflictEvent[]> {
  /** Those that wait, by name, each with what ends the looking after it. */
  readonly #waiting = new Map<string, { readonly conflict: ConflictEvent; readonly forget: () => void }>()
  readonly #target: Client | Room
  #shown: readonly ConflictEvent[] = NONE

  constructor(target: Client | Room) {
    super()
    this.#target = target
  }

  protected read(): readonly ConflictEvent[] {
    return this.#shown
  }

  protected begin(): () => void {
    if (this.#target.closed) return () => {}
    // Those that wait stay when nobody looks, for who looks next.
    return on(this.#target, 'conflict', (event) => {
      this.#add(event)
    })
  }

  #add(event: ConflictEvent): void {
    const resolve = (resolution: Resolution): Edit | undefined => {
      const edit = event.resolve(resolution)
      this.#remove(event)
      return edit
    }
    const target = this.#target
    const room = 'presence' in target ? target : target.rooms.find(({ name }) => name === event.room)
    if (room === undefined) return
    const settled = (other: Named): void => {
      if (nameOf(other) === nameOf(event)) this.#remove(event)
    }
    const forgets = (['refused', 'unknown'] as const).map((name) => room.on(name, settled))
    // It is told of again when the room is opened again.
    const watcher = {
      edited: (): void => {},
      ended: (): void => {
        this.#remove(event)
      },
    }
    room.watchers.add(watcher)
    const forget = (): void => {
      room.watchers.delete(watcher)
      for (const forget of forgets) forget()
    }
    this.#waiting.get(nameOf(event))?.forget()
    this.#waiting.set(nameOf(event), { conflict: { ...event, resolve }, forget })
    this.#show()
  }

  #remove(settled: Named): void {
    this.#waiting.get(nameOf(settled))?.forget()
    if (this.#waiting.delete(nameOf(settled))) this.#show()
  }

  #show(): void {
    this.#shown = [...this.#waiting.values()].map(({ conflict }) => conflict)
    if (this.refresh()) this.tell()
  }
}

/** @internal */
export class RefusalsCell extends Cell<readonly RefusedEvent[]> {
  #kept: readonly RefusedEvent[] = NONE
  readonly #target: Client | Room
  readonly #most: number

  constructor(target: Client | Room, most: number) {
    super()
    this.#target = target
    this.#most = most
  }

  /** Forgets one, or all. */
  readonly dismiss = (refusal?: RefusedEvent): void => {
    this.#show(refusal === undefined ? NONE : this.#kept.filter((other) => other !== refusal))
  }

  protected read(): readonly RefusedEvent[] {
    return this.#kept
  }

  protected begin(): () => void {
    if (this.#target.closed) return () => {}
    return on(this.#target, 'refused', (event) => {
      // What a resolver has dealt with is nobody's concern.
      if (event.by === undefined) this.#show([...this.#kept, event].slice(-this.#most))
    })
  }

  #show(kept: readonly RefusedEvent[]): void {
    if (kept.length === 0 && this.#kept.length === 0) return
    this.#kept = kept
    if (this.refresh()) this.tell()
  }
}
