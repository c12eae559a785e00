/** Which sockets a server has, and what passes between each and the engine. */

import type { CodeName } from '../errors.js'
import type { ServerHandle } from '../handle.js'
import type { Log } from '../log.js'
import { closeNumber, closeSocket, Connection, type ConnectionHost } from './connection.js'
import { type HandshakeRequest, isAllowed, type Origins } from './origin.js'
import type { ServerSocket } from './shape.js'

/** What sockets need of their server. @internal */
export interface SocketsParts {
  readonly handle: ServerHandle
  readonly log: Log
  /** Bytes of the largest message. */
  readonly most: number
  readonly origins: Origins | undefined
  /** Does what the engine wants done. */
  readonly pump: () => void
  /** A connection is over. */
  readonly left: (conn: number) => void
}

/** @internal */
export class Sockets<R extends HandshakeRequest> implements ConnectionHost {
  readonly #parts: SocketsParts
  readonly #connections = new Map<number, { connection: Connection; request: R | undefined }>()
  #latest = 0
  #over = false
  /** Connections whose sockets are not closed. */
  readonly #open = new Set<number>()
  /** Called when there are none. */
  readonly #onGone: (() => void)[] = []

  constructor(parts: SocketsParts) {
    this.#parts = parts
  }

  attach(socket: ServerSocket, request: R | undefined): number | undefined {
    const conn = this.#latest + 1
    const connection = new Connection(conn, socket, this.#parts.most, this)
    if (!isAllowed(request, this.#parts.origins)) {
      this.refused()
      closeSocket(socket, 1008, 'Forbidden')
      return undefined
    }
    this.#latest = conn
    this.#connections.set(conn, { connection, request })
    this.#open.add(conn)
    connection.start()
    return conn
  }

  /** A handshake came from elsewhere. */
  refused(): void {
    this.#parts.log.warn({ event: 'originRefused', message: 'a handshake of a foreign origin was refused', code: 'Forbidden' })
  }

  /** The request with which a socket came. */
  request(conn: number): R | undefined {
    return this.#connections.get(conn)?.request
  }

  send(conn: number, frame: Uint8Array): void {
    this.#use(conn, (connection) => {
      connection.send(frame)
    })
  }

  pause(conn: number): void {
    this.#use(conn, (connection) => {
      connection.pause()
    })
  }

  resume(conn: number): void {
    this.#use(conn, (connection) => {
      connection.resume()
    })
  }

  /** Uses a socket; if it throws, it is over, and nobody else has to know. */
  #use(conn: number, use: (connection: Connection) => void): void {
    const connection = this.#connections.get(conn)?.connection
    if (connection === undefined) return
    try {
      use(connection)
    } catch (error) {
      this.#parts.log.warn({ event: 'socketFailed', message: `the socket of connection ${conn} failed`, error })
      connection.close(closeNumber('Internal'), 'Internal')
      this.ended(connection)
    }
  }

  /** Ends a connection that the engine has forgotten. */
  close(conn: number, code: CodeName): void {
    const found = this.#connections.get(conn)
    this.#forget(conn)
    this.#parts.log.debug({ event: 'closing', message: `connection ${conn} is closed: ${code}`, code })
    found?.connection.close(closeNumber(code), code)
  }

  /** Resolved once all sockets are closed. */
  async empty(): Promise<void> {
    if (this.#open.size > 0) await new Promise<void>((gone) => this.#onGone.push(gone))
  }

  gone({ conn }: Connection): void {
    this.#open.delete(conn)
    if (this.#open.size === 0) for (const gone of this.#onGone.splice(0)) gone()
  }

  /** Ends all connections; the engine hears nothing more. */
  end(): void {
    this.#over = true
    for (const conn of [...this.#connections.keys()]) this.close(conn, 'ShuttingDown')
  }

  opened({ conn }: Connection): void {
    this.#tell((handle) => {
      handle.connected(conn)
    })
  }

  received({ conn }: Connection, frame: Uint8Array | string): void {
    this.#tell((handle) => {
      handle.receive(conn, frame)
    })
  }

  writable({ conn }: Connection): void {
    this.#tell((handle) => {
      handle.writable(conn)
    })
  }

  exceeded(connection: Connection): void {
    const { conn } = connection
    const message = `connection ${conn} sent what is no message or is too large`
    this.#parts.log.warn({ event: 'exceeded', message, code: 'FrameTooLarge' })
    this.#forget(conn)
    connection.close(closeNumber('FrameTooLarge'), 'FrameTooLarge')
    this.#leave(conn)
  }

  ended({ conn }: Connection): void {
    this.#forget(conn)
    this.#leave(conn)
  }

  #forget(conn: number): void {
    this.#connections.delete(conn)
    this.#parts.left(conn)
  }

  #leave(conn: number): void {
    this.#tell((handle) => {
      handle.disconnected(conn)
    })
  }

  #tell(tell: (handle: ServerHandle) => void): void {
    if (this.#over) return
    tell(this.#parts.handle)
    this.#parts.pump()
  }
}
