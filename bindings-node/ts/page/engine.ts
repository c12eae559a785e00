/** Which engine a client of a page gets: one of its own, or one that it shares with other tabs. */

import type { ClientConfig } from '../handle/options.js'
import type { ClientEngine, EngineParts } from '../engine.js'
import { errorOf, StorageError } from '../errors.js'
import { asError, invalid } from '../refusal.js'
import { DirectEngine } from './direct.js'
import { canShare, type Held, tryLock } from './locks.js'
import { SharedEngine } from './shared.js'
import { PageStorage } from './storage.js'

/** Milliseconds that a client waits for a storage that another has: that of a page that was just left. */
const PATIENCE_MS = 500
const LOOK_MS = 20

/** The right to use a storage, together with all who share it, or alone. */
async function use(name: string, mode: LockMode): Promise<Held> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const lock = await tryLock(`${name}:use`, mode)
    if (lock !== undefined) return lock
    if (performance.now() > until) throw errorOf('StorageInUse', 'a storage that no other page uses', name)
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS) })
  }
}

/** @internal */
export async function openPage({ config, storage, tabs }: EngineParts): Promise<ClientEngine> {
  if (storage === undefined) {
    if (tabs === true) throw invalid('tabs only with a storage, which they share', 'none')
    return new DirectEngine(config, false, { blobs: [] })
  }
  // Tabs follow what is recorded of the state.
  const follows = config.cache !== false
  if (tabs === true && !follows) throw invalid('tabs only with the state in the storage', 'cache: false')
  const name = `syncline:${storage}`
  const fail = (failure: Error): ClientEngine => new DirectEngine(config, true, { blobs: [], failure })
  if (!canShare()) return fail(errorOf('StorageFailed', 'a page from https or localhost, which has locks', 'one without them'))
  const shares = tabs ?? follows
  let lock: Held
  try {
    lock = await use(name, shares ? 'shared' : 'exclusive')
  } catch (error) {
    if (error instanceof StorageError) throw error
    // A frame without an origin of its own has neither locks nor storage.
    return fail(asError(error))
  }
  try {
    return await (shares ? SharedEngine.open(config, name, lock) : openAlone(config, name, lock))
  } catch (error) {
    lock.release()
    throw error
  }
}

async function openAlone(config: ClientConfig, name: string, lock: Held): Promise<ClientEngine> {
  let storage: PageStorage | undefined
  try {
    storage = await PageStorage.open(name)
    const { blobs } = await storage.take()
    return new DirectEngine(config, true, { blobs, storage, lock })
  } catch (error) {
    // What a browser has no storage for, as in some private windows; what is damaged is told to whoever connects.
    storage?.close()
    if ((error as { code?: unknown }).code === 'StorageCorrupt') throw error
    return new DirectEngine(config, true, { blobs: [], lock, failure: asError(error) })
  }
}
