/** Where the records of a client lie in a browser: one IndexedDB database for each storage, fenced against tabs that lost it. */

import { errorOf } from '../errors.js'

/** The version of the database's layout. */
const LAYOUT = 1
const LOG = 'log'
/** Beside the number of the writer: those of the ones before, each as a key. */
const META = 'meta'
const TERM = 'term'
/** How many of those before are remembered. */
const ENDED = 1_000

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

/** What is to be stored: a record, or what stands for all before, which is nothing without bytes. */
export interface Order {
  readonly record: number
  readonly replace: boolean
  readonly sync: boolean
  readonly bytes?: Uint8Array
}

/** Who hears what becomes of orders. @internal */
export interface StorageHost {
  /** This record is durable, and all that were ordered before it. */
  stored(record: number): void
  /** What was ordered and not said to be durable is not, and nothing is, until something stands for all before. */
  failed(error: unknown): void
}

/** Milliseconds in which a database that does not open is waited for. */
const OPEN_MS = 5_000
/** Milliseconds before it is opened again: while the data of its page are cleared it opens for nobody. */
const AGAIN_MS = 500

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
    const fail = (error: Error): void => {
      reject(error)
      // Nobody waits any more for what may open later.
      asked.onsuccess = () => { asked.result.close() }
    }
    const timer = setTimeout(fail, OPEN_MS, new Error('the database does not open'))
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(LOG, { autoIncrement: true })
      asked.result.createObjectStore(META)
    }
    asked.onsuccess = () => {
      clearTimeout(timer)
      resolve(asked.result)
    }
    asked.onerror = () => { reject(asked.error ?? new Error('the database cannot be opened')) }
    asked.onblocked = () => { fail(new Error('the database is open in another version')) }
  })
}

/**
 * The log of a client. Orders that come while one is written are written together.
 *
 * @internal
 */
export class PageStorage {
  readonly #name: string
  #database: IDBDatabase | undefined
  #term = 0
  #waiting: Order[] = []
  /** Ends when nothing waits; none while nothing does. */
  #work: Promise<void> | undefined
  /** A write failed: what comes after it must not be stored without it. */
  #torn = false
  host: StorageHost | undefined

  private constructor(name: string) {
    this.#name = name
  }

  /** Opens the storage of this name. Throws what the browser says, as in a private window that has none. */
  static async open(name: string): Promise<PageStorage> {
    if (typeof indexedDB === 'undefined') throw errorOf('StorageFailed', 'IndexedDB', 'a place without it')
    const storage = new PageStorage(name)
    await storage.#opened()
    return storage
  }

  async #opened(): Promise<IDBDatabase> {
    if (this.#database !== undefined) return this.#database
    if (this.#term > 0) await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS) })
    const database = await open(this.#name)
    // What is being written then fails by itself.
    database.onclose = () => {
      if (this.#database === database && this.#work === undefined) this.#tear(new Error('the database was closed'))
    }
    this.#database = database
    return database
  }

  /**
   * Tells who writes from now on, and gives what is there: whoever wrote before cannot any more. The number of the writer is
   * at least this one.
   */
  async take(least = 1): Promise<Recovered & { readonly own: number }> {
    const transaction = await this.#begin('strict')
    const meta = transaction.objectStore(META)
    const done = finished(transaction)
    const [stored, before = 0] = await Promise.all([
      request(transaction.objectStore(LOG).getAll() as IDBRequest<Stored[]>),
      request(meta.get(TERM) as IDBRequest<number | undefined>),
    ])
    const own = Math.max(before + 1, least)
    this.#term = own
    this.#grab(meta, before)
    await done
    const { term = 0, record = 0 } = stored.at(-1) ?? {}
    // What is no blob is found to be damaged by whoever reads it.
    const blobs = stored.map(({ bytes }: Partial<Stored>) => (bytes instanceof Uint8Array ? bytes : Uint8Array.of(0)))
    return { blobs, term, record, own }
  }

  /** Makes it durable, after all ordered before: the host hears of it, or of one that was ordered with it or later. */
  write(order: Order): void {
    if (order.replace) this.#torn = false
    if (this.#torn) return
    this.#waiting.push(order)
    this.#work ??= this.#drain()
  }

  async #drain(): Promise<void> {
    try {
      for (let orders; (orders = this.#waiting.splice(0)).length > 0; ) {
        await this.#put(orders)
        this.host?.stored(orders.at(-1)?.record ?? 0)
      }
      this.#work = undefined
    } catch (error) {
      this.#tear(error)
    }
  }

  /** Whatever it was that failed, a database that was cleared under its pages has to be opened again. */
  #tear(error: unknown): void {
    this.close()
    this.#torn = true
    this.#waiting = []
    this.#work = undefined
    this.host?.failed(error)
  }

  async #begin(durability: IDBTransactionDurability): Promise<IDBTransaction> {
    return (await this.#opened()).transaction([LOG, META], 'readwrite', { durability })
  }

  async #put(orders: readonly Order[]): Promise<void> {
    const transaction = await this.#begin(orders.some(({ sync }) => sync) ? 'strict' : 'relaxed')
    const done = finished(transaction)
    const log = transaction.objectStore(LOG)
    const whole = orders.findLastIndex(({ replace }) => replace)
    if (whole >= 0) {
      await this.#own(transaction)
      log.clear()
    } else {
      // Ends the transaction if another tab writes since. Nothing in it waits for this page, which may hang: no other tab could
      // go on as long as it is open.
      const meta = transaction.objectStore(META)
      meta.add(0, this.#term)
      meta.delete(this.#term)
    }
    for (const { record, bytes } of orders.slice(Math.max(whole, 0))) {
      if (bytes !== undefined) log.put({ term: this.#term, record, bytes } satisfies Stored)
    }
    transaction.commit()
    await done.catch((error: unknown) => { throw (error as Error).name === 'ConstraintError' ? this.#superseded('a later one') : error })
  }

  /** Before everything is replaced: a tab that lost the storage does not, and a database that was cleared is taken again. */
  async #own(transaction: IDBTransaction): Promise<void> {
    const meta = transaction.objectStore(META)
    const held = (await request(meta.get(TERM) as IDBRequest<number | undefined>)) ?? 0
    if (held > this.#term) {
      transaction.abort()
      throw this.#superseded(`the writer ${held}`)
    }
    if (held < this.#term) this.#grab(meta, held)
  }

  /** Writes from now on, and the one before does not, also if it was put to sleep and knows nothing of it. */
  #grab(meta: IDBObjectStore, before: number): void {
    meta.put(0, before)
    meta.delete(IDBKeyRange.upperBound(before - ENDED))
    meta.put(this.#term, TERM)
  }

  #superseded(by: string): Error {
    return errorOf('Superseded', `the writer ${this.#term}`, by)
  }

  /** Waits until all that was ordered is written, or failed. */
  async settled(): Promise<void> {
    await this.#work
  }

  close(): void {
    this.#database?.close()
    this.#database = undefined
  }
}
