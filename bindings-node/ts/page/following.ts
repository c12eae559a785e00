/** What this tab has heard of the one that leads, and what of that its application is to be told. */

import type { EngineOutput } from '../engine.js'
import { errorOf, type SynclineError } from '../errors.js'
import { type ClientOutput, Conflict, Refused, Unknown } from '../handle/outputs.js'
import type { Status } from '../handle/options.js'
import type { TabChannel } from './channel.js'
import {
  type Adopted, errorOfStory, type Facts, type Fate, type Message, revived, type RoomFacts, type RoomNews, type Shown, type TabId, type Told,
} from './messages.js'
import { isProposal, Proposals } from './proposals.js'
import type { TabHandle } from './tab.js'

/** Milliseconds in which whoever was asked for everything is not asked again. */
const AGAIN_MS = 500

type OfLeader = Extract<Message, { term: number }>
type State = Extract<Message, { is: 'state' }>

/** A room that this tab has open. */
interface Opened {
  readonly number: number
  writes: boolean
}

const NO_FACTS: RoomFacts = { status: undefined, synced: undefined, durability: undefined, denied: undefined }
const NOTHING_SHOWN: Shown = { others: [], me: undefined, own: undefined }

/** @internal */
export class Following {
  readonly #handle: TabHandle
  readonly #at: () => TabHandle
  readonly #channel: TabChannel
  readonly #drainOwn: () => void
  readonly proposals = new Proposals()
  readonly open = new Map<string, Opened>()
  /** What the application is to be told. */
  readonly news: EngineOutput[] = []
  /** Who leads, and until where it was followed. */
  #term = 0
  #record = 0
  #leader: TabId | undefined
  /** When everything was asked for, and of which term, if that has not come. */
  #asked: { readonly at: number; readonly term: number } | undefined
  #facts: Facts | undefined
  readonly #rooms = new Map<string, { facts: RoomFacts; shown: Shown }>()
  /** The statuses that were told; 0 is the client's. */
  readonly #statuses = new Map<number, Status>()
  /** Rooms that were forgotten here: what is handed back is still told. */
  readonly #left = new Map<string, number>()
  /** Rooms that were closed here while edits waited. */
  readonly #closed = new Map<string, number>()
  /** The conflicts that the application was told of, and that are not known to be decided, by room. */
  readonly #conflicts = new Map<number, Set<number>>()
  #failure: SynclineError | undefined
  /** Called when the state is known. */
  onState: () => void = () => {}

  /** `drainOwn` takes what this tab's own view tells. */
  constructor(handle: TabHandle, at: () => TabHandle, channel: TabChannel, drainOwn: () => void) {
    this.#handle = handle
    this.#at = at
    this.#channel = channel
    this.#drainOwn = drainOwn
  }

  get term(): number {
    return this.#term
  }
  get record(): number {
    return this.#record
  }
  /** Whether this tab waits for everything. */
  get isBehind(): boolean {
    return this.#asked !== undefined || this.#term === 0
  }
  /** What the leader knows of the client. */
  get facts(): Facts | undefined {
    return this.#facts
  }
  /** Why storage failed, in whichever tab. */
  get failure(): SynclineError | undefined {
    return this.#failure
  }

  factsOf(room: number): RoomFacts {
    return this.#rooms.get(this.nameOf(room) ?? '')?.facts ?? NO_FACTS
  }
  shownOf(room: number): Shown {
    return this.#rooms.get(this.nameOf(room) ?? '')?.shown ?? NOTHING_SHOWN
  }

