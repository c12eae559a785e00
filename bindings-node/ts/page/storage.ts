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
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => { resolve() }
    transaction.onabort = () => { reject(transaction.error ?? new Error('a transaction was aborted')) }
  })
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
  #over = false

  private constructor(database: IDBDatabase) {
    this.#database = database
  }

  /** Opens the storage of this name. Throws what the browser says, as in a private window that has none. */
  static async open(name: string): Promise<PageStorage> {
    if (typeof indexedDB === 'undefined') throw errorOf('StorageFailed', 'IndexedDB', 'a place without it')
    return new PageStorage(await open(name))
  }

  /** Tells who writes from now on, and gives what is there: whoever wrote before cannot any more. */
  async take(): Promise<Recovered & { readonly own: number }> {
    const transaction = this.#database.transaction([LOG, META], 'readwrite', { durability: 'strict' })
    const meta = transaction.objectStore(META)
    const done = finished(transaction)
    const [stored, before] = await Promise.all([
      request(transaction.objectStore(LOG).getAll() as IDBRequest<Stored[]>),
      request(meta.get(TERM) as IDBRequest<number | undefined>),
    ])
    const own = (before ?? 0) + 1
    meta.put(own, TERM)
    await done
    this.#term = own
    const { term = 0, record = 0 } = stored.at(-1) ?? {}
    return { blobs: stored.map(({ bytes }) => bytes), term, record, own }
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
    if (this.#over) return
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
    // In the same transaction: a tab that was put to sleep and lost the storage finds out before it writes.
    const held = await request(transaction.objectStore(META).get(TERM) as IDBRequest<number>)
    if (held !== this.#term) {
      transaction.abort()
      await done.catch(() => {})
      throw errorOf('Superseded', `the writer ${this.#term}`, `the writer ${held}`)
    }
    const whole = orders.findLastIndex(({ replace }) => replace)
    if (whole >= 0) log.clear()
    for (const { stored } of orders.slice(Math.max(whole, 0))) log.put(stored)
    transaction.commit()
    await done
  }

  /** Forgets all that is stored: what is not written any more must not come back. */
  async clear(): Promise<void> {
    this.#waiting.length = 0
    const transaction = this.#database.transaction([LOG], 'readwrite', { durability: 'strict' })
    transaction.objectStore(LOG).clear()
    await finished(transaction)
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
