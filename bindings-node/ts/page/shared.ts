/** An engine that the tabs of a browser share: each tab follows the one that leads, and the one that leads follows itself. */

import type { ClientEngine, EngineOutput, StorageState } from '../engine.js'
import { errorOf, type SynclineError } from '../errors.js'
import type { ClientHandle } from '../handle/client.js'
import type { ClientConfig, ClientReport } from '../handle/options.js'
import type { Json } from '../value.js'
import { TabChannel } from './channel.js'
import { Following } from './following.js'
import type { Answer } from './handle.js'
import { entropy } from './lead.js'
import { Leading } from './leading.js'
import { follow, isHidden } from './life.js'
import { type Held, waitLock } from './locks.js'
import { type Message, plainJson, type Proposal } from './messages.js'
import { FollowingHandle } from './reading.js'
import { succeed } from './succession.js'
import { TabHandle } from './tab.js'
import { Turn } from './turn.js'

/** Milliseconds that a new tab waits for what is known, before it shows nothing. */
const PATIENCE_MS = 1_000
/** Milliseconds that a client that is closed waits for the one that leads to take its last edits over. */
const LAST_MS = 10_000

/** @internal */
export class SharedEngine extends FollowingHandle implements ClientEngine {
  protected readonly handle: TabHandle
  readonly #config: ClientConfig
  readonly #name: string
  readonly #channel: TabChannel
  protected readonly following: Following
  readonly #turn: Turn
  #leading: Leading | undefined
  readonly #forget: () => void
  #wake: (() => void) | undefined
  #stirred = false
  /** What is to be done and told first. */
  readonly #early: EngineOutput[] = []
  /** The application has had the time to listen: what was to be told before is told then. */
  #isHeard = false
  /** Why this tab cannot lead although it is its turn. */
  #failure: Error | undefined
  /** Held by all tabs that share the storage, so that none has it for itself. */
  readonly #use: Held
  /** Held as long as this tab is there, whatever becomes of it. */
  #present: Held | undefined
  /** Ends the waiting for what this tab holds as long as it is there. */
  readonly #waiting = new AbortController()
  /** Nobody uses it any more; its last edits may still be on their way. */
  #closed = false
  #over = false

