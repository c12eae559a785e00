/** The tab that leads: what the others are told and when, and what it does for them. */

import { type CodeName, errorOf, SynclineError } from '../errors.js'
import type { Json } from '../value.js'
import { Asked } from './asked.js'
import type { TabChannel } from './channel.js'
import type { PageClock } from './clock.js'
import { Due } from './due.js'
import { FactBook } from './facts.js'
import type { Answer } from './handle.js'
import type { Lead, LeadOutput, Persist } from './lead.js'
import { type Adopted, type Base, type Message, plain, type Proposal, type RoomNews, storyOf, type TabId, type Told } from './messages.js'

type Follow = Extract<Message, { is: 'follow' }>

/** Outputs that tell something about the client, which every tab is to hear; the view of each tab changes by itself. */
const SHARED: ReadonlySet<string> = new Set([
  'verdict', 'refused', 'conflict', 'unknown', 'resumed', 'diverged', 'denied', 'failed', 'presence',
])
/** Outputs that this tab alone carries out. */
const OWN: ReadonlySet<string> = new Set(['connect', 'transmit', 'disconnect'])
/** Milliseconds after the end of a tab in which what it said may still arrive. */
const ECHO_MS = 500

/** A tab that follows. */
interface Follower {
  /** What it has open, and whether to write. */
  readonly rooms: Map<string, boolean>
  /** Something that it said did not arrive: it is heard again when it follows anew. */
  missed: boolean
  /** It is not run for a while: nothing is asked of it. */
  asleep: boolean
  /** Rooms in which a proposal could not be taken yet: nor are those after it, until all are proposed again. */
  readonly stuck: Set<string>
}

/** @internal */
export class Leading {
  readonly lead: Lead
  readonly #channel: TabChannel
  readonly #clock: PageClock
  readonly #term: number
  readonly #base: Base
  readonly #watch: (tab: TabId, until: AbortSignal, ended: () => void) => void
  readonly #stir: () => void
  readonly #outdated: () => void
  /** The tabs, this one included. */
  readonly #tabs = new Map<TabId, Follower>()
  readonly #due: Due
  readonly #adopted = new Map<TabId, Adopted[]>()
  /** The name of each room that was open, as what is told of one that is forgotten is told after its end. */
  readonly #names = new Map<number, string>()
  /** Rooms that tabs have open beyond the limit of all together. */
  readonly #refused = new Map<string, CodeName>()
  readonly #facts: FactBook
  readonly #asked: Asked
  /** Rooms of which who is in them may be another. */
  readonly #moved = new Set<string>()
  /** Something may be news although the engine told nothing. */
  #news = false
  /** What this tab is to carry out. */
  readonly #own: LeadOutput[] = []
  /** Ends the waiting for the ends of tabs. */
  readonly #watches = new AbortController()
  #over = false

