/** Which conflicts wait for the application, which tab decides by its functions, and whether listeners of any tab were asked. */

import type { TabId, Told } from './messages.js'

/** Milliseconds that tabs have to say that they have listeners, where the one that decides has none. */
const LISTENERS_MS = 1_000

/** Who carries out what comes of it. @internal */
export interface AskedHost {
  /** The tabs that have a room open, and are awake; the one that leads comes first. */
  tabsOf(room: string): readonly TabId[]
  /** Tells the conflict to every tab. */
  tell(told: Told): void
  /** Nobody decides: the server's value stays. */
  giveUp(room: string, draft: number): void
}

interface Asking {
  readonly room: string
  readonly draft: number
  told: Told
  decider: TabId | undefined
  /** Whose listeners were asked. */
  readonly listening: Set<TabId>
  timer: ReturnType<typeof setTimeout> | undefined
}

/** @internal */
export class Asked {
  readonly #host: AskedHost
  readonly #asking: Asking[] = []

  constructor(host: AskedHost) {
    this.#host = host
  }

  /** Somebody is to decide. Gives what is to be told. */
  add(told: Told): Told {
    const room = told.room ?? ''
    const { draft } = told.output as unknown as { draft: number }
    this.done(room, draft)
    const asking: Asking = { room, draft, told, decider: undefined, listening: new Set(), timer: undefined }
    this.#asking.push(asking)
    return this.#assign(asking)
  }

  #assign(asking: Asking): Told {
    asking.decider = this.#host.tabsOf(asking.room)[0]
    asking.told = { ...asking.told, output: { ...asking.told.output, decider: asking.decider } }
    return asking.told
  }

  /** Whether the listeners of a tab were asked. */
  answer(tab: TabId, room: string, draft: number, listeners: boolean): void {
    const asking = this.#asking.find((each) => each.room === room && each.draft === draft)
    if (asking === undefined) return
    if (listeners) asking.listening.add(tab)
    else if (tab === asking.decider) this.#giveTime(asking)
  }

  /** The one that decides has no listeners: others may have. */
  #giveTime(asking: Asking): void {
    clearTimeout(asking.timer)
    asking.timer = setTimeout(() => {
      if (asking.listening.size === 0) this.#host.giveUp(asking.room, asking.draft)
    }, LISTENERS_MS)
  }

  /** It is decided. */
  done(room: string, draft: number): void {
    const at = this.#asking.findIndex((each) => each.room === room && each.draft === draft)
    if (at < 0) return
    clearTimeout(this.#asking[at]?.timer)
    this.#asking.splice(at, 1)
  }

  /** A tab has left a room, or all of them, or cannot decide for a while. */
  left(tab: TabId, room?: string): void {
    const left = this.#asking.filter((asking) => room === undefined || asking.room === room)
    const deserted = left.filter(({ listening }) => listening.delete(tab) && listening.size === 0)
    this.reassign(deserted)
  }

  /** Tells those conflicts again of which nobody decides that could. */
  reassign(deserted: readonly unknown[] = []): void {
    for (const asking of this.#asking) {
      const tabs: readonly (TabId | undefined)[] = this.#host.tabsOf(asking.room)
      const orphaned = !tabs.includes(asking.decider) || deserted.includes(asking)
      if (orphaned && tabs.length > 0) this.#host.tell(this.#assign(asking))
    }
  }

  /** A room is closed: its conflicts are asked about again when it is opened. */
  closed(room: string): void {
    for (const { draft } of this.#asking.filter((each) => each.room === room)) this.done(room, draft)
  }

  /** What waits in these rooms. */
  of(rooms: readonly string[]): Told[] {
    return this.#asking.filter(({ room }) => rooms.includes(room)).map(({ told }) => told)
  }

  /** This tab leads no more. */
  end(): void {
    for (const { timer } of this.#asking.splice(0)) clearTimeout(timer)
  }
}