  nameOf(room: number): string | undefined {
    const name = this.#handle.roomName(room)
    return name ?? [...this.#left, ...this.#closed].find(([, number]) => number === room)?.[0]
  }

  /** A room is open here. */
  opened(name: string, number: number, writes: boolean): void {
    const known = this.open.get(name)
    this.#left.delete(name)
    this.#closed.delete(name)
    this.open.set(name, { number, writes: writes || known?.writes === true })
  }

  /** It is not any more, and perhaps forgotten. */
  closed(name: string, forgotten: boolean): void {
    const number = this.open.get(name)?.number
    this.open.delete(name)
    this.#rooms.delete(name)
    if (number === undefined) return
    this.#statuses.delete(number)
    this.#conflicts.delete(number)
    if (forgotten) this.#left.set(name, number)
    else if (this.proposals.has(number)) this.#closed.set(name, number)
  }

  /** The status of a room that is open. */
  statusOf(room: number): Status {
    const { status = 'offline' } = this.factsOf(room)
    return status === 'synced' && this.#handle.pending(room) > 0 ? 'pending' : status
  }

  /** The status of the client. */
  status(): Status {
    const status = this.#facts?.status ?? 'offline'
    return status === 'synced' && this.#handle.pendingTotal() > 0 ? 'pending' : status
  }

  /** What changed of the statuses since they were told. */
  statusNews(): EngineOutput[] {
    const news: EngineOutput[] = []
    const tell = (number: number, room: number | undefined, status: Status): void => {
      if (this.#statuses.get(number) === status) return
      this.#statuses.set(number, status)
      news.push({ kind: 'status', room, status })
    }
    for (const { number } of this.open.values()) tell(number, number, this.statusOf(number))
    tell(0, undefined, this.status())
    return news
  }

  /** Asks for everything. */
  follow(term = this.#term): void {
    this.#asked = { at: performance.now(), term }
    const rooms = [...this.open].map(([name, { writes }]): [string, boolean] => [name, writes])
    // What it was taken over as may have come as a record alone, and the one that leads forgets that.
    for (const [room, proposal, draft] of this.proposals.waiting()) {
      const own = draft === 0 && this.#handle.fate(room, this.#channel.tab, proposal, 0)
      if (own && 'draft' in own) this.#tellAdopted(room, proposal, own.draft)
    }
    const waiting = [...this.proposals.waiting()].map(([room, proposal, draft]) => ({ room: this.nameOf(room) ?? '', proposal, draft }))
    const shown = [...this.open].flatMap(([name, { number }]): [string, NonNullable<Shown['own']>][] => {
      const own = this.#handle.presenceOwn(number)
      return own === undefined || own === null ? [] : [[name, own]]
    })
    this.#channel.say({ is: 'follow', known: this.#term, rooms, waiting, shown })
  }

  /** Asks for everything unless that was done just now. */
  #followAgain(term: number): void {
    const { at = -AGAIN_MS, term: before = 0 } = this.#asked ?? {}
    if (term > before || performance.now() - at >= AGAIN_MS) this.follow(term)
  }

  /** Something that a tab said did not arrive. */
  missed(from: TabId): void {
    if (from === this.#leader && !this.isBehind) this.follow()
  }

  /** What the one that leads says; whether it is the one. */
  hear(message: OfLeader): boolean {
    const { term, from } = message
    // One that was asleep, and does not know yet that it leads no more.
    if (term < this.#term) return false
    if (message.is === 'state') this.#takeState(message)
    else if (message.is === 'lead') this.#followAgain(term)
    else if (message.is === 'pong') {
      if (this.isBehind || term !== this.#term) this.#followAgain(term)
    } else if (this.isBehind) {
      if (message.is === 'told' && message.facts !== undefined) this.#takeFacts(message.facts)
    } else if (term !== this.#term || from !== this.#leader) this.#followAgain(term)
    else if (message.is === 'told') this.#takeTold(message.told, message.rooms, message.facts)
    else if (message.is === 'adopted') for (const each of message.drafts) this.#takeAdopted(each)
    else if (message.is === 'log') this.#takeLog(message)
    return true
  }

  #takeLog({ record, replace, bytes }: Extract<Message, { is: 'log' }>): void {
    if (record <= this.#record) return
    if (record !== this.#record + 1) {
      this.follow()
      return
    }
    try {
      this.#at().follow(bytes, replace)
      this.#record = record
    } catch {
      // What is held is not what the record was made on, such as of a room that was forgotten here.
      this.follow()
    }
  }

  #takeState({ term, from, base, record, snapshot, facts, rooms, fates, asked }: State): void {
    const isOld = this.#term === base.term && this.#record <= base.record
    const continues = isOld || (term === this.#term && from === this.#leader) || this.#facts?.stored === true
    const ends = fates.map((fate) => this.#asHeard(fate, continues))
    try {
      this.#at().follow(snapshot, true)
    } catch {
      // It is none, whoever said so: the one that leads is asked again.
      return
    }
    // What this tab's own view knows of its edits comes first, as it knows more of them.
    this.#drainOwn()
    this.#term = term
    this.#record = record
    this.#leader = from
    this.#asked = undefined
    const before = new Map(this.#rooms)
    this.#rooms.clear()
    this.#takeTold([], rooms, facts)
    for (const { name, facts: known } of rooms) this.#announce(name, known, before.get(name)?.facts)
    for (const fate of ends) this.#takeFate(fate)
    this.#endConflicts(asked)
    for (const told of asked) this.#takeOutput(told)
    this.#handle.proposeAgain()
    this.onState()
  }

  /** The conflicts that do not wait any more were decided while this tab heard nothing. */
  #endConflicts(asked: readonly Told[]): void {
    const waiting = new Set(asked.map(({ room = '', output }) => `${this.open.get(room)?.number} ${output['draft']}`))
    for (const [room, drafts] of this.#conflicts) {
      for (const draft of drafts) {
        if (waiting.has(`${room} ${draft}`)) continue
        drafts.delete(draft)
        this.news.push({ kind: 'decided', room, draft })
      }
    }
  }

  /** Tells what may have been told while this tab heard nothing. */
  #announce(name: string, known: RoomFacts | undefined, before: RoomFacts | undefined): void {
    const room = this.open.get(name)?.number
    if (room === undefined) return
    const code = known?.denied
    // Only what tabs have open together can become less by itself.
    if (code !== undefined && code !== before?.denied) this.news.push({ kind: 'denied', room, code, retries: code === 'TooMany' })
    this.news.push({ kind: 'presence', room })
  }

  #takeTold(told: readonly Told[], rooms: readonly RoomNews[], facts: Facts | undefined): void {
    // First: whoever is told of something looks how it is.
    if (facts !== undefined) this.#takeFacts(facts)
    for (const each of rooms) this.#takeNews(each)
    for (const each of told) this.#takeOutput(each)
  }

  #takeFacts(facts: Facts): void {
    const before = this.#failure?.actual
    this.#facts = facts
    this.#failure = facts.failure && errorOfStory(facts.failure)
    if (facts.failure?.actual === before) return
    this.news.push({ kind: facts.failure === undefined ? 'storageRestored' : 'storageFailed' })
  }

  #takeNews({ name, facts, shown }: RoomNews): void {
    const open = this.open.get(name)
    if (open === undefined) return
    const { facts: factsBefore, shown: shownBefore } = this.#rooms.get(name) ?? { facts: NO_FACTS, shown: NOTHING_SHOWN }
    this.#rooms.set(name, { facts: facts ?? factsBefore, shown: shown ?? shownBefore })
    if (shown !== undefined) this.#takeOwn(open.number, shown)
  }

  /** What the client shows of itself is what all its tabs have said together. */
  #takeOwn(room: number, { own }: Shown): void {
    if (JSON.stringify(this.#handle.presenceOwn(room)) === JSON.stringify(own)) return
    this.#at().clearPresence(room)
    if (own !== undefined) this.#handle.setPresence(room, own)
    this.news.push({ kind: 'presence', room })
  }

  #takeOutput(told: Told): void {
    const name = told.room
    if (name === undefined) {
      this.news.push(revived(told, 0) as EngineOutput)
      return
    }
    const room = this.#numberOf(name)
    if (room === undefined) return
    const output = revived(told, room)
    this.#settle(output)
    if (this.#shownAs(name) === undefined) return
    if (output instanceof Conflict) {
      this.#conflicts.set(room, (this.#conflicts.get(room) ?? new Set()).add(output.draft))
      this.news.push(Object.assign(output, { elsewhere: told.output['decider'] !== this.#channel.tab }))
    } else this.news.push(output as EngineOutput)
  }

  /** What is the end of an edit: not that it is refused, before it is known what comes of that. */
  #settle(output: ClientOutput): void {
    if (output.kind === 'verdict' && output.verdict.kind === 'applied') this.proposals.settle(output.room, output.draft)
    if (output.kind === 'verdict' && output.verdict.kind === 'refused') this.proposals.refuse(output.room, output.draft)
    if (output.kind !== 'refused' && output.kind !== 'unknown') return
    const { room, draft } = output
    this.#conflicts.get(room)?.delete(draft)
    for (const each of output.kind === 'refused' ? output.drafts : [draft]) this.proposals.settle(room, each)
    // Every tab that hears of it waits for the edit in its place.
    if (output.kind === 'refused' && output.by !== undefined) this.proposals.made(room, output.by)
  }

  /** What this tab's own view tells; of an edit that was taken over, under the number that it has by now, and once. */
  ofOwn(output: Exclude<ClientOutput, { kind: 'persist' | 'propose' }>): EngineOutput | undefined {
    const isUnknown = output.kind === 'unknown' || (output.kind === 'verdict' && output.verdict.kind === 'unknown')
    if (!isUnknown) {
      this.#settle(output)
      return output as EngineOutput
    }
    const { room } = output
    const draft = this.proposals.number(room, output.draft)
    if (draft === undefined) return undefined
    if (output.kind === 'verdict') return { ...output, draft }
    this.proposals.settle(room, draft)
    return new Unknown(room, draft, output.code, output.editsJson)
  }

  /** The number under which edits of a room were made here. */
  #numberOf(name: string): number | undefined {
    return this.#shownAs(name) ?? this.#closed.get(name) ?? this.#handle.room(name)
  }

  /** The number by which the application knows a room, also one of which only the end is still told. */
  #shownAs(name: string): number | undefined {
    return this.open.get(name)?.number ?? this.#left.get(name)
  }

  #takeAdopted({ room: name, proposal, draft, error }: Adopted): void {
    const room = this.#numberOf(name)
    if (room === undefined) return
    if (error === undefined) this.#tellAdopted(room, proposal, draft)
    // What is to be opened first is proposed again when it is.
    else if (error.code !== 'NotFound' || !this.open.has(name)) this.#at().withdraw(room, proposal, error.code)
  }

  #tellAdopted(room: number, proposal: number, draft: number): void {
    if (this.proposals.adopt(room, proposal, draft)) this.news.push({ kind: 'adopted', room, proposal, draft })
  }

  /** What became of an edit as this tab has heard it of whoever led before, where the one that leads does not know of it. */
  #asHeard(fate: Fate, continues: boolean): Fate {
    const { room: name, proposal } = fate
    const room = this.#numberOf(name) ?? 0
    const draft = this.proposals.number(room, proposal) ?? proposal
    // What was made in the place of another edit has no other name than its number, which may be that of another one here.
    const isOther = !isProposal(proposal) && !continues
    if (fate.fate !== 'unknown' && !isOther) return fate
    if (this.proposals.isRefused(room, draft)) return { room: name, proposal, fate: 'refused', code: 'Stale', op: 0 }
    const own = this.#handle.fate(room, this.#channel.tab, proposal, draft)
    return own.fate === 'applied' || own.fate === 'refused' ? { ...own, room: name, proposal } : { room: name, proposal, fate: 'unknown' }
  }

