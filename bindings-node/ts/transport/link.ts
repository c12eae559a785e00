/** One attempt of a client to be connected: its token, its socket, and its end. */

import { later } from '../anchor.js'
import { asError } from '../refusal.js'
import { asFrame, OPEN, type StandardSocket } from './shape.js'

/** Milliseconds that a socket has to close before it is dropped. */
const CLOSE_MS = 5_000

/** Where a token comes from: it is asked for at each connect. */
export type TokenSource = string | (() => string | Promise<string>)

/** Who hears of an attempt, until it is closed. @internal */
export interface LinkHost {
  opened(link: Link, token: string): void
  received(link: Link, frame: Uint8Array | string): void
  /** It failed, or is over; nothing more is heard of it. */
  ended(link: Link, reason: LinkEnd): void
}

/** Why an attempt ended. @internal */
export interface LinkEnd {
  readonly event: 'tokenFailed' | 'socketFailed' | 'disconnected'
  readonly message: string
  readonly error?: Error
}

/**
 * One attempt, with one socket. An attempt that was closed is silent, whatever its socket still does.
 *
 * @internal
 */
export class Link {
  readonly #host: LinkHost
  #socket: StandardSocket | undefined
  #over = false
  #lastError: Error | undefined

  constructor(host: LinkHost) {
    this.#host = host
  }

  /** Sends one frame. */
  send(frame: Uint8Array): void {
    if (this.#over || this.#socket?.readyState !== OPEN) return
    this.#socket.send(frame as never)
  }

  /** Ends the attempt: sends what was sent, and closes; in any case in a few seconds. */
  close(): void {
    this.#over = true
    const socket = this.#socket
    if (socket === undefined) return
    try {
      socket.close(1000)
    } catch {
      // A socket that cannot be closed properly is dropped below.
    }
    const cancel = later(CLOSE_MS, () => {
      if ('terminate' in socket && typeof socket.terminate === 'function') socket.terminate()
    })
    socket.addEventListener('close', cancel)
  }

  /** Asks for a token, then opens a socket. */
  async start(source: TokenSource, open: () => StandardSocket): Promise<void> {
    let token: string
    try {
      token = typeof source === 'function' ? await source() : source
      if (typeof token !== 'string') throw new TypeError(`a token is a string, not ${typeof token}`)
      if (!token.isWellFormed()) throw new TypeError('a token is text: a surrogate stands without its partner')
    } catch (error) {
      this.#end({ event: 'tokenFailed', message: 'no token to connect with', error: asError(error) })
      return
    }
    if (this.#over) return
    try {
      this.#socket = open()
      this.#listen(this.#socket, token)
    } catch (error) {
      this.#end({ event: 'socketFailed', message: 'a socket could not be made', error: asError(error) })
    }
  }

  #listen(socket: StandardSocket, token: string): void {
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => {
      if (!this.#over) this.#host.opened(this, token)
    })
    socket.addEventListener('message', (event: { data: unknown }) => {
      if (this.#over) return
      const frame = asFrame(event.data)
      if (frame !== undefined) this.#host.received(this, frame)
    })
    socket.addEventListener('error', (event: { error?: unknown; message?: unknown }) => {
      const message = typeof event.message === 'string' ? event.message : 'the socket failed'
      this.#lastError = event.error instanceof Error ? event.error : new Error(message)
    })
    socket.addEventListener('close', (event: { code?: number; reason?: string }) => {
      const reason = event.reason === undefined || event.reason === '' ? '' : ` ${event.reason}`
      const error = this.#lastError
      this.#end({ event: 'disconnected', message: `the socket closed: ${event.code ?? 1006}${reason}`, ...(error && { error }) })
    })
  }

  #end(reason: LinkEnd): void {
    if (this.#over) return
    this.#over = true
    this.#host.ended(this, reason)
  }
}
