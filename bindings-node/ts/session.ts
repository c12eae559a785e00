/** What a client does with each output of its engine: passes it to the socket, to a room, or to a promise. */

import { Anchor } from './anchor.js'
import { Conflicts } from './conflicts.js'
import { Deferred } from './deferred.js'
import { errorOf, type SynclineError } from './errors.js'
import type { ClientEvents, RoomEvents } from './events.js'
import type { ClientEngine, EngineOutput } from './engine.js'
import { Ledger } from './ledger.js'
import type { Log, LogRecord } from './log.js'
import { closed, notEntered } from './refusal.js'
import type { ResolverTable } from './resolvers.js'
import type { Room } from './room.js'
import { Link, type LinkEnd, type LinkHost, type TokenSource } from './transport/link.js'
import type { StandardSocket } from './transport/shape.js'

/** Where a client's events go. */
type Tell = <K extends keyof ClientEvents & string>(name: K, event: ClientEvents[K]) => void

/**
 * The engine of a client and all that hangs on it.
 *
 * @internal
 */
export class Session implements LinkHost {
  readonly handle: ClientEngine
  readonly log: Log
  readonly anchor = new Anchor()
  readonly ledger = new Ledger(this.anchor)
  token: TokenSource
  /** Why the session is over. */
  end: Error | undefined
  readonly #open: () => StandardSocket
  readonly conflicts: Conflicts
  readonly #tell: Tell
  readonly #rooms = new Map<number, Room>()
  readonly #names = new Map<number, string>()
  readonly #idle = new Set<Deferred<void>>()
  /** Those who wait for storage, by the marks of their questions, oldest first. */
  readonly #unstored = new Map<number, Deferred<void>>()
  #link: Link | undefined
  #pumping = false
  readonly #after: (() => void)[] = []

  /** Whether somebody listens; set by the client. */
  heard: (room: number, name: keyof RoomEvents) => boolean = () => false
  /** Set by the views that are watched. */
  onView: (output: Extract<EngineOutput, { kind: 'view' | 'unwatched' }>) => void = () => {}
  /** Set by the client. */
  onEnd: () => void = () => {}
  /** Set by the client. */
  onError: (error: unknown, room: string | undefined) => void = () => {}

  constructor(
    handle: ClientEngine,
    parts: { log: Log; token: TokenSource; open: () => StandardSocket; resolvers: ResolverTable; tell: Tell },
  ) {
    this.handle = handle
    this.log = parts.log
    this.token = parts.token
    this.#open = parts.open
    this.conflicts = new Conflicts(this, parts.resolvers)
    this.#tell = parts.tell
    handle.setWake(() => {
      this.pump()
    })
  }

  assertOpen(): void {
    if (this.end !== undefined) throw closed('an open client')
  }

  /** Edits without a verdict, those included about which the application has not decided yet. */
  get pending(): number {
    return this.handle.pendingTotal() + this.conflicts.count()
  }

  room(number: number): Room | undefined {
    return this.#rooms.get(number)
  }