  /** What became of an edit while this tab heard nothing. */
  #takeFate(fate: Fate): void {
    const { room: name, proposal } = fate
    const room = this.#numberOf(name)
    if (room === undefined || fate.fate === 'unseen') return
    if (fate.fate === 'pending' || fate.fate === 'applied') this.#tellAdopted(room, proposal, fate.draft)
    if (fate.fate === 'pending') return
    const draft = this.proposals.number(room, proposal)
    // Several edits that are one have one verdict.
    if (draft === undefined) return
    const isRefused = this.proposals.isRefused(room, draft)
    this.proposals.settle(room, draft)
    const told = { kind: 'verdict', room, draft } as const
    if (fate.fate === 'applied') {
      this.news.push({ ...told, verdict: { kind: 'applied', version: this.#handle.version(room) ?? 0 } })
    } else if (fate.fate === 'refused') {
      const { code, op } = fate
      const sides = { draft, drafts: [draft], by: 0, key: '', mine: '', base: '', theirs: '' }
      if (!isRefused) this.news.push({ ...told, verdict: { kind: 'refused', code, op } })
      this.news.push(new Refused({ room, code, ...sides }))
    } else {
      const code = 'Superseded'
      this.news.push({ ...told, verdict: { kind: 'unknown', code } }, new Unknown(room, draft, code, '[]'))
    }
  }

  /** This tab's own storage failed, and nothing leads that could tell. */
  fail(error: Error): void {
    this.#failure = errorOf('StorageFailed', 'storage of the browser', error.message)
    this.news.push({ kind: 'storageFailed' })
  }
}