  private constructor(config: ClientConfig, name: string, use: Held) {
    super()
    this.#use = use
    this.#config = config
    this.#name = name
    this.#channel = new TabChannel(name, {
      hear: (message) => { this.#hear(message) },
      missed: (from) => {
        if (this.#over) return
        this.#leading?.missed(from)
        this.following.missed(from)
      },
    })
    try {
      this.handle = TabHandle.standby(config, entropy(), this.#channel.tab, this.clock.now())
    } catch (error) {
      this.#channel.close()
      throw error
    }
    this.following = new Following(this.handle, () => this.#at(), this.#channel, () => {
      this.#drainOwn(this.following.news)
    })
    this.#turn = new Turn(`${name}:lead`, {
      lead: (holds) => this.#lead(holds),
      yielded: () => this.#yielded(),
      follow: () => { this.following.follow() },
      ping: () => { this.#channel.say({ is: 'ping' }) },
      waits: () => this.following.isBehind || this.following.proposals.unheard > 0,
      failed: (error) => {
        this.following.fail(error)
        this.#failure = error
        this.#stir()
      },
    })
    this.#forget = follow({
      awake: () => {
        this.reconnect()
        this.#turn.look()
      },
      lost: () => {
        if (this.#leading === undefined) return
        this.#early.push({ kind: 'disconnect' })
        this.disconnected()
      },
      asleep: () => {
        this.#channel.say({ is: 'asleep' })
        this.#turn.sleep()
      },
      resumed: () => { this.#turn.rise() },
    })
  }

  /** Leads if nobody does, else follows; waits a moment for what is known. */
  static async open(config: ClientConfig, name: string, use: Held): Promise<SharedEngine> {
    const engine = new SharedEngine(config, name, use)
    let patience: ReturnType<typeof setTimeout> | undefined
    try {
      engine.#present = await waitLock(engine.#lockOf(engine.#channel.tab), engine.#waiting.signal)
      const known = new Promise<void>((resolve) => {
        engine.following.onState = resolve
        patience = setTimeout(resolve, PATIENCE_MS)
      })
      await engine.#turn.begin()
      await known
    } catch (error) {
      engine.#end()
      throw error
    } finally {
      clearTimeout(patience)
    }
    return engine
  }

  #lockOf(tab: string): string {
    return `${this.#name}:tab:${tab}`
  }

  /** Leads from now on. */
  async #lead(holds: () => boolean): Promise<void> {
    const begun = await succeed({
      config: this.#config,
      name: this.#name,
      clock: this.clock,
      known: { term: this.following.term, record: this.following.record, snapshot: () => this.handle.snapshot().bytes },
      isStored: this.following.facts?.stored === true,
      waits: (error) => {
        this.following.fail(error)
        this.#stir()
      },
      holds,
      host: {
        recorded: (record) => { this.#leading?.recorded(record) },
        stored: () => { this.#stir() },
        degraded: (error) => { this.#degrade(error) },
        superseded: () => { this.#turn.lose() },
      },
    })
    if (begun === undefined) return
    const { lead, term, base, failure } = begun
    this.#leading = new Leading({
      lead,
      term,
      base,
      channel: this.#channel,
      clock: this.clock,
      watch: (tab, until, ended) => { this.#watch(tab, until, ended) },
      stir: () => { this.#stir() },
      outdated: () => { this.#turn.lose() },
    })
    lead.handle.setWake(() => { this.#stir() })
    if (failure !== undefined) this.#degrade(failure)
    this.#leading.announce()
    this.#stir()
  }

  /** Another tab leads. What this one took over and could not store is proposed to it again. */
  #yielded(): Promise<void> {
    const leading = this.#leading
    this.#leading = undefined
    if (leading === undefined) return Promise.resolve()
    this.following.news.push({ kind: 'disconnect' })
    this.#stir()
    try {
      leading.end()
    } catch {
      // The engine has ended, which is told elsewhere: what it has recorded is stored all the same.
    }
    return leading.lead.end()
  }

  #degrade(error: Error | undefined): void {
    this.#leading?.fail(error && errorOf('StorageFailed', 'storage of the browser', error.message))
    this.#stir()
  }

  /** Hears when a tab ends. */
  #watch(tab: string, until: AbortSignal, ended: () => void): void {
    void waitLock(this.#lockOf(tab), until).then(
      (lock) => {
        lock.release()
        ended()
      },
      () => {},
    )
  }

  /** Has the session look what there is to do. */
  #stir(): void {
    if (this.#stirred) return
    this.#stirred = true
    // Not at once: this may come from inside a call.
    queueMicrotask(() => {
      this.#stirred = false
      if (this.#wake !== undefined) this.#wake()
      // Before the session listens, what is due is said all the same: what is known waits for it.
      else if (!this.#over) this.#early.push(...this.drain())
    })
  }

  /** What a tab says: the one that leads hears it, and every tab hears the one that leads. */
  #hear(message: Message): void {
    if (this.#over) return
    this.#leading?.hear(message)
    if ('term' in message) {
      if (this.following.hear(message)) this.#turn.hear()
      if (message.is === 'alarm') this.#turn.alarm(message.wait)
    } else if (message.is === 'token') this.following.news.push({ kind: 'token', token: message.token })
    this.#stir()
  }

  /** Says something that the leader is to hear. */
  #say(message: Parameters<TabChannel['say']>[0]): void {
    this.#channel.say(message, this.#leading === undefined)
  }

  #at(): TabHandle {
    this.at()
    return this.handle
  }

  get storage(): StorageState {
    const { failure, facts } = this.following
    return failure === undefined && facts?.stored === true ? 'durable' : 'volatile'
  }

  setWake(callback: (() => void) | undefined): void {
    this.#wake = callback
    this.handle.setWake(callback && (() => { this.#stir() }))
    setTimeout(() => {
      this.#isHeard = true
      this.#stir()
    })
  }

  drain(): EngineOutput[] {
    const outputs: EngineOutput[] = this.#early.splice(0)
    for (let moved = true; moved; ) {
      // In this order: what the leader says is taken in before this tab's view of it is told.
      const lead = this.#leading?.drain() ?? []
      const views: EngineOutput[] = []
      const own = this.#drainOwn(views)
      const news = this.#isHeard ? this.following.news.splice(0) : []
      moved = lead.length > 0 || own > 0 || news.length > 0
      outputs.push(...lead, ...views, ...news)
    }
    outputs.push(...this.following.statusNews())
    if (outputs.length > 0) return outputs
    // Nobody else would ever do anything about the edits of this tab.
    if (this.#failure !== undefined && this.#isHeard) throw this.#failure
    this.#arm()
    return outputs
  }

  /** Takes what this tab's own view wants and tells; gives how much that was. */
  #drainOwn(views: EngineOutput[]): number {
    const outputs = this.handle.drain()
    const proposals: Proposal[] = []
    for (const output of outputs) {
      if (output.kind === 'propose') {
        proposals.push({ room: this.handle.roomName(output.room) ?? '', proposal: output.proposal, bytes: output.bytes })
      } else if (output.kind !== 'persist') {
        const told = this.following.ofOwn(output)
        if (told !== undefined) views.push(told)
      }
    }
    // While everything is asked for, what comes later must not be taken before what the leader may have missed: all is handed
    // out again when the state is there.
    if (proposals.length > 0 && !this.following.isBehind) {
      this.#say({ is: 'propose', proposals })
      this.#turn.expect()
    }
    return outputs.length
  }

  /** Has the engines called when they want to be. */
  #arm(): void {
    const times = [this.handle.deadline(), this.#leading?.lead.handle.deadline()].filter((time) => time !== undefined)
    const wait = this.clock.arm(times.length === 0 ? undefined : Math.min(...times), () => {
      this.at()
      this.#leader()
      this.#arm()
    })
    if (wait !== undefined && this.#leading?.alone === false && isHidden()) this.#leading.alarm(wait)
  }

  protected override made(room: number, draft: number): number {
    this.following.proposals.make(room, draft)
    return draft
  }

  override open(name: string, writes = true): number {
    const number = this.at().open(name, writes)
    this.following.opened(name, number, writes)
    this.#say({ is: 'open', room: name, writes })
    return number
  }

  override closeRoom(room: number): void {
    this.#close(room, false)
  }

  override forgetRoom(room: number): void {
    this.#close(room, true)
  }

  #close(room: number, forgotten: boolean): void {
    const name = this.handle.roomName(room)
    // What was edited is handed out before.
    this.#drainOwn(this.following.news)
    this.at().closeRoom(room)
    if (name === undefined) return
    this.following.closed(name, forgotten)
    this.#say({ is: forgotten ? 'forget' : 'close', room: name })
  }

  override resolve(room: number, draft: number, resolution: Answer): number | undefined {
    const name = this.handle.roomName(room) ?? ''
    // Checked here, whoever decides.
    const plain = plainJson(resolution)
    if (this.#leading !== undefined) {
      const by = this.#leading.resolve(name, draft, plain)
      if (by !== undefined) this.following.proposals.made(room, by)
      return by
    }
    this.#channel.say({ is: 'resolve', room: name, draft, resolution: plain })
    return undefined
  }

  asked(room: number, draft: number, listeners: boolean): boolean {
    if (this.#leading?.alone === true && !listeners) return false
    this.#say({ is: 'asked', room: this.handle.roomName(room) ?? '', draft, listeners })
    return true
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
    this.#say({ is: 'presence', room: this.handle.roomName(room) ?? '', patch: patch && plainJson(patch) })
  }

  override metrics(): ClientReport {
    return (this.#leading?.lead.handle ?? this.handle).metrics()
  }
  override prometheus(labels?: Readonly<Record<string, string>>): string {
    return (this.#leading?.lead.handle ?? this.handle).prometheus(labels)
  }

  storageError(): SynclineError | undefined {
    return this.following.failure
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
    // To every tab: each may be the next to connect.
    this.#channel.say({ is: 'token', token })
  }
  reconnect(): void {
    this.#say({ is: 'reconnect' })
  }
  flush(): void {
    this.#drainOwn(this.following.news)
    this.#say({ is: 'flush' })
    this.#stir()
  }

  close(): number {
    if (this.#closed) return 0
    this.#closed = true
    let lasts = false
    try {
      // What was edited just now is handed out before, and taken over if this tab leads.
      this.drain()
      lasts = this.#leading === undefined && this.following.proposals.unheard > 0
      return this.handle.pendingTotal()
    } finally {
      if (lasts) this.#last()
      else this.#end()
    }
  }

  /** Ends once the one that leads has taken the last edits over, whoever that is by then. */
  #last(): void {
    const timer = setTimeout(() => { this.#end() }, LAST_MS)
    this.setWake(() => {
      this.drain()
      if (this.following.proposals.unheard > 0) return
      clearTimeout(timer)
      this.#end()
    })
  }

  #end(): void {
    if (this.#over) return
    if (this.#leading === undefined) this.#channel.say({ is: 'bye' })
    this.#over = true
    this.#wake = undefined
    this.#forget()
    this.clock.arm(undefined, () => {})
    this.#waiting.abort()
    void this.#turn.end().then(() => {
      this.#present?.release()
      this.#use.release()
      this.#channel.close()
    })
    this.handle.close()
  }
}
