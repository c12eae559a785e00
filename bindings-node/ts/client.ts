/** A client: its rooms, its connection, and its end. */

import { later } from './anchor.js'
import { asyncDispose, dispose } from './dispose.js'
import { CLIENT_EVENTS, type ClientEvents } from './events.js'
import type { ClientEngine, StorageState } from './engine.js'
import type { ClientReport, FlightStatus, Limits, Status } from './handle/options.js'
import { emit, Events, hears, unhook } from './listeners.js'
import { Log, throwLater } from './log.js'
import { asConfig, checkOptions, checkUrl, type ConnectOptions } from './options.js'
import { asError, checkNames, checkSignal, checkType, closed, invalid } from './refusal.js'
import { ResolverTable } from './resolvers.js'
import { Room, type RoomOptions } from './room.js'
import { Session } from './session.js'
import { openEngine, openSockets } from './transport/platform.js'
import type { StandardSocket } from './transport/shape.js'

/** Milliseconds that `await using` waits for verdicts. */
const DISPOSE_MS = 3_000

/** How long to wait for verdicts. */
export interface FlushOptions {
  /** Milliseconds; without it, as long as it takes. */
  timeout?: number | undefined
  /** Ends the waiting with its reason. */
  signal?: AbortSignal | undefined
}

/**
 * A client of a server.
 *
 * It connects when a room is opened, and again whenever the connection is lost. Being open does not keep the process alive;
 * waiting for something does, and {@link ref}.
 */
export class Client extends Events<ClientEvents> implements Disposable, AsyncDisposable {
  /** Called once nothing is told any more. @internal */
  readonly whenEnded = new Set<() => void>()
  readonly #session: Session
  #unsettled = 0
  #held: (() => void) | undefined

