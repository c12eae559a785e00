/** The engine in the page that leads: its time, and its records on their way to storage. */

import { asError } from '../refusal.js'
import { ClientHandle } from '../handle/client.js'
import type { ClientConfig } from '../handle/options.js'
import type { ClientOutput } from '../handle/outputs.js'
import type { PageClock } from './clock.js'
import type { PageStorage } from './storage.js'

type Persist = Extract<ClientOutput, { kind: 'persist' }>

/** Who hears of what the engine does by itself. @internal */
export interface LeadHost {
  /** A record was made, and is on its way to storage: others may follow it. */
  recorded(record: Persist): void
  /** Storage failed, for good: what is edited from now on is in memory only. */
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
  readonly handle: ClientHandle
  readonly #clock: PageClock
  readonly #host: LeadHost
  #storage: PageStorage | undefined
  /** The latest record that was made. */
  record = 0
  /** Storage was given up, and forgotten. */
  #mending = false

  constructor(config: ClientConfig, blobs: readonly Uint8Array[], clock: PageClock, storage: PageStorage | undefined, host: LeadHost) {
    this.handle = ClientHandle.manual({ ...config, durable: true }, entropy(), blobs, clock.now())
    this.#clock = clock
    this.#storage = storage
    this.#host = host
  }

  get isDurable(): boolean {
    return this.#storage !== undefined
  }

  /** Takes what is to be done; records are seen to here. */
  drain(): Exclude<ClientOutput, Persist>[] {
    const rest: Exclude<ClientOutput, Persist>[] = []
    for (const output of this.handle.drain()) {
      if (output.kind === 'persist') this.#persist(output)
      else rest.push(output)
    }
    return rest
  }

  #persist(record: Persist): void {
    this.record = record.record
    this.#host.recorded(record)
    if (this.#storage === undefined) {
      this.handle.persisted(record.record)
      return
    }
    this.#storage.write(record, { done: (last) => { this.#persisted(last) }, failed: (error) => { void this.#failed(error) } })
  }

  #persisted(record: number): void {
    this.handle.setNow(this.#clock.now())
    this.handle.persisted(record)
  }

  /**
   * Nothing can be stored any more, such as for want of space. What is stored is forgotten before anything is sent that it
   * does not know of: else the next start would send it again.
   */
  async #failed(thrown: unknown): Promise<void> {
    const error = asError(thrown)
    if ((error as { code?: unknown }).code === 'Superseded') {
      this.#host.superseded()
      return
    }
    if (this.#mending) return
    this.#mending = true
    const storage = this.#storage
    try {
      await storage?.clear()
    } catch {
      // It cannot even be forgotten: edits end here, as they do where storage is a file.
      this.handle.setNow(this.#clock.now())
      this.handle.persistFailed(error.message)
      return
    }
    storage?.close()
    this.#storage = undefined
    this.#host.degraded(error)
    this.#persisted(this.record)
  }

  /** Ends it; what was recorded is on its way to storage. Gives how many edits have no verdict. */
  close(): number {
    this.handle.setNow(this.#clock.now())
    for (;;) {
      const outputs = this.handle.drain()
      if (outputs.length === 0) break
      for (const output of outputs) if (output.kind === 'persist') this.#persist(output)
    }
    return this.handle.close()
  }

  /** Ends when what was recorded is stored. */
  async stored(): Promise<void> {
    await this.#storage?.settled()
    this.#storage?.close()
  }
}
