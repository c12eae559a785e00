/** An engine that no other tab shares: the application uses the one that leads. */

import type { ClientEngine, EngineOutput, StorageState } from '../engine.js'
import { errorOf, type SynclineError } from '../errors.js'
import type { ClientHandle } from '../handle/client.js'
import type { ClientConfig } from '../handle/options.js'
import { PageHandle } from './handle.js'
import { Lead } from './lead.js'
import { follow } from './life.js'
import type { Held } from './locks.js'
import type { PageStorage } from './storage.js'

/** What was opened for the engine, or why not. */
export interface Opened {
  readonly blobs: readonly Uint8Array[]
  readonly storage?: PageStorage
  readonly lock?: Held
  /** Why what is edited is in memory only, although a storage was named. */
  readonly failure?: Error
}

/** @internal */
export class DirectEngine extends PageHandle implements ClientEngine {
  readonly #lead: Lead
  readonly #named: boolean
  readonly #lock: Held | undefined
  readonly #news: EngineOutput[] = []
  /** What is told once the application has had the time to listen. */
  readonly #early: EngineOutput[] = []
  readonly #forget: () => void
  #wake: (() => void) | undefined
  #failure: SynclineError | undefined
  #over = false

  constructor(config: ClientConfig, named: boolean, { blobs, storage, lock, failure }: Opened) {
    super()
    this.#named = named
    this.#lock = lock
    this.#lead = new Lead(config, blobs, this.clock, storage, {
      recorded: () => {},
      stored: () => {},
      degraded: (error) => { this.#degrade(error) },
      superseded: () => { this.#lose() },
    })
    void lock?.lost.then(() => { this.#lose() })
    if (failure !== undefined) this.#degrade(failure)
    const awake = (): void => { this.reconnect() }
    const lost = (): void => {
      this.#news.push({ kind: 'disconnect' })
      this.disconnected()
    }
    this.#forget = follow({ awake, lost, asleep: () => {}, resumed: awake })
  }

  #degrade(error: Error | undefined): void {
    this.#failure = error && errorOf('StorageFailed', 'storage of the browser', error.message)
    const news = this.#wake === undefined ? this.#early : this.#news
    news.push({ kind: error === undefined ? 'storageRestored' : 'storageFailed' })
    this.#wake?.()
  }

  /** Another page writes to the storage: what would be edited here could not be kept. */
  #lose(): void {
    if (this.#over || this.#lead.isFailed) return
    const error = new Error('another page took the storage over')
    this.#lead.fail(error.message)
    this.#degrade(error)
  }

  protected get handle(): ClientHandle {
    return this.#lead.handle
  }

  get storage(): StorageState {
    if (!this.#named) return 'none'
    return this.#lead.isDurable ? 'durable' : 'volatile'
  }

  asked(): boolean {
    return false
  }

  setWake(callback: (() => void) | undefined): void {
    this.#wake = callback
    this.handle.setWake(callback)
    // What is to be told already is told once somebody listens.
    if (callback === undefined) return
    setTimeout(() => {
      this.#news.push(...this.#early.splice(0))
      this.#wake?.()
    })
  }

  drain(): EngineOutput[] {
    const outputs: EngineOutput[] = [...this.#news.splice(0), ...this.#lead.drain()]
    if (outputs.length === 0) this.#arm()
    return outputs
  }

  /** Has the engine called when it wants to be. */
  #arm(): void {
    this.clock.arm(this.handle.deadline(), () => {
      this.at()
      this.#arm()
    })
  }

  storageError(): SynclineError | undefined {
    return this.#failure ?? this.handle.storageError()
  }

  connected(token: string): void {
    this.at().connected(token)
  }
  receive(frame: Uint8Array | string): void {
    this.at().receive(frame)
  }
  disconnected(): void {
    this.at().disconnected()
  }
  setToken(token: string): void {
    this.at().setToken(token)
  }
  reconnect(): void {
    this.at().reconnect()
  }
  flush(): void {
    this.at().flush()
    this.#arm()
  }

  close(): number {
    this.#over = true
    this.#wake = undefined
    this.#forget()
    this.clock.arm(undefined, () => {})
    try {
      return this.#lead.close()
    } finally {
      void this.#lead.end().then(() => this.#lock?.release())
    }
  }
}
