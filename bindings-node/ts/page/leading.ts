/** The tab that leads: what the others are told and when, and what it does for them. */

import { errorOf, SynclineError } from '../errors.js'
import type { Facts, Adopted, Message, RoomFacts, TabChannel, TabId, Told } from './channel.js'
import { plain, storyOf } from './channel.js'
import type { Json } from '../value.js'
import type { PageClock } from './clock.js'
import type { Answer } from './handle.js'
import type { Lead, LeadOutput, Persist } from './lead.js'

type Follow = Extract<Message, { is: 'follow' }>

/** Outputs that tell something about the client, which every tab is to hear; the view of each tab changes by itself. */
const SHARED: ReadonlySet<string> = new Set([
  'verdict', 'refused', 'conflict', 'unknown', 'resumed', 'diverged', 'denied', 'failed', 'presence', 'storageFailed',
])
/** Outputs that this tab alone carries out. */
const OWN: ReadonlySet<string> = new Set(['connect', 'transmit', 'disconnect'])

/** Something that is said once the records up to one are safe. */
interface Due {
  readonly record: number
  readonly say: () => void
}

/** @internal */
export class Leading {
  readonly lead: Lead
  readonly #channel: TabChannel
  readonly #clock: PageClock
  readonly #term: number
  readonly #storage: () => Facts['storage']
  readonly #watch: (tab: TabId) => void
  /** What each tab has open, this one included, and whether to write. */
  readonly #tabs = new Map<TabId, Map<string, boolean>>()
  /** What is said once what it rests upon cannot be lost any more. */
  readonly #due: Due[] = []
  readonly #adopted = new Map<TabId, Adopted[]>()
  /** What was told last of each room, and of the client, as text. */
  readonly #known = new Map<string, string>()
  /** What was told last of where edits are kept. */
  #stored: Facts['storage'] | undefined
  /** A tab opened a room, and is to hear how it is. */
  #asked = false

  constructor(parts: {
    readonly lead: Lead
    readonly channel: TabChannel
    readonly clock: PageClock
    readonly term: number
    readonly storage: () => Facts['storage']
    /** Has `gone` called when the tab ends. */
    readonly watch: (tab: TabId) => void
  }) {
    this.lead = parts.lead
    this.#channel = parts.channel
    this.#clock = parts.clock
    this.#term = parts.term
    this.#storage = parts.storage
    this.#watch = parts.watch
  }

  /** Says that this tab leads; every tab answers by following. */
  announce(): void {
    this.#channel.say({ is: 'lead', term: this.#term })
  }

  /** Where edits without a verdict are kept. */
  get storage(): Facts['storage'] {
    return this.#storage()
  }

  /** Whether no other tab follows. */
  get alone(): boolean {
    return [...this.#tabs.keys()].every((tab) => tab === this.#channel.tab)
  }

  #tick(): void {
    this.lead.handle.setNow(this.#clock.now())
  }

  /** A record was made: it is followed once it is safe. */
  recorded({ record, replace, bytes }: Persist): void {
    this.#later(() => { this.#channel.say({ is: 'log', term: this.#term, record, replace, bytes }, !this.alone) }, record)
  }

  #later(say: () => void, record = this.lead.record): void {
    this.#due.push({ record, say })
  }

