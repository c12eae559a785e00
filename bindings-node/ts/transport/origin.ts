/** Which web pages may talk to a server: fails closed. */

import { invalid } from '../refusal.js'

/** The request of a WebSocket handshake: Node's, or a standard `Request`. */
export interface HandshakeRequest {
  readonly headers:
    | { get(name: string): string | null }
    | { readonly [name: string]: string | readonly string[] | undefined }
}

/** Exact origins, such as `https://app.example`, or `'*'` for all. */
export type Origins = '*' | readonly string[]

/** The origins as browsers say them. Throws `InvalidArgument` for what no browser says. @internal */
export function asOrigins(origins: unknown): Origins | undefined {
  if (origins === undefined || origins === '*') return origins
  if (Array.isArray(origins)) return origins.map(asOrigin)
  throw invalid("a list of origins, or '*'", typeof origins)
}

function asOrigin(origin: unknown): string {
  // What pages without an origin say, such as those of files.
  if (origin === 'null') return origin
  const parsed = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin) : undefined
  const { protocol = '', host = '', pathname = '', search, hash, username, password } = parsed ?? {}
  const rest = pathname === '/' ? '' : pathname
  if (host === '' || `${rest}${search}${hash}${username}${password}` !== '') {
    throw invalid('an origin such as https://app.example', typeof origin === 'string' ? origin : typeof origin)
  }
  return `${protocol}//${host}`
}

function header(request: HandshakeRequest, name: string): string | undefined {
  const { headers } = request
  const { get } = headers
  const value = typeof get === 'function' ? get.call(headers, name) : (headers as Record<string, unknown>)[name]
  if (value === null || value === undefined) return undefined
  return typeof value === 'string' ? value : String(value)
}

/** Whether an origin is that of the host which it talks to. */
function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false
  try {
    const from = new URL(origin)
    // The scheme decides which port goes without saying.
    return from.origin === origin.toLowerCase() && from.host === new URL(`${from.protocol}//${host}`).host
  } catch {
    return false
  }
}

/**
 * Whether a handshake may go on.
 *
 * Browsers always say from which page they come; what does not say so is no browser, and is let in. Without a list, a page
 * of the same host may come in. Without a request nobody knows, and only `'*'` lets it in.
 *
 * @internal
 */
export function isAllowed(request: HandshakeRequest | undefined, origins: Origins | undefined): boolean {
  if (origins === '*') return true
  if (request === undefined) return false
  const origin = header(request, 'origin')
  if (origin === undefined) return true
  if (origins !== undefined) return origins.includes(origin)
  return isSameHost(origin, header(request, 'host'))
}
