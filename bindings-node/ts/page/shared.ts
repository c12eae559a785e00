/** An engine that the tabs of a browser share: each tab follows the one that leads, and the one that leads follows itself. */

import type { ClientEngine, EngineOutput, StorageState } from '../engine.js'
import { type CodeName, errorOf, type SynclineError } from '../errors.js'
import type { ClientHandle } from '../handle/client.js'
import type { ClientConfig, ClientReport, Durability, Limits, RoomStatus, Status } from '../handle/options.js'
import { Refused, Unknown } from '../handle/outputs.js'
import { asError } from '../refusal.js'
import type { Json } from '../value.js'
import { type Adopted, type Facts, type Fate, type Message, type Proposal, revived, type RoomFacts, TabChannel, type Told } from './channel.js'
import { type Answer, PageHandle } from './handle.js'
import { entropy, Lead, type LeadHost } from './lead.js'
import { Leading } from './leading.js'
import { follow } from './life.js'
import { type Held, stealLock, tryLock, waitLock } from './locks.js'
import { PageStorage, type Recovered } from './storage.js'
import { TabHandle } from './tab.js'

/** Milliseconds that a new tab waits for what is known, before it shows nothing. */
const PATIENCE_MS = 1_000
/** Milliseconds without a word of the one that leads, after something that it answers, until it is asked whether it is there. */
const SILENCE_MS = 3_000
/** Milliseconds that it has to say so, before a tab that somebody looks at leads instead. */
const ANSWER_MS = 1_500

type State = Extract<Message, { is: 'state' }>

/** How a value shows that is one of what a leader knows beyond its records. */
const NO_FACTS: RoomFacts = {
  status: undefined, synced: undefined, durability: undefined, denied: undefined, others: [], me: undefined, own: undefined,
}

/** @internal */
export class SharedEngine extends PageHandle implements ClientEngine {
  protected readonly handle: TabHandle
  readonly #config: ClientConfig
  readonly #name: string
  readonly #channel: TabChannel
  readonly #forget: () => void
  readonly #news: EngineOutput[] = []
  /** What is told once the application has had the time to listen. */
  readonly #early: EngineOutput[] = []
  /** What the leader knows of the client and of its rooms. */
  #facts: Facts | undefined
  readonly #rooms = new Map<string, RoomFacts>()
  /** What this tab has open, by name, and whether to write. */
  readonly #open = new Map<string, { readonly number: number; writes: boolean }>()
  /** Proposals of which a verdict is still to come, by room, and the drafts that they became. */
  readonly #waiting = new Map<number, Map<number, number>>()
  /** The statuses that were told; 0 is the client's. */
  readonly #statuses = new Map<number, Status>()
  /** Who leads, and until where it was followed. */
  #term = 0
  #record = 0
  #behind = true
  #leading: Leading | undefined
  #lock: Held | undefined
  /** Ends the waiting for the lock. */
  #queue = new AbortController()
  #failure: SynclineError | undefined
  #wake: (() => void) | undefined
  #silence: ReturnType<typeof setTimeout> | undefined
  #known: (() => void) | undefined
  #asleep = false
  #stirred = false
  #present: Held | undefined
  #over = false