  /** Takes what this tab is to do; everything else is told to all tabs, this one included. */
  drain(): LeadOutput[] {
    const outputs = this.lead.drain()
    for (const [to, drafts] of this.#adopted) {
      this.#later(() => { this.#channel.say({ is: 'adopted', to, term: this.#term, drafts }) })
    }
    this.#adopted.clear()
    if (outputs.length > 0 || this.#asked || this.#storage() !== this.#stored) this.#tell(outputs)
    this.#asked = false
    this.#flush()
    return outputs.filter(({ kind }) => OWN.has(kind))
  }

  /** Says what is due. */
  #flush(): void {
    while (this.#due[0] !== undefined && this.#due[0].record <= this.lead.safe) this.#due.shift()?.say()
  }

  #tell(outputs: readonly LeadOutput[]): void {
    const told: Told[] = []
    for (const output of outputs) {
      if (!SHARED.has(output.kind)) continue
      const room = 'room' in output && output.room !== undefined ? this.lead.handle.roomName(output.room) : undefined
      told.push(plain(room, output))
    }
    const rooms = [...this.#open()].map((name): [string, RoomFacts] => [name, this.#factsOf(name)]).filter(([name, facts]) => this.#isNews(name, facts))
    const facts = this.#facts()
    const news = this.#isNews('', facts)
    this.#stored = facts.storage
    if (told.length === 0 && rooms.length === 0 && !news) return
    this.#later(() => {
      this.#channel.say({ is: 'told', term: this.#term, told, rooms, ...(news && { facts }) }, !this.alone)
    })
  }

  #isNews(name: string, facts: RoomFacts | Facts): boolean {
    const text = JSON.stringify(facts)
    if (this.#known.get(name) === text) return false
    this.#known.set(name, text)
    return true
  }

  /** The rooms that any tab has open. */
  #open(): Set<string> {
    return new Set([...this.#tabs.values()].flatMap((rooms) => [...rooms.keys()]))
  }

  #facts(): Facts {
    const { handle } = this.lead
    return { status: handle.overallStatus(), limits: handle.limits(), storage: this.#storage() }
  }

  #factsOf(name: string): RoomFacts {
    const { handle } = this.lead
    const room = handle.room(name) ?? 0
    const { status, syncedAt } = handle.status(room) ?? {}
    return {
      status,
      synced: syncedAt === undefined ? undefined : Math.round(Date.now() - (this.#clock.now() - syncedAt) / 1_000),
      durability: handle.durability(room),
      denied: handle.denied(room),
      others: handle.presences(room),
      me: handle.presenceMe(room),
      own: handle.presenceOwn(room),
    }
  }

  /** What a tab says. */
  hear(message: Message): void {
    const { from } = message
    switch (message.is) {
      case 'follow':
        this.#follow(message)
        return
      case 'open':
        this.#openFor(from, message.room, message.writes)
        return
      case 'close':
        this.#tabs.get(from)?.delete(message.room)
        this.#closeUnlessHeld(message.room)
        return
      case 'propose':
        for (const proposal of message.proposals) this.#adopt(from, proposal)
        return
      case 'ping':
        this.#channel.say({ is: 'pong', to: from, term: this.#term })
        return
      case 'bye':
        this.gone(from)
        return
      default:
        this.#act(message)
    }
  }

  /** Does what only the engine that leads can do. */
  #act(message: Message): void {
    const { handle } = this.lead
    this.#tick()
    switch (message.is) {
      case 'flush':
        handle.flush()
        return
      case 'reconnect':
        handle.reconnect()
        return
      case 'token':
        handle.setToken(message.token)
        return
      case 'forget':
      case 'presence': {
        const room = handle.room(message.room)
        if (room === undefined) return
        if (message.is === 'forget') handle.forgetRoom(room)
        else if (message.patch === undefined) handle.clearPresence(room)
        else handle.setPresence(room, message.patch)
        return
      }
      case 'resolve':
        this.resolve(message.room, message.draft, message.resolution)
    }
  }

  /** Decides a conflict; one that was decided meanwhile is told about by itself. */
  resolve(name: string, draft: number, resolution: Answer): number | undefined {
    const { handle } = this.lead
    const room = handle.room(name)
    if (room === undefined) return undefined
    this.#tick()
    try {
      return handle.resolve(room, draft, resolution)
    } catch (error) {
      if (error instanceof SynclineError) return undefined
      throw error
    }
  }

  #openFor(tab: TabId, name: string, writes: boolean): void {
    const rooms = this.#tabs.get(tab)
    if (rooms === undefined) return
    rooms.set(name, writes || rooms.get(name) === true)
    this.#known.delete(name)
    this.#asked = true
    this.#tick()
    try {
      this.lead.handle.open(name, writes)
    } catch (error) {
      // Beyond a limit: the tab has the room, without a server.
      if (!(error instanceof SynclineError)) throw error
    }
  }

  #closeUnlessHeld(name: string): void {
    if (this.#open().has(name)) return
    const number = this.lead.handle.room(name)
    if (number === undefined) return
    this.#tick()
    this.lead.handle.closeRoom(number)
    this.#known.delete(name)
  }

  /** A tab wants to hear everything. */
  #follow({ from, rooms, waiting, shown }: Follow): void {
    const before = this.#tabs.get(from)
    if (before === undefined && from !== this.#channel.tab) this.#watch(from)
    this.#tabs.set(from, new Map())
    for (const [name, writes] of rooms) this.#openFor(from, name, writes)
    for (const name of before?.keys() ?? []) this.#closeUnlessHeld(name)
    for (const [name, own] of shown) this.#show(name, own)
    const { record, bytes } = this.lead.handle.snapshot()
    const known = rooms.map(([name]): [string, RoomFacts] => [name, this.#factsOf(name)])
    const facts = this.#facts()
    const fates = waiting.map((each) => {
      const room = this.lead.handle.room(each.room)
      const fate = room === undefined ? ({ fate: 'unseen' } as const) : this.lead.handle.fate(room, from, each.proposal)
      return { ...each, ...fate }
    })
    this.#later(() => {
      this.#channel.say({ is: 'state', to: from, term: this.#term, record, snapshot: bytes, facts, rooms: known, fates })
    }, record)
  }

  /** Shows what a tab showed of this client before, unless something is shown. */
  #show(name: string, own: Json): void {
    const { handle } = this.lead
    const room = handle.room(name)
    if (room !== undefined && handle.presenceOwn(room) === undefined) handle.setPresence(room, own)
  }

  /** Takes an edit of a tab over, once. */
  #adopt(from: TabId, { room, proposal, bytes }: { room: string; proposal: number; bytes: Uint8Array }): void {
    const told = this.#adopted.get(from) ?? []
    this.#adopted.set(from, told)
    this.#tick()
    try {
      told.push({ room, proposal, draft: this.lead.handle.adopt(from, bytes) })
    } catch (thrown) {
      const error = thrown instanceof SynclineError ? thrown : errorOf('Internal', 'an edit that can be taken', String(thrown))
      told.push({ room, proposal, draft: 0, error: storyOf(error) })
    }
  }

  /** A tab has ended: its rooms are closed unless another has them. */
  gone(tab: TabId): void {
    const rooms = this.#tabs.get(tab)
    if (rooms === undefined) return
    this.#tabs.delete(tab)
    for (const name of rooms.keys()) this.#closeUnlessHeld(name)
    this.#tick()
    this.lead.handle.forgetTab(tab)
  }
}