  constructor(parts: {
    readonly lead: Lead
    readonly channel: TabChannel
    readonly clock: PageClock
    readonly term: number
    readonly base: Base
    /** Has a function called when a tab ends, until that is not waited for any more. */
    readonly watch: (tab: TabId, until: AbortSignal, ended: () => void) => void
    /** There is something to drain. */
    readonly stir: () => void
    /** A tab has heard more than this one knows, which began without it. */
    readonly outdated: () => void
  }) {
    const { lead, clock } = parts
    this.lead = lead
    this.#channel = parts.channel
    this.#clock = clock
    this.#term = parts.term
    this.#base = { term: parts.base.term, record: parts.base.record }
    this.#watch = parts.watch
    this.#stir = parts.stir
    this.#outdated = parts.outdated
    this.#due = new Due(lead, () => { this.announce() })
    this.#facts = new FactBook(lead.handle, clock, () => lead.isStored, (name) => this.#refused.get(name))
    this.#asked = new Asked({
      tabsOf: (room) => this.#tabsOf(room),
      tell: (told) => { this.#say([told], []) },
      giveUp: (room, draft) => {
        this.resolve(room, draft, { keep: 'theirs' })
        this.#stir()
      },
    })
  }

  /** Says that this tab leads; every tab answers by following. */
  announce(): void {
    this.#channel.say({ is: 'lead', term: this.#term })
  }

  /** A tab that is seen is to say something in so many milliseconds. */
  alarm(wait: number): void {
    this.#channel.say({ is: 'alarm', term: this.#term, wait })
  }

  /** Storage failed: every tab is told, and goes on in memory. Without an error it works again. */
  fail(error: SynclineError | undefined): void {
    this.#facts.fail(error)
    this.#news = true
    // At once: it may be that nothing is safe until storage works again.
    if (error !== undefined) this.#channel.say({ is: 'told', term: this.#term, told: [], rooms: [], facts: this.#facts.ofClient() })
  }

  /** This tab leads no more. */
  end(): void {
    this.#over = true
    this.#watches.abort()
    this.#due.end()
    this.#asked.end()
    this.lead.close()
  }

  /** Whether no other tab follows. */
  get alone(): boolean {
    return [...this.#tabs.keys()].every((tab) => tab === this.#channel.tab)
  }

  #tabsOf(room: string): TabId[] {
    const own = this.#channel.tab
    const tabs = [...this.#tabs].filter(([, { rooms, asleep }]) => !asleep && rooms.has(room)).map(([tab]) => tab)
    return tabs.includes(own) ? [own, ...tabs.filter((tab) => tab !== own)] : tabs
  }

  #tick(): void {
    this.lead.handle.setNow(this.#clock.now())
  }

  /** A record was made: it is followed once it is safe. */
  recorded({ record, replace, bytes }: Persist): void {
    this.#due.add(() => { this.#channel.say({ is: 'log', term: this.#term, record, replace, bytes }, !this.alone) }, record)
  }

  /** Takes what this tab is to do; everything else is told to all tabs, this one included. */
  drain(): LeadOutput[] {
    this.#take()
    this.#due.flush()
    return this.#own.splice(0)
  }

  #take(): void {
    const outputs = this.lead.drain()
    for (const [to, drafts] of this.#adopted) {
      this.#due.add(() => { this.#channel.say({ is: 'adopted', to, term: this.#term, drafts }) })
    }
    this.#adopted.clear()
    if (outputs.length > 0 || this.#news) this.#tell(outputs)
    this.#news = false
    this.#own.push(...outputs.filter(({ kind }) => OWN.has(kind)))
  }

  #tell(outputs: readonly LeadOutput[]): void {
    const told: Told[] = []
    for (const output of outputs) {
      if (!SHARED.has(output.kind)) continue
      const room = 'room' in output && output.room !== undefined ? this.#names.get(output.room) : undefined
      if (output.kind === 'presence') this.#moved.add(room ?? '')
      if (output.kind === 'refused' || output.kind === 'unknown') this.#asked.done(room ?? '', output.draft)
      const story = plain(room, output)
      told.push(output.kind === 'conflict' ? this.#asked.add(story) : story)
    }
    const rooms = [...this.#open()].map((name) => this.#facts.news(name, this.#moved.has(name))).filter((news) => news !== undefined)
    this.#moved.clear()
    this.#say(told, rooms)
  }

  #say(told: readonly Told[], rooms: readonly RoomNews[]): void {
    const facts = this.#facts.newsOfClient()
    if (told.length === 0 && rooms.length === 0 && facts === undefined) return
    this.#due.add(() => {
      const news = facts && this.#facts.current(facts)
      this.#channel.say({ is: 'told', term: this.#term, told, rooms, ...(news && { facts: news }) }, !this.alone)
    })
  }

  /** The rooms that any tab has open. */
  #open(): Set<string> {
    return new Set([...this.#tabs.values()].flatMap(({ rooms }) => [...rooms.keys()]))
  }

  /** Something that a tab said did not arrive. */
  missed(tab: TabId): void {
    const follower = this.#tabs.get(tab)
    if (follower !== undefined) follower.missed = true
  }

  /** What a tab says. */
  hear(message: Message): void {
    const { from } = message
    this.#rouse(from, message.is === 'asleep')
    if (message.is === 'follow') this.#follow(message)
    else if (message.is === 'bye') this.gone(from)
    else if ('term' in message) return
    // What was said before is to be known first: proposals are taken in their order, or not at all.
    else if (this.#tabs.get(from)?.missed !== false) this.#channel.say({ is: 'lead', to: from, term: this.#term })
    else this.#act(message)
  }

  /** A tab is put to sleep; or is not, as it says something. */
  #rouse(tab: TabId, asleep: boolean): void {
    const follower = this.#tabs.get(tab)
    if (follower === undefined || follower.asleep === asleep) return
    follower.asleep = asleep
    if (asleep) this.#asked.left(tab)
    else this.#asked.reassign()
  }

  #act(message: Message): void {
    const { from } = message
    const { handle } = this.lead
    this.#tick()
    switch (message.is) {
      case 'open':
        this.#openFor(from, message.room, message.writes)
        this.#tellOf(message.room, from)
        return
      case 'close':
        this.#tabs.get(from)?.rooms.delete(message.room)
        this.#asked.left(from, message.room)
        this.#closeUnlessHeld(message.room)
        return
      case 'propose':
        for (const proposal of message.proposals) this.#adopt(from, proposal)
        return
      case 'ping':
        this.#channel.say({ is: 'pong', to: from, term: this.#term })
        return
      case 'asked':
        this.#asked.answer(from, message.room, message.draft, message.listeners)
        return
      case 'resolve':
        this.#answer(message)
        return
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
        this.#forget(from, message.room)
        return
      case 'presence':
        this.#present(message.room, message.patch)
    }
  }

  /** Tells a tab of what waits in a room that it opens, or that the room is one too many. */
  #tellOf(room: string, to: TabId): void {
    const code = this.#refused.get(room)
    const told = code === undefined ? this.#asked.of([room]) : [{ room, output: { kind: 'denied', room: 0, code, retries: true } }]
    // What was proposed in it before is not to come later than what comes now.
    if (code === undefined && this.#tabs.get(to)?.stuck.has(room)) this.#channel.say({ is: 'lead', to, term: this.#term })
    if (told.length > 0) this.#due.add(() => { this.#channel.say({ is: 'told', to, term: this.#term, told, rooms: [] }) })
  }

  /** Forgets a room; where other tabs have it open, it begins anew. */
  #forget(tab: TabId, name: string): void {
    this.#tabs.get(tab)?.rooms.delete(name)
    const room = this.lead.handle.room(name)
    if (room === undefined) return
    this.lead.handle.forgetRoom(room)
    this.#facts.forget(name)
    this.#news = true
    this.#openAgain(name)
    this.#admit()
  }

  /** Opens a room that tabs have open. */
  #openAgain(name: string): void {
    for (const { rooms } of this.#tabs.values()) {
      const writes = rooms.get(name)
      if (writes !== undefined) this.#openHere(name, writes)
    }
  }

  /** There may be space for rooms that there was none for. */
  #admit(): void {
    const waiting = this.#refused.size
    for (const name of this.#refused.keys()) this.#openAgain(name)
    // What was proposed in one that is open now was not taken.
    if (this.#refused.size < waiting) this.announce()
  }

  #present(name: string, patch: Json | undefined): void {
    const { handle } = this.lead
    const room = handle.room(name)
    if (room === undefined) return
    try {
      if (patch === undefined) handle.clearPresence(room)
      else handle.setPresence(room, patch)
    } catch (error) {
      // It was right in the tab, which knew less of what others show of this client: it hears what is shown.
      if (!(error instanceof SynclineError)) throw error
    }
    this.#moved.add(name)
    this.#news = true
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
      if (error instanceof SynclineError && error.code === 'NotFound') return undefined
      throw error
    }
  }

  /** Decides a conflict as a tab says. It counts it as decided: what cannot be made an edit leaves the server's value. */
  #answer({ room, draft, resolution }: Extract<Message, { is: 'resolve' }>): void {
    try {
      this.resolve(room, draft, resolution)
    } catch {
      this.resolve(room, draft, { keep: 'theirs' })
    }
  }

  #openFor(tab: TabId, name: string, writes: boolean): void {
    const rooms = this.#tabs.get(tab)?.rooms
    if (rooms === undefined) return
    rooms.set(name, writes || rooms.get(name) === true)
    this.#openHere(name, writes)
  }

  #openHere(name: string, writes: boolean): void {
    this.#facts.forget(name)
    this.#news = true
    this.#tick()
    try {
      this.#names.set(this.lead.handle.open(name, writes), name)
      this.#refused.delete(name)
    } catch (error) {
      // Beyond a limit that each of the tabs keeps: they have the room, without a server, until others are closed.
      if (!(error instanceof SynclineError)) throw error
      this.#refused.set(name, error.code)
    }
  }

  #closeUnlessHeld(name: string): void {
    if (this.#open().has(name)) return
    this.#refused.delete(name)
    const number = this.lead.handle.room(name)
    if (number === undefined) return
    this.#tick()
    this.lead.handle.closeRoom(number)
    this.#asked.closed(name)
    this.#facts.forget(name)
    this.#admit()
  }

  /** A tab wants to hear everything. */
  #follow({ from, known, rooms, waiting, shown }: Follow): void {
    if (known > this.#term) {
      this.#outdated()
      return
    }
    const before = this.#tabs.get(from)?.rooms
    if (before === undefined && from !== this.#channel.tab) this.#watchEnd(from)
    this.#tabs.set(from, { rooms: new Map(), missed: false, asleep: false, stuck: new Set() })
    for (const [name, writes] of rooms) this.#openFor(from, name, writes)
    for (const name of before?.keys() ?? []) this.#closeUnlessHeld(name)
    for (const [name, own] of shown) this.#show(name, own)
    // What comes of that is part of what is told now.
    this.#take()
    const names = rooms.map(([name]) => name)
    const news = names.map((name) => this.#facts.of(name))
    const facts = this.#facts.ofClient()
    if (facts.failure !== undefined) this.#channel.say({ is: 'told', to: from, term: this.#term, told: [], rooms: [], facts })
    const { record, bytes } = this.lead.handle.snapshot()
    const asked = this.#asked.of(names)
    const fates = waiting.map(({ room: name, proposal, draft }) => {
      return { room: name, proposal, ...this.lead.handle.fate(this.lead.handle.room(name) ?? 0, from, proposal, draft) }
    })
    this.#due.add(() => {
      this.#channel.say({
        is: 'state', to: from, term: this.#term, base: this.#base, record, snapshot: bytes, facts: this.#facts.current(facts), rooms: news, fates, asked,
      })
    }, record)
  }

  /** Shows what a tab showed of this client before, unless something is shown. */
  #show(name: string, own: Json): void {
    const room = this.lead.handle.room(name)
    if (room !== undefined && this.lead.handle.presenceOwn(room) === undefined) this.#present(name, own)
  }

  /** Takes an edit of a tab over, once. */
  #adopt(from: TabId, { room, proposal, bytes }: Proposal): void {
    const told = this.#adopted.get(from) ?? []
    this.#adopted.set(from, told)
    const stuck = this.#tabs.get(from)?.stuck
    this.#tick()
    try {
      if (stuck?.has(room)) throw errorOf('NotFound', 'all before it', room)
      told.push({ room, proposal, draft: this.lead.handle.adopt(from, bytes) })
    } catch (thrown) {
      const error = thrown instanceof SynclineError ? thrown : errorOf('Internal', 'an edit that can be taken', String(thrown))
      if (error.code === 'NotFound') stuck?.add(room)
      told.push({ room, proposal, draft: 0, error: storyOf(error) })
    }
  }

  #watchEnd(tab: TabId): void {
    this.#watch(tab, this.#watches.signal, () => {
      // Its last words may come after its end.
      setTimeout(() => {
        this.gone(tab)
        this.#stir()
      }, ECHO_MS)
    })
  }

  /** A tab has ended: its rooms are closed unless another has them. */
  gone(tab: TabId): void {
    const rooms = this.#tabs.get(tab)?.rooms
    if (rooms === undefined || this.#over) return
    this.#tabs.delete(tab)
    this.#asked.left(tab)
    for (const name of rooms.keys()) this.#closeUnlessHeld(name)
    this.#tick()
    this.lead.handle.forgetTab(tab)
  }
}