  private constructor(config: ClientConfig, name: string) {
    super()
    this.#config = config
    this.#name = name
    this.#channel = new TabChannel(name, (message) => { this.#hear(message) })
    this.handle = TabHandle.standby(config, entropy(), this.#channel.tab, this.clock.now())
    this.#forget = follow({
      awake: () => { this.#awake() },
      asleep: () => { this.#sleep() },
      resumed: () => { void this.#rise() },
    })
  }

  /** Leads if nobody does, else follows; waits a moment for what is known. */
  static async open(config: ClientConfig, name: string): Promise<SharedEngine> {
    const engine = new SharedEngine(config, name)
    try {
      // Held as long as this tab is there, whatever becomes of it.
      engine.#present = await waitLock(engine.#lockOf(engine.#channel.tab), engine.#queue.signal)
      const known = new Promise<void>((resolve) => {
        engine.#known = resolve
        setTimeout(resolve, PATIENCE_MS)
      })
      const lock = await tryLock(`${name}:lead`)
      if (lock === undefined) engine.#join()
      else await engine.#lead(lock)
      await known
    } catch (error) {
      engine.close()
      throw error
    }
    return engine
  }

  #lockOf(tab: string): string {
    return `${this.#name}:tab:${tab}`
  }

  /** Follows whoever leads, until it is this tab's turn. */
  #join(): void {
    this.#follow()
    const queue = new AbortController()
    this.#queue = queue
    void waitLock(`${this.#name}:lead`, queue.signal).then((lock) => this.#lead(lock)).catch((error: unknown) => {
      if (!queue.signal.aborted) this.#degrade(asError(error))
    })
  }

  /** Asks for everything. */
  #follow(): void {
    this.#behind = true
    const rooms = [...this.#open].map(([name, { writes }]): [string, boolean] => [name, writes])
    const waiting = [...this.#waiting].flatMap(([room, proposals]) => {
      const name = this.handle.roomName(room) ?? ''
      return [...proposals.keys()].map((proposal) => ({ room: name, proposal }))
    })
    const shown = rooms.flatMap(([name]): [string, Json][] => {
      const own = this.#rooms.get(name)?.own
      return own === undefined ? [] : [[name, own]]
    })
    this.#channel.say({ is: 'follow', rooms, waiting, shown })
    this.#expect()
  }

  /** Leads from now on. */
  async #lead(lock: Held): Promise<void> {
    if (this.#over || this.#asleep) {
      lock.release()
      return
    }
    this.#lock = lock
    void lock.lost.then(() => {
      if (this.#lock === lock) this.#demote(true)
    })
    clearTimeout(this.#silence)
    this.#silence = undefined
    const { storage, found, failure } = await this.#take()
    if (this.#over || this.#lock !== lock) {
      storage?.close()
      lock.release()
      return
    }
    try {
      this.#begin(storage, found)
    } catch (error) {
      // What is stored cannot be read: with nothing else to go on with, whoever connects is told.
      storage?.close()
      this.#lock = undefined
      lock.release()
      throw error
    }
    if (failure !== undefined) this.#degrade(failure)
    this.#leading?.announce()
    this.#stir()
  }

  /** The storage, and what is in it; or why there is none. */
  async #take(): Promise<{ storage?: PageStorage; found: Recovered & { own: number }; failure?: Error }> {
    let storage: PageStorage | undefined
    try {
      storage = await PageStorage.open(this.#name)
      return { storage, found: await storage.take() }
    } catch (error) {
      storage?.close()
      return { found: { blobs: [], term: 0, record: 0, own: this.#term + 1 }, failure: asError(error) }
    }
  }

  #begin(storage: PageStorage | undefined, found: Recovered & { own: number }): void {
    // A leader that had no storage any more leaves what this tab heard of it.
    const ahead = this.#term > found.term || (this.#term === found.term && this.#record > found.record)
    const blobs = ahead && !this.#behind ? [this.handle.snapshot().bytes] : found.blobs
    const term = Math.max(found.own, this.#term + 1)
    const host: LeadHost = {
      recorded: (record) => { this.#leading?.recorded(record) },
      stored: () => { this.#stir() },
      degraded: (error) => { this.#degrade(error) },
      superseded: () => { this.#demote(true) },
    }
    const lead = new Lead(this.#config, blobs, this.clock, storage, host)
    if (blobs !== found.blobs) lead.rewrite(blobs)
    this.#leading = new Leading({
      lead,
      channel: this.#channel,
      clock: this.clock,
      term,
      storage: () => (lead.isDurable ? 'durable' : 'volatile'),
      watch: (tab) => { this.#watch(tab) },
    })
    if (this.#wake !== undefined) lead.handle.setWake(this.#wake)
  }

  /** Hears when a tab ends. */
  #watch(tab: string): void {
    const leading = this.#leading
    void waitLock(this.#lockOf(tab), this.#queue.signal).then(
      (lock) => {
        lock.release()
        leading?.gone(tab)
        this.#stir()
      },
      () => {},
    )
  }

  /** Another tab leads, or is to. What this one took over and could not store is proposed again. */
  #demote(again: boolean): void {
    const [leading, lock] = [this.#leading, this.#lock]
    this.#lock = undefined
    this.#leading = undefined
    this.#queue.abort()
    this.#behind = true
    if (leading !== undefined) {
      this.#news.push({ kind: 'disconnect' })
      leading.lead.close()
      void leading.lead.end().then(() => lock?.release())
    } else {
      lock?.release()
    }
    if (again && !this.#over) this.#join()
    this.#stir()
  }

  #degrade(error: Error): void {
    this.#failure = errorOf('StorageFailed', 'storage of the browser', error.message)
    const news = this.#wake === undefined ? this.#early : this.#news
    news.push({ kind: 'storageFailed' })
    this.#stir()
  }

  /** Somebody looks at this tab, or the network is back. */
  #awake(): void {
    if (this.#over) return
    this.reconnect()
    if (this.#leading === undefined) this.#ping()
  }

  /** This tab may not run for a while: another one is to lead. */
  #sleep(): void {
    this.#asleep = true
    if (this.#lock !== undefined) this.#demote(false)
  }

  async #rise(): Promise<void> {
    if (!this.#asleep || this.#over) return
    this.#asleep = false
    const lock = await tryLock(`${this.#name}:lead`)
    if (lock === undefined) this.#join()
    else await this.#lead(lock)
  }

  /** Something was said that the one that leads answers. */
  #expect(): void {
    if (this.#leading !== undefined || this.#lock !== undefined) return
    this.#silence ??= setTimeout(() => { this.#ping() }, SILENCE_MS)
  }

  /** Asks whether anybody leads, and leads if nobody says so. */
  #ping(): void {
    if (this.#over || this.#lock !== undefined) return
    clearTimeout(this.#silence)
    this.#channel.say({ is: 'ping' })
    this.#silence = setTimeout(() => { void this.#steal() }, ANSWER_MS)
  }

  async #steal(): Promise<void> {
    this.#silence = undefined
    const { document } = globalThis as { document?: Document }
    if (this.#over || this.#asleep || this.#lock !== undefined || document?.visibilityState === 'hidden') return
    this.#queue.abort()
    this.#queue = new AbortController()
    await this.#lead(await stealLock(`${this.#name}:lead`))
  }

  /** Has the session look what there is to do. */
  #stir(): void {
    if (this.#stirred) return
    this.#stirred = true
    // Not at once: this may come from inside a call.
    queueMicrotask(() => {
      this.#stirred = false
      this.#wake?.()
    })
  }

  /** What a tab says: the one that leads hears it, and every tab hears the one that leads. */
  #hear(message: Message): void {
    if (this.#over) return
    this.#leading?.hear(message)
    if ('term' in message) this.#hearLeader(message)
    this.#stir()
  }

  #hearLeader(message: Extract<Message, { term: number }>): void {
    // One that was asleep, and does not know yet that it leads no more.
    if (message.term < this.#term) return
    clearTimeout(this.#silence)
    this.#silence = undefined
    if (message.is === 'pong') return
    if (message.is === 'lead') {
      this.#follow()
      return
    }
    if (message.is === 'state') {
      this.#takeState(message)
      return
    }
    if (this.#behind) return
    if (message.is === 'told') this.#takeTold(message)
    else if (message.is === 'adopted') for (const each of message.drafts) this.#takeAdopted(each)
    else this.#takeLog(message)
  }

  #takeLog({ term, record, replace, bytes }: Extract<Message, { is: 'log' }>): void {
    if (term === this.#term && record <= this.#record) return
    if (term !== this.#term || record !== this.#record + 1) {
      this.#follow()
      return
    }
    this.#record = record
    try {
      this.#at().follow(bytes, replace)
    } catch {
      // What is held is not what the record was made on.
      this.#follow()
    }
  }

  #takeState({ term, record, snapshot, facts, rooms, fates }: State): void {
    this.#term = term
    this.#record = record
    this.#behind = false
    this.#at().follow(snapshot, true)
    this.#takeFacts(facts, rooms, true)
    for (const fate of fates) this.#takeFate(fate)
    this.handle.proposeAgain()
    this.#known?.()
  }

  #takeTold({ told, facts, rooms }: Extract<Message, { is: 'told' }>): void {
    for (const each of told) this.#takeOutput(each)
    this.#takeFacts(facts, rooms, false)
  }

  #takeOutput(told: Told): void {
    if (told.room === undefined) {
      // This tab's own storage has told so already.
      if (told.output.kind !== 'storageFailed' || this.#leading === undefined) this.#news.push(revived(told, 0) as EngineOutput)
      return
    }
    const open = this.#open.get(told.room)
    if (open === undefined) return
    const output = revived(told, open.number) as EngineOutput
    if (output.kind === 'verdict' || output.kind === 'unknown') this.#settled(open.number, output.draft)
    this.#news.push(output)
  }

  /** A draft has its verdict. */
  #settled(room: number, draft: number): void {
    const proposals = this.#waiting.get(room)
    for (const [proposal, known] of proposals ?? []) {
      if (known === draft || proposal === draft) proposals?.delete(proposal)
    }
  }

  #takeFacts(facts: Facts | undefined, rooms: readonly [string, RoomFacts][], anew: boolean): void {
    if (facts !== undefined) {
      if (facts.storage === 'volatile' && this.#facts?.storage === 'durable' && this.#leading === undefined) {
        this.#degrade(new Error('the tab that leads has none any more'))
      }
      this.#facts = facts
    }
    if (anew) this.#rooms.clear()
    for (const [name, known] of rooms) {
      this.#rooms.set(name, known)
      const open = this.#open.get(name)
      if (anew && open !== undefined && known.denied !== undefined) {
        this.#news.push({ kind: 'denied', room: open.number, code: known.denied, retries: false })
      }
      if (anew && open !== undefined && known.others.length > 0) this.#news.push({ kind: 'presence', room: open.number })
    }
  }

  #takeAdopted({ room: name, proposal, draft, error }: Adopted): void {
    const open = this.#open.get(name)
    const room = open?.number ?? this.handle.room(name)
    if (room === undefined) return
    if (error !== undefined) {
      // What is to be opened first is proposed again when it is.
      if (error.code === 'NotFound' && open !== undefined) return
      this.#at().withdraw(room, proposal, error.code)
      return
    }
    const proposals = this.#waiting.get(room)
    if (proposals?.has(proposal) !== true) return
    proposals.set(proposal, draft)
    this.#news.push({ kind: 'adopted', room, proposal, draft })
  }

  /** What became of an edit while this tab heard nothing. */
  #takeFate(fate: Fate): void {
    const { room: name, proposal } = fate
    const room = this.#open.get(name)?.number ?? this.handle.room(name)
    if (room === undefined || fate.fate === 'unseen') return
    if (fate.fate === 'pending') {
      this.#takeAdopted({ room: name, proposal, draft: fate.draft })
      return
    }
    this.#waiting.get(room)?.delete(proposal)
    const told = { kind: 'verdict', room, draft: proposal } as const
    if (fate.fate === 'applied') {
      this.#news.push({ ...told, verdict: { kind: 'applied', version: this.handle.version(room) ?? 0 } })
    } else if (fate.fate === 'refused') {
      const { code, op } = fate
      const sides = { draft: proposal, drafts: [proposal], by: 0, key: '', mine: '', base: '', theirs: '' }
      this.#news.push({ ...told, verdict: { kind: 'refused', code, op } }, new Refused({ room, code, ...sides }))
    } else {
      const code = 'Superseded'
      this.#news.push({ ...told, verdict: { kind: 'unknown', code } }, new Unknown(room, proposal, code, '[]'))
    }
  }

  #at(): TabHandle {
    this.at()
    return this.handle
  }

  get leads(): boolean {
    return this.#leading !== undefined
  }

  get alone(): boolean {
    return this.#leading?.alone ?? false
  }

  get storage(): StorageState {
    if (this.#leading !== undefined) return this.#leading.storage
    return this.#facts?.storage ?? 'volatile'
  }

  setWake(callback: (() => void) | undefined): void {
    this.#wake = callback
    this.handle.setWake(callback)
    this.#leading?.lead.handle.setWake(callback)
    // What is to be told already is told once somebody listens.
    if (callback === undefined) return
    setTimeout(() => {
      this.#news.push(...this.#early.splice(0))
      this.#stir()
    })
  }

  drain(): EngineOutput[] {
    const outputs: EngineOutput[] = []
    for (let moved = true; moved; ) {
      // In this order: what the leader says is taken in before this tab's view of it is told.
      const lead = this.#leading?.drain() ?? []
      const own = this.#drainOwn()
      const news = this.#news.splice(0)
      moved = lead.length > 0 || own > 0 || news.length > 0
      outputs.push(...lead, ...this.#views.splice(0), ...news)
    }
    outputs.push(...this.#statusNews())
    if (outputs.length === 0) this.#arm()
    return outputs
  }

  readonly #views: EngineOutput[] = []

  /** Takes what this tab's own view wants and tells; gives how much that was. */
  #drainOwn(): number {
    const outputs = this.handle.drain()
    const proposals: Proposal[] = []
    for (const output of outputs) {
      if (output.kind === 'propose') {
        proposals.push({ room: this.handle.roomName(output.room) ?? '', proposal: output.proposal, bytes: output.bytes })
      } else if (output.kind !== 'persist') {
        if (output.kind === 'verdict' || output.kind === 'unknown') this.#settled(output.room, output.draft)
        this.#views.push(output)
      }
    }
    if (proposals.length > 0) {
      this.#channel.say({ is: 'propose', proposals }, this.#leading === undefined)
      this.#expect()
    }
    return outputs.length
  }

  /** What changed of the statuses since they were told. */
  #statusNews(): EngineOutput[] {
    const news: EngineOutput[] = []
    const tell = (number: number, room: number | undefined, status: Status): void => {
      if (this.#statuses.get(number) === status) return
      this.#statuses.set(number, status)
      news.push({ kind: 'status', room, status })
    }
    for (const { number } of this.#open.values()) tell(number, number, this.status(number)?.status ?? 'offline')
    tell(0, undefined, this.overallStatus())
    return news
  }

  /** Has the engines called when they want to be. */
  #arm(): void {
    const times = [this.handle.deadline(), this.#leading?.lead.handle.deadline()]
    const due = times.reduce((least, time) => (time === undefined || (least !== undefined && least < time) ? least : time), undefined)
    this.clock.arm(due, () => {
      this.at()
      this.#leading?.lead.handle.setNow(this.clock.now())
      this.#arm()
    })
  }

  protected override made(room: number, draft: number): number {
    const proposals = this.#waiting.get(room) ?? new Map<number, number>()
    this.#waiting.set(room, proposals.set(draft, 0))
    return draft
  }

  override open(name: string, writes = true): number {
    const number = this.at().open(name, writes)
    const known = this.#open.get(name)
    this.#open.set(name, { number, writes: writes || known?.writes === true })
    this.#channel.say({ is: 'open', room: name, writes }, this.#leading === undefined)
    return number
  }

  override closeRoom(room: number): void {
    const name = this.#close(room)
    this.at().closeRoom(room)
    if (name !== undefined) this.#channel.say({ is: 'close', room: name }, this.#leading === undefined)
  }

  #close(room: number): string | undefined {
    const name = this.handle.roomName(room)
    if (name === undefined) return undefined
    this.#open.delete(name)
    this.#rooms.delete(name)
    this.#statuses.delete(room)
    return name
  }

  override forgetRoom(room: number): void {
    const name = this.handle.roomName(room)
    if (name === undefined) return
    // First, so that what is handed back is told while the room is open.
    this.#channel.say({ is: 'forget', room: name }, this.#leading === undefined)
    this.closeRoom(room)
  }

  override resolve(room: number, draft: number, resolution: Answer): number | undefined {
    const name = this.handle.roomName(room) ?? ''
    if (this.#leading !== undefined) return this.#leading.resolve(name, draft, resolution)
    this.#channel.say({ is: 'resolve', room: name, draft, resolution })
    return undefined
  }

  override setPresence(room: number, patch: Json): void {
    this.#show(room, patch)
  }
  override clearPresence(room: number): void {
    this.#show(room, undefined)
  }

  #show(room: number, patch: Json | undefined): void {
    // Checked here, and seen at once.
    if (patch === undefined) this.at().clearPresence(room)
    else this.at().setPresence(room, patch)
    this.#channel.say({ is: 'presence', room: this.handle.roomName(room) ?? '', patch }, this.#leading === undefined)
  }

  #factsOf(room: number): RoomFacts {
    return this.#rooms.get(this.handle.roomName(room) ?? '') ?? NO_FACTS
  }

  override presences(room: number): [number, Json][] {
    return [...this.#factsOf(room).others]
  }
  override presenceOwn(room: number): Json | undefined {
    return this.handle.presenceOwn(room) ?? this.#factsOf(room).own
  }
  override presenceMe(room: number): number | undefined {
    return this.#factsOf(room).me
  }
  override durability(room: number): Durability | undefined {
    return this.#factsOf(room).durability
  }
  override denied(room: number): CodeName | undefined {
    return this.#factsOf(room).denied
  }

  override status(room: number): RoomStatus | undefined {
    const name = this.handle.roomName(room)
    if (name === undefined || !this.#open.has(name)) return undefined
    const { status = 'offline', synced } = this.#factsOf(room)
    const own = status === 'synced' && this.handle.pending(room) > 0 ? 'pending' : status
    return { status: own, ...(synced !== undefined && { syncedAt: this.clock.now() - (Date.now() - synced) * 1_000 }) }
  }
  override overallStatus(): Status {
    const status = this.#facts?.status ?? 'offline'
    return status === 'synced' && this.handle.pendingTotal() > 0 ? 'pending' : status
  }
  override metrics(): ClientReport {
    return (this.#leading?.lead.handle ?? this.handle).metrics()
  }
  override prometheus(labels?: Readonly<Record<string, string>>): string {
    return (this.#leading?.lead.handle ?? this.handle).prometheus(labels)
  }
  override limits(): Limits {
    return this.#facts?.limits ?? this.handle.limits()
  }

  storageError(): SynclineError | undefined {
    return this.#failure ?? this.#leading?.lead.handle.storageError()
  }

  connected(token: string): void {
    this.#leader()?.connected(token)
  }
  receive(frame: Uint8Array | string): void {
    this.#leader()?.receive(frame)
  }
  disconnected(): void {
    this.#leader()?.disconnected()
  }

  #leader(): ClientHandle | undefined {
    const leader = this.#leading?.lead.handle
    leader?.setNow(this.clock.now())
    return leader
  }

  setToken(token: string): void {
    this.#channel.say({ is: 'token', token }, this.#leading === undefined)
  }
  reconnect(): void {
    this.#channel.say({ is: 'reconnect' }, this.#leading === undefined)
  }
  flush(): void {
    this.#drainOwn()
    this.#channel.say({ is: 'flush' }, this.#leading === undefined)
    this.#stir()
  }

  close(): number {
    if (this.#over) return 0
    this.#over = true
    this.#forget()
    clearTimeout(this.#silence)
    this.clock.arm(undefined, () => {})
    this.#queue.abort()
    const [leading, lock] = [this.#leading, this.#lock]
    // It is given back, not lost.
    this.#lock = undefined
    try {
      const left = this.handle.pendingTotal()
      this.#channel.say({ is: 'bye' }, leading === undefined)
      leading?.lead.close()
      this.handle.close()
      return left
    } finally {
      void (leading?.lead.end() ?? Promise.resolve()).then(() => {
        lock?.release()
        this.#present?.release()
        this.#channel.close()
      })
    }
  }
}
