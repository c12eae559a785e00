/** What a client is told when it is made, and which part of that the engine takes. */

import type { ClientConfig } from './handle/options.js'
import type { LogHook } from './log.js'
import { checkNames, checkType, invalid } from './refusal.js'
import type { Resolvers, ResolverTable } from './resolvers.js'
import type { TokenSource } from './transport/link.js'
import { PASSED } from './transport/platform.js'
import type { StandardSocketClass } from './transport/shape.js'
import { checkText } from './value.js'

/** What the engine takes as it is. */
type Passed = Pick<ClientConfig, 'schema' | 'codec' | 'debounce' | 'limits' | 'timing' | 'cache' | 'flight' | 'flight_bytes'>

/** How a client behaves; all of it is optional. */
export interface ConnectOptions extends Passed {
  /** Says who the client is: a string, or a function that is called at each connect. If it throws, the attempt has failed. */
  token?: TokenSource | undefined
  /**
   * The file of the outbox and of what was last known, in a browser the name of a database; without it, nothing survives the
   * process or the page. An outbox belongs to one principal: name it after who is logged in, as in `outbox-ada`.
   */
  storage?: string | undefined
  /**
   * In a browser, whether all tabs with the same storage are one client: one leads, with the socket and the outbox, and the
   * others follow; `true` by default where there is a storage, and `cache` is not `false`. With `false` a second tab is refused
   * with `StorageInUse`.
   */
  tabs?: boolean | undefined
  /** What stale edits turn into, by key prefix. */
  resolvers?: Resolvers | undefined
  /** Takes records about the course of things. */
  log?: LogHook | undefined
  /** A class of sockets shaped like the standard's; `ws` by default, in browsers the page's own. */
  WebSocket?: StandardSocketClass | undefined
}

const NAMES = [...PASSED, 'token', 'storage', 'tabs', 'resolvers', 'log', 'WebSocket']

/** Checks options before anything is opened. @internal */
export function checkOptions(options: ConnectOptions): void {
  checkNames('options of connect', options, NAMES)
  const { token, log, storage, tabs, WebSocket } = options
  if (token !== undefined && typeof token !== 'string' && typeof token !== 'function') {
    throw invalid('a string or a function as token', typeof token)
  }
  if (log !== undefined) checkType('log', log, 'function')
  if (storage !== undefined) checkText(storage, 'storage')
  if (storage === '') throw invalid('a name as storage', 'an empty one')
  if (tabs !== undefined) checkType('tabs', tabs, 'boolean')
  if (WebSocket !== undefined && typeof WebSocket !== 'function') throw invalid('a class as WebSocket', typeof WebSocket)
}

/** The members that were given, of those that the engine takes. @internal */
export function pick<T extends object, K extends keyof T>(options: T, names: readonly K[]): Pick<T, K> {
  const given = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]])
  return Object.fromEntries(given) as Pick<T, K>
}

/** What the engine is told. @internal */
export function asConfig(options: ConnectOptions, resolvers: ResolverTable): ClientConfig {
  return { ...pick(options, PASSED), resolvers: resolvers.names }
}

/** A URL of a server, as a socket takes it. @internal */
export function checkUrl(url: string | URL): string {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw invalid('a URL such as ws://localhost:8080', typeof url === 'string' ? url : typeof url)
  }
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') throw invalid('a URL of ws: or wss:', parsed.protocol)
  if (parsed.hash !== '') throw invalid('a URL without a fragment', parsed.hash)
  return parsed.href
}
