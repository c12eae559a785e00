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
export type LeadOutput = Exclude<ClientOutput, { kind: 'persist' | 'propose' }>

/** Who hears of what the engine does by itself. @internal */
export interface LeadHost {
  /** A record was made, and is on its way to storage. */
  recorded(record: Persist): void
  /** The records up to this one are as safe as they will ever be. */
  stored(record: number): void
  /** Storage failed, for good: what is edited from now on is in memory only, or nowhere if the engine takes no more edits. */
  degraded(error: Error): void
  /** Another writes to this storage. */
  superseded(): void
}

/** Thirty-two bytes that nobody can guess. @internal */
export function entropy(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32))
}

/** @internal */
export class Lead {
  readonly handle: TabHandle
  readonly #clock: PageClock
  readonly #host: LeadHost
  #storage: PageStorage | undefined
  /** The latest record that was made, and the latest that is safe. */
  record = 0
  safe = 0
  /** Storage failed, and what becomes of it is not known yet. */
  #mending = false
  #failed = false
  #over = false

  constructor(config: ClientConfig, blobs: readonly Uint8Array[], clock: PageClock, storage: PageStorage | undefined, host: LeadHost) {
    this.handle = TabHandle.lead({ ...config, durable: true }, entropy(), blobs, clock.now())
    this.#clock = clock
    this.#storage = storage
    this.#host = host
  }

  get isDurable(): boolean {
    return this.#storage !== undefined && !this.#failed
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
      else if (output.kind !== 'propose') rest.push(output)
    }
    return rest
  }

  #persist(record: Persist): void {
    this.record = record.record
    this.#host.recorded(record)
    if (this.#storage === undefined) this.#stored(record.record)
    else if (!this.#mending) {
      this.#storage.write(record, { done: (last) => { this.#stored(last) }, failed: (error) => { void this.#mend(error) } })
    }
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

  /**
   * Nothing can be stored any more, such as for want of space. What is stored is forgotten before anything is sent that it
   * does not know of: else the next start would send it again.
   */
  async #mend(thrown: unknown): Promise<void> {
    if (this.#mending || this.#over) return
    this.#mending = true
    const error = asError(thrown)
    if ((error as { code?: unknown }).code === 'Superseded') {
      this.#host.superseded()
      return
    }
    try {
      await this.#storage?.clear()
    } catch {
      // It cannot even be forgotten: edits end here, as they do where storage is a file.
      this.fail(error.message)
      this.#host.degraded(error)
      return
    }
    this.#storage?.close()
    this.#storage = undefined
    this.#stored(this.record)
    if (!this.#over) this.#host.degraded(error)
  }

  /** Stores what this engine began with, in the place of what was stored. */
  rewrite(blobs: readonly Uint8Array[]): void {
    const outcome = { done: () => {}, failed: (error: unknown) => { void this.#mend(error) } }
    for (const [at, bytes] of blobs.entries()) {
      this.#storage?.write({ record: 0, replace: at === 0, sync: true, bytes }, outcome)
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
    }
  }

  /** Ends when what was recorded is stored. */
  async end(): Promise<void> {
    await this.#storage?.settled()
    this.#storage?.close()
  }
}
