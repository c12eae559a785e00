/** Where the records of a client lie in a browser: one IndexedDB database for each storage, fenced against tabs that lost it. */

import { errorOf } from '../errors.js'

/** The version of the database's layout. */
const LAYOUT = 1
const LOG = 'log'
const META = 'meta'
const TERM = 'term'

/** One blob of records, and where it stands: who led, and the number of the order. */
export interface Stored {
  readonly term: number
  readonly record: number
  readonly bytes: Uint8Array
}

/** What was stored, and until where. */
export interface Recovered {
  readonly blobs: Uint8Array[]
  /** The latest record, or zeros. */
  readonly term: number
  readonly record: number
}

interface Order {
  readonly stored: Stored
  readonly replace: boolean
  readonly sync: boolean
}

function request<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => { resolve(asked.result) }
    asked.onerror = () => { reject(asked.error ?? new Error('a request failed')) }
  })
}

function finished(transaction: IDBTransaction): Promise<void> {
  const done = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => { resolve() }
    transaction.onabort = () => { reject(transaction.error ?? new Error('a transaction was aborted')) }
  })
  // Where a request of it fails first, nobody waits for it.
  done.catch(() => {})
  return done
}

function open(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(name, LAYOUT)
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(LOG, { autoIncrement: true })
      asked.result.createObjectStore(META)
    }
    asked.onsuccess = () => { resolve(asked.result) }
    asked.onerror = () => { reject(asked.error ?? new Error('the database cannot be opened')) }
    asked.onblocked = () => { reject(new Error('the database is open in another version')) }
  })
}

/**
 * The log of a client. Orders that come while one is written are written together.
 *
 * @internal
 */
export class PageStorage {
  readonly #database: IDBDatabase
  #term = 0
  readonly #waiting: Order[] = []
  #writing = false
  /** A write failed: what comes after it must not be stored without it. */
  #torn = false
  #over = false

  private constructor(database: IDBDatabase) {
    this.#database = database
  }

  /** Opens the storage of this name. Throws what the browser says, as in a private window that has none. */
  static async open(name: string): Promise<PageStorage> {
    if (typeof indexedDB === 'undefined') throw errorOf('StorageFailed', 'IndexedDB', 'a place without it')
    return new PageStorage(await open(name))
  }

  /**
   * Tells who writes from now on, and gives what is there: whoever wrote before cannot any more. The number of the writer is
   * at least this one.
   */
  async take(least = 1): Promise<Recovered & { readonly own: number }> {
    const transaction = this.#database.transaction([LOG, META], 'readwrite', { durability: 'strict' })
    const meta = transaction.objectStore(META)
    const done = finished(transaction)
    const [stored, before] = await Promise.all([
      request(transaction.objectStore(LOG).getAll() as IDBRequest<Stored[]>),
      request(meta.get(TERM) as IDBRequest<number | undefined>),
    ])
    const own = Math.max((before ?? 0) + 1, least)
    meta.put(own, TERM)
    await done
    this.#term = own
    const { term = 0, record = 0 } = stored.at(-1) ?? {}
    // What is no blob is found to be damaged by whoever reads it.
    const blobs = stored.map(({ bytes }: Partial<Stored>) => (bytes instanceof Uint8Array ? bytes : Uint8Array.of(0)))
    return { blobs, term, record, own }
  }

  /** The number of the writer. */
  get term(): number {
    return this.#term
  }

  /** Makes a record durable, after all ordered before; `done` and `failed` are called in order, once each. */
  write(order: { record: number; replace: boolean; sync: boolean; bytes: Uint8Array }, outcome: {
    readonly done: (record: number) => void
    readonly failed: (error: unknown) => void
  }): void {
    if (this.#over || this.#torn) return
    const { record, replace, sync, bytes } = order
    this.#waiting.push({ stored: { term: this.#term, record, bytes }, replace, sync })
    if (!this.#writing) void this.#drain(outcome)
  }

  async #drain({ done, failed }: { done: (record: number) => void; failed: (error: unknown) => void }): Promise<void> {
    this.#writing = true
    try {
      while (this.#waiting.length > 0 && !this.#over) {
        const orders = this.#waiting.splice(0)
        await this.#put(orders)
        const last = orders.at(-1)
        if (last !== undefined && !this.#over) done(last.stored.record)
      }
    } catch (error) {
      this.#torn = true
      this.#waiting.length = 0
      if (!this.#over) failed(error)
    } finally {
      this.#writing = false
    }
  }

  async #put(orders: readonly Order[]): Promise<void> {
    const durability = orders.some(({ sync }) => sync) ? 'strict' : 'relaxed'
    const transaction = this.#database.transaction([LOG, META], 'readwrite', { durability })
    const done = finished(transaction)
    const log = transaction.objectStore(LOG)
    await this.#assertOwn(transaction)
    const whole = orders.findLastIndex(({ replace }) => replace)
    if (whole >= 0) log.clear()
    for (const { stored } of orders.slice(Math.max(whole, 0))) log.put(stored)
    transaction.commit()
    await done
  }

  /** Forgets all that is stored: what is not written any more must not come back. */
  async clear(): Promise<void> {
    this.#waiting.length = 0
    const transaction = this.#database.transaction([LOG, META], 'readwrite', { durability: 'strict' })
    const done = finished(transaction)
    await this.#assertOwn(transaction)
    transaction.objectStore(LOG).clear()
    await done
  }

  /** Ends a transaction of a tab that was put to sleep and lost the storage meanwhile, before it changes anything. */
  async #assertOwn(transaction: IDBTransaction): Promise<void> {
    const held = await request(transaction.objectStore(META).get(TERM) as IDBRequest<number>)
    if (held === this.#term) return
    transaction.abort()
    throw errorOf('Superseded', `the writer ${this.#term}`, `the writer ${held}`)
  }

  /** Waits until all that was ordered is written, or failed. */
  async settled(): Promise<void> {
    while (this.#writing) await new Promise((resolve) => { setTimeout(resolve, 1) })
  }

  close(): void {
    this.#over = true
    this.#database.close()
  }
}
