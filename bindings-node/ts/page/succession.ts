/** What a tab goes on with that begins to lead: what is stored or, if that is less, what it has heard. */

import type { ClientConfig } from '../handle/options.js'
import { asError } from '../refusal.js'
import type { PageClock } from './clock.js'
import { Lead, type LeadHost } from './lead.js'
import type { Base } from './messages.js'
import { PageStorage, type Recovered } from './storage.js'

/** Until where the tab has heard the one that led before. */
interface Known {
  /** 0 if it has heard nothing. */
  readonly term: number
  readonly record: number
  snapshot(): Uint8Array
}

/** The engine that leads from now on. @internal */
export interface Succession {
  readonly lead: Lead
  readonly term: number
  readonly base: Base
  /** Why nothing is stored. */
  readonly failure?: Error
}

interface Taken {
  readonly storage?: PageStorage
  readonly found: Recovered & { readonly own: number }
  /** Why there is no storage. */
  readonly failure?: Error
}

/** Milliseconds before storage that did not open is tried again; twice as long after each time. */
const FIRST_MS = 500
const MOST_MS = 30_000

/**
 * Without storage a term is a fraction above what was known: whoever has storage next comes later, and a tab that knew nothing
 * before every other one.
 */
const FRACTION = 1 / 1_024

/** The storage, and what is in it; or why there is none. `known` is the latest term that was heard of. */
async function take(name: string, known: number, holds: () => boolean): Promise<Taken> {
  let storage: PageStorage | undefined
  try {
    storage = await PageStorage.open(name)
    // Else it may belong to another one by now.
    if (!holds()) throw new Error('it is not wanted any more')
    return { storage, found: await storage.take(Math.floor(known) + 1) }
  } catch (error) {
    storage?.close()
    return { found: { blobs: [], term: 0, record: 0, own: known + FRACTION }, failure: asError(error) }
  }
}

/**
 * Begins to lead, unless `holds` says that this is not wanted any more. Throws `StorageCorrupt` if what is stored cannot be
 * read, and nothing was heard that could take its place.
 *
 * @internal
 */
export async function succeed(parts: {
  readonly config: ClientConfig
  readonly name: string
  readonly clock: PageClock
  readonly known: Known
  readonly host: LeadHost
  readonly holds: () => boolean
  /** Whether what was heard is stored. */
  readonly isStored: boolean
  /** Nobody leads as long as the storage does not open. */
  readonly waits: (failure: Error) => void
}): Promise<Succession | undefined> {
  const { config, name, clock, known, host, holds } = parts
  let taken = await take(name, known.term, holds)
  for (let pause = FIRST_MS; taken.failure !== undefined && parts.isStored && holds(); pause = Math.min(pause * 2, MOST_MS)) {
    // Of the same client as what was heard: if that were sent without it, the next start would send it again.
    if (pause === FIRST_MS) parts.waits(taken.failure)
    await new Promise((resolve) => { setTimeout(resolve, pause) })
    taken = await take(name, known.term, holds)
  }
  const { storage, found, failure } = taken
  if (!holds()) {
    storage?.close()
    return undefined
  }
  const go = (blobs: readonly Uint8Array[]): Lead => new Lead(config, blobs, clock, storage, host)
  const end = { term: found.own, ...(failure && { failure }) }
  const heard = (): Succession => {
    const lead = go([known.snapshot()])
    lead.rewrite()
    return { lead, base: known, ...end }
  }
  // A leader that had no storage any more leaves what its tabs heard of it.
  if (known.term > found.term || (known.term === found.term && known.record > found.record)) return heard()
  try {
    return { lead: go(found.blobs), base: found, ...end }
  } catch (error) {
    if (known.term > 0) return heard()
    storage?.close()
    throw error
  }
}
