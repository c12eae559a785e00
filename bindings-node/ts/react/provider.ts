/** Where the client of a tree of components comes from, and when it is closed. */

import { createElement, type ReactElement, type ReactNode, useMemo, useSyncExternalStore } from 'react'

import { later } from '../anchor.js'
import type { Client } from '../client.js'
import type { ConnectOptions } from '../options.js'
import { invalid } from '../refusal.js'
import { Clients, type Given } from './context.js'
import { GRACE_MS } from './grace.js'

/** A client that is there or is being made by the application, which closes it; or where the provider connects to. */
export type SynclineProviderProps =
  | { client: Client | PromiseLike<Client> | undefined; url?: undefined; options?: undefined; children?: ReactNode }
  | { client?: undefined; url: string | URL; options?: ConnectOptions | undefined; children?: ReactNode }

/** Something that gives a client in time. */
interface Source {
  readonly subscribe: (notify: () => void) => () => void
  readonly look: () => Given
}

const NONE: Given = {}

function ofClient(client: Client | undefined): Source {
  const given = client === undefined ? NONE : { client }
  return { subscribe: () => () => {}, look: () => given }
}

function ofPromise(promise: PromiseLike<Client>): Source {
  let given = NONE
  const notified = new Set<() => void>()
  const take = (taken: Given): void => {
    given = taken
    for (const notify of [...notified]) notify()
  }
  promise.then((client) => { take({ client }) }, (thrown: unknown) => { take({ failure: { thrown } }) })
  return {
    subscribe: (notify) => {
      notified.add(notify)
      return () => notified.delete(notify)
    },
    look: () => given,
  }
}

/** Connections that nobody uses any more and that are closed in a moment. */
const leaving = new Set<Connection>()

/** A client that is made when the first component is there, and closed a moment after the last has gone. */
class Connection implements Source {
  readonly #url: string | URL
  readonly #options: ConnectOptions
  #given = NONE
  #notify: (() => void) | undefined
  #making: Promise<void> | undefined
  #cancel: (() => void) | undefined

  constructor(url: string | URL, options: ConnectOptions) {
    this.#url = url
    this.#options = options
  }

  readonly look = (): Given => this.#given

  readonly subscribe = (notify: () => void): (() => void) => {
    this.#notify = notify
    this.#cancel?.()
    leaving.delete(this)
    this.#making ??= this.#make()
    return () => {
      this.#notify = undefined
      leaving.add(this)
      // A tree that is taken down and put up again at once, as in StrictMode, keeps its client.
      this.#cancel = later(GRACE_MS, () => void this.#end())
    }
  }

  async #make(): Promise<void> {
    const { storage } = this.#options
    // A storage belongs to one client at a time.
    if (storage !== undefined) {
      await Promise.all([...leaving].filter((other) => other.#options.storage === storage).map((other) => other.#end()))
    }
    try {
      // Not before it is needed: a server that renders pages loads no engine.
      const { connect } = await import('../client.js')
      this.#given = { client: await connect(this.#url, this.#options) }
    } catch (thrown) {
      this.#given = { failure: { thrown } }
    }
    this.#notify?.()
  }

  async #end(): Promise<void> {
    this.#cancel?.()
    leaving.delete(this)
    const making = this.#making
    this.#making = undefined
    await making
    this.#given.client?.close()
    this.#given = NONE
  }
}

function isPromise(value: object): value is PromiseLike<Client> {
  return 'then' in value
}

function sourceOf(client: Client | PromiseLike<Client> | undefined, url: string | undefined, options: ConnectOptions): Source {
  if (client !== undefined && url !== undefined) throw invalid('a client or a url of SynclineProvider', 'both')
  if (url !== undefined) return new Connection(url, options)
  if (client === undefined) return ofClient(undefined)
  if (typeof client !== 'object' || (client as unknown) === null) throw invalid('a client of SynclineProvider', String(client))
  return isPromise(client) ? ofPromise(client) : ofClient(client)
}

/**
 * Gives the components below it a client.
 *
 * Either `client`: one that the application made, or the promise of one, and closes itself. Or `url` with the `options` of
 * `connect`: then the provider makes the client when it is on the page, never on a server, and closes it a moment after it
 * has gone. The options count when the client is made, which is once for each URL; give the provider another `key` for
 * others.
 *
 * The components are shown at once, with their initial values. If no client can be made, the error is thrown to the next
 * error boundary.
 *
 * @example
 * const client = connect('wss://sync.example')    // beside the components, so that it is made once
 * <SynclineProvider client={client}><App /></SynclineProvider>
 *
 * @example <SynclineProvider url="wss://sync.example" options={{ token, storage: 'outbox' }}><App /></SynclineProvider>
 */
export function SynclineProvider({ client, url, options, children }: SynclineProviderProps): ReactElement {
  const href = url === undefined ? undefined : String(url)
  // The options are those of the first rendering with this URL: as a literal they are another object each time.
  const source = useMemo(() => sourceOf(client, href, options ?? {}), [client, href])
  const given = useSyncExternalStore(source.subscribe, source.look, source.look)
  if (given.failure !== undefined) throw given.failure.thrown
  return createElement(Clients.Provider, { value: given }, children)
}