  /** The rooms that are open. */
  get rooms(): readonly Room[] {
    return [...this.#rooms.values()]
  }

  enter(room: Room): Room {
    this.#rooms.set(room.number, room)
    this.#names.set(room.number, room.name)
    this.ledger.open(room.number, room.name)
    return room
  }

  leave(room: Room, reason: Error): void {
    this.#rooms.delete(room.number)
    this.#names.delete(room.number)
    this.conflicts.leave(room.number)
    this.ledger.close(room.number, reason)
    room.finish(reason)
  }

  /** Does what the engine wants done, until that is nothing. */
  pump(): void {
    if (this.#pumping || this.end !== undefined) return
    this.#pumping = true
    try {
      while (this.end === undefined) {
        const outputs = this.handle.drain()
        if (outputs.length === 0) break
        // What was taken is told to the end, also if a listener closes the client.
        for (const output of outputs) this.#take(output)
      }
    } catch (error) {
      this.log.uncaught(error, { event: 'engineFailed', message: 'the engine cannot go on' })
      this.finish(error instanceof Error ? error : closed('an open client'))
      this.#release()
    } finally {
      this.#pumping = false
    }
    for (const action of this.#after.splice(0)) action()
    if (this.end !== undefined) this.#abandon(this.end)
    else if (this.#isIdle()) this.#tellIdle()
  }

  /** Has the engine give back what it holds besides, such as its storage. */
  #release(): void {
    try {
      this.handle.close()
    } catch {
      // It has ended already, and why was told.
    }
  }

  /** Does something once all that the engine wants done is done. */
  afterPump(action: () => void): void {
    this.#after.push(action)
    this.pump()
  }

  /** Ends when every edit has a verdict and every resolver has answered. */
  idle(): Deferred<void> {
    const idle = new Deferred<void>()
    if (this.#isIdle()) idle.resolve()
    else this.#idle.add(idle)
    return idle
  }

  forgetIdle(idle: Deferred<void>): void {
    this.#idle.delete(idle)
  }

  /** Ends when every edit made so far is stored. */
  stored(): Promise<void> {
    if (this.handle.storage === 'none') throw errorOf('WrongMode', 'a client with the option storage', 'one without')
    const stored = new Deferred<void>()
    this.#unstored.set(this.handle.askStored(), stored)
    this.pump()
    return this.anchor.during(stored.promise)
  }

  /** What was asked about up to this mark is stored, or will not be. */
  #answerStored(latest: number, error?: Error): void {
    for (const [mark, stored] of this.#unstored) {
      if (mark > latest) return
      this.#unstored.delete(mark)
      if (error === undefined) stored.resolve()
      else stored.reject(error)
    }
  }

  #storageError(): SynclineError {
    return this.handle.storageError() ?? errorOf('StorageFailed', 'storage that works', 'a failure')
  }

  /** The engine is closed. */
  finish(reason: Error): void {
    if (this.end !== undefined) return
    this.end = reason
    this.#link?.close()
    this.#link = undefined
    this.conflicts.end()
    if (!this.#pumping) this.#abandon(reason)
  }

  /** Tries again at once. An attempt that has no connection yet is given up, whatever it waits for. */
  retry(): void {
    if (!this.retryAttempt()) this.handle.reconnect()
    this.pump()
  }

  /** Gives up an attempt that has no connection yet, if there is one, for another. */
  retryAttempt(): boolean {
    if (this.#link?.isAttempt !== true) return false
    this.#link.close()
    this.#link = undefined
    this.handle.disconnected()
    this.handle.reconnect()
    this.pump()
    return true
  }

  /** Connects with this token from now on, unless a function is asked for one. */
  takeToken(token: string): void {
    if (typeof this.token === 'function') return
    this.token = token
    this.retryAttempt()
  }

  opened(link: Link, token: string): void {
    if (link !== this.#link) return
    this.log.info({ event: 'connected', message: 'the socket is open' })
    this.handle.connected(token)
    this.pump()
  }

  received(link: Link, frame: Uint8Array | string): void {
    if (link !== this.#link) return
    this.handle.receive(frame)
    this.pump()
  }

  ended(link: Link, reason: LinkEnd): void {
    if (link !== this.#link) return
    this.#link = undefined
    const level = reason.event === 'disconnected' ? 'info' : 'warn'
    this.log[level](reason)
    if (reason.event !== 'disconnected' && reason.error !== undefined) {
      this.#tell('failed', { error: reason.error, retries: true })
    }
    if (this.end !== undefined) return
    this.handle.disconnected()
    this.pump()
  }

  #isIdle(): boolean {
    return this.pending === 0
  }

  #tellIdle(): void {
    for (const idle of this.#idle) idle.resolve()
    this.#idle.clear()
  }

  #abandon(reason: Error): void {
    for (const idle of this.#idle) idle.reject(reason)
    this.#idle.clear()
    this.#answerStored(Infinity, reason)
    this.ledger.closeAll(reason)
    for (const room of this.#rooms.values()) room.finish(reason)
    this.#rooms.clear()
    this.#names.clear()
    this.onEnd()
  }

  #take(output: EngineOutput): void {
    switch (output.kind) {
      case 'connect':
        this.log.debug({ event: 'connecting', message: 'a connection is wanted' })
        this.#link?.close()
        if (this.end !== undefined) return
        this.#link = new Link(this)
        void this.#link.start(this.token, this.#open)
        return
      case 'transmit':
        this.#link?.send(output.bytes)
        return
      case 'disconnect':
        this.#link?.close()
        this.#link = undefined
        return
      case 'failed':
        if (!output.retries) for (const room of this.#rooms.values()) room.failReady(output.error)
        this.#note({ level: 'warn', event: 'failed', message: output.error.message, code: output.error.code })
        this.#tell('failed', { error: output.error, retries: output.retries })
        return
      case 'stored':
        // Where storage has failed, a browser goes on in memory.
        this.#answerStored(output.mark, this.handle.storage === 'durable' ? undefined : this.#storageError())
        return
      case 'storageFailed': {
        const error = this.#storageError()
        this.log.error({ event: 'storageFailed', message: error.message, code: error.code, error })
        this.#tell('storageFailed', { error })
        this.#answerStored(Infinity, error)
        return
      }
      case 'storageRestored': {
        const { storage } = this.handle
        this.log.info({ event: 'storageRestored', message: 'edits are stored again' })
        this.#tell('storageRestored', { storage })
        return
      }
      case 'token':
        if (output.token !== this.token) this.takeToken(output.token)
        return
      case 'status':
        if (output.room === undefined) this.#tell('status', { status: output.status })
        else this.both('status', output.room, { room: this.#name(output.room), status: output.status })
        return
      default:
        this.#takeOfRoom(output)
    }
  }

  #takeOfRoom(output: Exclude<EngineOutput, { kind: 'connect' | 'transmit' | 'disconnect' | 'failed' | 'stored' | 'storageFailed' | 'storageRestored' | 'token' | 'status' }>): void {
    const { room: number } = output
    const room = this.#name(number)
    switch (output.kind) {
      case 'change': {
        const version = this.end === undefined ? this.handle.version(number) : undefined
        this.both('change', number, { room, keys: output.keys, origin: output.origin, version })
        return
      }
      case 'verdict': {
        const edit = this.ledger.find(number, output.draft)
        this.ledger.decide(output)
        const { draft, verdict } = output
        this.both('verdict', number, { room, draft, verdict: verdict.kind, ...(edit && { edit }) })
        return
      }
      case 'refused': {
        const { draft, key, code, mine, base, theirs } = output
        const { edit, by } = this.ledger.refuse(output)
        this.conflicts.settled(number, draft)
        const made = { ...(edit && { edit }), ...(by && { by }) }
        this.log.debug({ event: 'refused', message: `an edit was refused: ${code}`, room, code })
        this.both('refused', number, { room, draft, key, code, mine, base, theirs, ...made })
        return
      }
      case 'conflict':
        this.conflicts.decide(output, room)
        return
      case 'unknown': {
        const edit = this.ledger.lose(output)
        const { draft, code, edits } = output
        this.conflicts.settled(number, draft)
        this.log.warn({ event: 'unknown', message: `what became of an edit is unknown: ${code}`, room, code })
        this.both('unknown', number, { room, draft, code, edits, ...(edit && { edit }) })
        return
      }
      case 'decided':
        this.conflicts.settled(number, output.draft)
        return
      case 'adopted':
        this.ledger.adopt(number, output.proposal, output.draft)
        return
      case 'ready':
        this.room(number)?.becomeReady()
        this.both('ready', number, { room })
        return
      case 'resumed': {
        const { resume, code } = output
        this.log.debug({ event: 'resumed', message: `caught up by ${resume}`, room, ...(code && { code }) })
        this.both('resumed', number, { room, resume, ...(code && { code }) })
        return
      }
      case 'denied': {
        const { code, retries } = output
        this.#note({ level: 'warn', event: 'denied', message: `the room is denied: ${code}`, room, code })
        if (!retries) this.room(number)?.failReady(notEntered(code, room))
        this.both('denied', number, { room, code, retries })
        return
      }
      case 'diverged':
        this.#note({ level: 'warn', event: 'diverged', message: 'the state differed from the server\'s', room })
        this.both('diverged', number, { room })
        return
      case 'presence':
        this.both('presence', number, { room })
        return
      case 'view':
      case 'unwatched':
        if (this.end === undefined) this.onView(output)
    }
  }

  #note({ level, ...details }: LogRecord): void {
    this.log[level](details)
  }

  #name(number: number): string {
    return this.#names.get(number) ?? (this.end === undefined ? this.handle.roomName(number) : undefined) ?? ''
  }

  /** Tells a room, if it is open, and the client. */
  both<K extends keyof RoomEvents & string>(name: K, number: number, event: RoomEvents[K]): void {
    if (this.end !== undefined) return
    this.room(number)?.tell(name, event)
    this.#tell(name, event as unknown as ClientEvents[K])
  }
}