  /** Use {@link connect}. @internal */
  constructor(handle: ClientEngine, open: () => StandardSocket, options: ConnectOptions, resolvers: ResolverTable) {
    const log = new Log(options.log)
    super(CLIENT_EVENTS, log)
    const tell = <K extends keyof ClientEvents>(name: K, event: ClientEvents[K]): void => {
      if (!this.closed) this[emit](name, event)
    }
    this.#session = new Session(handle, { log, token: options.token ?? '', open, resolvers, tell })
    this.#session.onEnd = () => {
      this[unhook]()
      for (const action of [...this.whenEnded]) action()
      this.whenEnded.clear()
    }
    this.#session.heard = (room, name) => this[hears](name) || this.#session.room(room)?.[hears](name) === true
    this.#session.onError = (thrown, room) => {
      if (this[hears]('error')) this[emit]('error', { error: asError(thrown), ...(room !== undefined && { room }) })
      else throwLater(thrown)
    }
  }

  /** @internal */
  protected assertOpen(): void {
    this.#session.assertOpen()
  }

  /**
   * Opens a room: shows what is known of it, and keeps it in sync while there is a connection.
   *
   * The same object as long as the room is open. Opening it again asks again where the server has denied it, and asks to
   * write if it was opened only to read. Throws `InvalidName`, and `TooMany` beyond `limits.connection_rooms`.
   */
  room(name: string, options: RoomOptions = {}): Room {
    this.assertOpen()
    checkNames('options of a room', options, ['write'])
    if (options.write !== undefined) checkType('write', options.write, 'boolean')
    const number = this.#session.handle.open(name, options.write ?? true)
    const room = this.#session.room(number) ?? this.#session.enter(new Room(this.#session, name, number))
    room.claimed = true
    return room
  }

  /** The rooms that are open. @internal */
  get rooms(): readonly Room[] {
    return this.#session.rooms
  }

  /** How far the worst open room is from its server. */
  get status(): Status {
    this.assertOpen()
    return this.#session.handle.overallStatus()
  }

  /** Edits of all rooms without a verdict, of rooms that are not open too. */
  get pending(): number {
    this.assertOpen()
    return this.#session.pending
  }

  /**
   * Where edits without a verdict are kept: `durable`, or `none` without the option `storage`. In a browser that has no storage
   * for it, or no space left, it is `volatile`, and the event `storageFailed` has told so; `storageRestored` tells when it is
   * `durable` again.
   */
  get storage(): StorageState {
    this.assertOpen()
    return this.#session.handle.storage
  }

  /** The limits in force: the configured ones, lowered to the server's. */
  get limits(): Limits {
    this.assertOpen()
    return this.#session.handle.limits()
  }

  /** Whether the client was closed. */
  get closed(): boolean {
    return this.#session.end !== undefined
  }

  /**
   * Tells the server a newer token, and asks again where there was no permission.
   *
   * It is also the token of later connects, unless they ask a function for one; a connection that is being made with an
   * older one is given up for another.
   */
  setToken(token: string): void {
    this.assertOpen()
    checkType('token', token, 'string')
    this.#session.handle.setToken(token)
    this.#session.takeToken(token)
  }

  /**
   * Tries again at once what waits out a pause after a failure: for when the network is back.
   *
   * An attempt that is not connected yet is given up for another one, whatever its token or its handshake waits for.
   */
  reconnect(): void {
    this.assertOpen()
    this.#session.retry()
  }

  /**
   * Sends what waits, and waits for verdicts.
   *
   * Returns how many edits have none: 0 when all are settled, more at the timeout. Without a timeout it waits as long as it
   * takes: for ever, if a room that has edits is denied for good, and no newer token or opening it again changes that.
   * Rejected with the signal's reason, and with `ClosedError` at the close. Keeps the process alive.
   */
  async flush(options: FlushOptions = {}): Promise<number> {
    this.assertOpen()
    checkNames('options of flush', options, ['timeout', 'signal'])
    const { timeout, signal } = options
    checkSignal(signal)
    if (timeout !== undefined && !(timeout >= 0)) throw invalid('milliseconds as timeout', String(timeout))
    signal?.throwIfAborted()
    this.#session.handle.flush()
    const idle = this.#session.idle()
    const abort = (): void => {
      idle.reject(signal?.reason)
    }
    signal?.addEventListener('abort', abort, { once: true })
    const longest = 2 ** 31 - 1
    const cancel = timeout === undefined ? undefined : later(Math.min(timeout, longest), () => { idle.resolve() })
    try {
      await this.#session.anchor.during(idle.promise)
      // A client that is closed at this very moment has said how many are left.
      return this.closed ? this.#unsettled : this.#session.pending
    } finally {
      cancel?.()
      signal?.removeEventListener('abort', abort)
      this.#session.forgetIdle(idle)
    }
  }

  /**
   * Waits until every edit made so far is in the storage, and outlives a crash: before a page says that something is saved.
   *
   * Rejected with the storage's error if that fails, with `WrongMode` without the option `storage`, and with `ClosedError` at
   * the close. Keeps the process alive.
   */
  async stored(): Promise<void> {
    this.assertOpen()
    await this.#session.stored()
  }

  /** What was counted since the client was made. */
  metrics(): ClientReport {
    this.assertOpen()
    return this.#session.handle.metrics()
  }

  /** The same in the text format of Prometheus, with these labels on every sample. In browsers it throws: there `metrics` is all. */
  prometheus(labels: Readonly<Record<string, string>> = {}): string {
    this.assertOpen()
    return this.#session.handle.prometheus(labels)
  }

  /** How far the recording is that the option `flight` asked for. Without that, as in browsers, `undefined`. */
  flight(): FlightStatus | undefined {
    this.assertOpen()
    return this.#session.handle.flight()
  }

  /** Keeps the process alive until the client is closed, or {@link unref} is called. */
  ref(): this {
    this.assertOpen()
    this.#held ??= this.#session.anchor.hold()
    return this
  }

  /** Takes {@link ref} back. */
  unref(): this {
    this.#held?.()
    this.#held = undefined
    return this
  }

  /**
   * Ends the client, and returns how many edits have no verdict: stored ones are sent after the next start, others are lost.
   *
   * Never waits for the server: `await client.flush({ timeout })` first does. What was stored is durable when this returns.
   * Everything that waits is rejected with `ClosedError`. A second call returns the same number.
   */
  close(): number {
    if (this.closed) return this.#unsettled
    this.#session.pump()
    if (this.closed) return this.#unsettled
    const undecided = this.#session.conflicts.count()
    this.#unsettled = this.#session.handle.close() + undecided
    this.#session.finish(closed('an open client'))
    this.unref()
    return this.#unsettled
  }

  [dispose](): void {
    this.close()
  }

  /** Waits a few seconds at most for verdicts, then closes. */
  async [asyncDispose](): Promise<void> {
    if (this.closed) return
    try {
      await this.flush({ timeout: DISPOSE_MS })
    } catch (error) {
      // It was closed meanwhile.
      if (!this.closed) throw error
    }
    this.close()
  }
}

/**
 * Makes a client of the server at this URL.
 *
 * Returns soon, also without a network: the storage is opened, and the connection is made in the background as soon as a
 * room is open. A page first loads the engine, waits a second at most for the tab that leads, and five for storage that does
 * not open.
 *
 * Rejected with `StorageInUse`, `StorageCorrupt`, or `InvalidArgument` for options that are not what they are to be; in a page
 * also with `NotFound` where the engine is not there, and the next call tries again.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Client> {
  const href = checkUrl(url)
  checkOptions(options)
  const { WebSocket, storage, tabs } = options
  const resolvers = new ResolverTable(options.resolvers)
  const open = WebSocket === undefined ? await openSockets() : (address: string) => new WebSocket(address)
  const engine = await openEngine({ config: asConfig(options, resolvers), storage, tabs })
  return new Client(engine, () => open(href), options, resolvers)
}
