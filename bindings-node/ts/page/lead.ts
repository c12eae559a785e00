/** The engine that leads: its records on their way to storage. */

import type { ClientConfig } from '../handle/options.js'
import type { ClientOutput } from '../handle/outputs.js'
import { asError } from '../refusal.js'
import type { PageClock } from './clock.js'
import type { PageStorage } from './storage.js'
import { TabHandle } from './tab.js'

/** A record on its way. */
export type Persist = Extract<ClientOutput, { kind: 'persist' }>

/** What is left to do for others. */
export type LeadOutput = Exclude<ClientOutput, { kind: 'persist' | 'propose' | 'storageFailed' }>

/** Who hears of what the engine does by itself. @internal */
export interface LeadHost {
  /** A record was made, and is on its way to storage. */
  recorded(record: Persist): void
  /** The records up to this one are as safe as they will ever be. */
  stored(record: number): void
  /**
   * Storage failed: what is edited from now on is in memory only, and is not sent either as long as something is stored that
   * does not know of it. Without an error, it is stored again.
   */
  degraded(error: Error | undefined): void
  /** Another writes to this storage. */
  superseded(): void
}

/** Thirty-two bytes that nobody can guess. @internal */
export function entropy(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32))
}

/** Milliseconds from a failure of the storage until it is tried again; twice as long after each. */
const FIRST_MS = 1_000
const MOST_MS = 300_000

/**
 * What becomes of records. Where one could not be stored, everything is, in the place of what was; where that fails too, what
 * is stored is forgotten, before anything is sent that it does not know of: else the next start would send it again. Where
 * not even that can be done records wait until one of both can.
 */
type Step =
  | 'stored'
  /** Stored, behind everything. */
  | 'whole'
  /** Safe once nothing is stored any more. */
  | 'clear'
  /** Safe at once, in memory only. */
  | 'volatile'

/** @internal */
export class Lead {
  readonly handle: TabHandle
  readonly #clock: PageClock
  readonly #host: LeadHost
  readonly #storage: PageStorage | undefined
  /** The latest record that was made, and the latest that is safe. */
  record = 0
  safe = 0
  #step: Step
  /** What is edited is not stored, which was told. */
  #volatile: boolean
  /** Nothing is stored: records may be safe all the same. */
  #empty: boolean
  /** Up to here records are part of something else that is stored, or not to be stored. */
  #whole = 0
  #error = new Error()
  #pause = FIRST_MS
  #timer: ReturnType<typeof setTimeout> | undefined
  #failed = false
  #over = false

  constructor(config: ClientConfig, blobs: readonly Uint8Array[], clock: PageClock, storage: PageStorage | undefined, host: LeadHost) {
    this.handle = TabHandle.lead({ ...config, durable: true }, entropy(), blobs, clock.now())
    this.#clock = clock
    this.#storage = storage
    this.#host = host
    this.#volatile = storage === undefined
    this.#empty = this.#volatile
    this.#step = this.#volatile ? 'volatile' : 'stored'
    if (storage !== undefined) {
      storage.host = { stored: (record) => { this.#written(record) }, failed: (error) => { this.#mend(asError(error)) } }
    }
  }

  get isDurable(): boolean {
    return !this.#volatile && !this.#failed
  }

  /** Whether something is stored: whoever goes on without it sends it twice. */
  get isStored(): boolean {
    return !this.#empty
  }

  /** Whether no record is safe any more: nothing is taken or sent. */
  get isFailed(): boolean {
    return this.#failed
  }

  /** Takes what is to be done; records are seen to here. */
  drain(): LeadOutput[] {
    const rest: LeadOutput[] = []
    for (const output of this.handle.drain()) {
      if (output.kind === 'persist') this.#persist(output)
      // A failure of the storage is told by whoever notices it.
      else if (output.kind !== 'propose' && output.kind !== 'storageFailed') rest.push(output)
    }
    return rest
  }

  #persist(record: Persist): void {
    this.record = record.record
    this.#host.recorded(record)
    if (this.#step === 'volatile') this.#stored(record.record)
    else if (record.record > this.#whole) this.#storage?.write(record)
  }

  /** The storage has it, or is empty. */
  #written(record: number): void {
    if (this.#over) return
    const wasVolatile = this.#volatile
    this.#empty = this.#step === 'clear'
    this.#volatile = this.#empty
    if (this.#volatile) this.#goOn()
    else {
      if (this.#step === 'stored') this.#pause = FIRST_MS
      this.#step = 'stored'
      this.#stored(record)
    }
    if (this.#volatile !== wasVolatile) this.#host.degraded(wasVolatile ? undefined : this.#error)
  }

  /** Goes on in memory, until there may be space again. */
  #goOn(): void {
    this.#step = 'volatile'
    this.#whole = 0
    this.#stored(this.record)
    this.#later(() => { this.rewrite() })
  }

  #later(retry: () => void): void {
    this.#timer = setTimeout(retry, this.#pause)
    this.#pause = Math.min(this.#pause * 2, MOST_MS)
  }

  #stored(record: number): void {
    if (this.#over) return
    this.safe = record
    try {
      this.handle.setNow(this.#clock.now())
      this.handle.persisted(record)
    } catch {
      // The engine has ended, which is told elsewhere: what is stored is not at fault, and stays.
      return
    }
    this.#host.stored(record)
  }

  #mend(error: Error): void {
    // What is in memory only is tried again by itself.
    if (this.#over || this.#step === 'volatile') return
    this.#error = error
    if ((error as { code?: unknown }).code === 'Superseded') this.#host.superseded()
    // What is empty already need not be emptied.
    else if (this.#step === 'clear' && this.#empty) this.#goOn()
    else if (this.#step === 'clear') this.#wait(error)
    else if (this.#step === 'whole') this.#clear()
    else this.#mendAll()
  }

  /** What is stored can be neither replaced nor forgotten: that is tried again. */
  #wait(error: Error): void {
    this.#later(() => { this.#mendAll() })
    if (this.#volatile) return
    this.#volatile = true
    this.#host.degraded(error)
  }

  #mendAll(): void {
    if (!this.rewrite()) this.#clear()
  }

  #clear(): void {
    this.#step = 'clear'
    this.#whole = Infinity
    this.#storage?.write({ record: 0, replace: true, sync: true })
  }

  /** Stores everything, in the place of what is stored. Whether that can be told, which it cannot without the state. */
  rewrite(): boolean {
    if (this.#storage === undefined) return true
    try {
      const { record, bytes } = this.handle.snapshot()
      this.#step = 'whole'
      this.#whole = record
      this.#storage.write({ record, replace: true, sync: true, bytes })
      return true
    } catch (error) {
      // An engine that has ended is told of elsewhere: what is stored is not at fault, and stays.
      return (error as { code?: unknown }).code !== 'WrongMode'
    }
  }

  /** Nothing is taken or sent any more. */
  fail(message: string): void {
    if (this.#over) return
    this.#failed = true
    this.handle.setNow(this.#clock.now())
    this.handle.persistFailed(message)
  }

  /** Ends it; what was recorded is on its way to storage. Gives how many edits have no verdict. */
  close(): number {
    try {
      this.handle.setNow(this.#clock.now())
      for (;;) {
        const outputs = this.handle.drain()
        if (outputs.length === 0) break
        for (const output of outputs) if (output.kind === 'persist') this.#persist(output)
      }
      return this.handle.close()
    } finally {
      this.#over = true
      clearTimeout(this.#timer)
    }
  }

  /** Ends when what was recorded is stored. */
  async end(): Promise<void> {
    await this.#storage?.settled()
    this.#storage?.close()
  }
}
