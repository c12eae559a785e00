/** WebSocket servers by `ws`, whose sockets are attached. */

import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Duplex } from 'node:stream'

import { WebSocketServer } from 'ws'

import { isAllowed, type Origins } from './origin.js'
import type { ServerSocket } from './shape.js'

/** Where to listen. */
export interface ListenerOptions {
  /** The port; 0 takes any free one. */
  port?: number | undefined
  /** The address; all of them by default. */
  host?: string | undefined
  /** Only requests for this path, such as `/sync`. */
  path?: string | undefined
  /** A server of the application, instead of a port. */
  server?: HttpServer | undefined
}

/** Where a server listens; with a server of the application, as soon as that does. */
export interface Address {
  readonly host: string
  readonly port: number
  /** For clients on the same machine: `ws://…`. */
  readonly url: string
}

interface Parts {
  readonly most: number
  readonly origins: Origins | undefined
  readonly attach: (socket: ServerSocket, request: IncomingMessage) => void
  readonly refused: (request: IncomingMessage) => void
  readonly failed: (error: Error) => void
}

/** Ends a handshake before it is one. */
function refuse(socket: Duplex): void {
  socket.on('error', () => {})
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}

/** Takes handshakes over, for a server that the application has. @internal */
export class Upgrader {
  readonly #sockets: WebSocketServer
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
    this.#sockets = new WebSocketServer({ noServer: true, maxPayload: parts.most, clientTracking: false })
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
    if (!isAllowed(request, this.#parts.origins)) {
      this.#parts.refused(request)
      refuse(socket)
      return
    }
    const buffer = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
    this.#sockets.handleUpgrade(request, socket, buffer, (opened) => {
      this.#parts.attach(opened as unknown as ServerSocket, request)
    })
  }
}

/** Listens, and resolves with the address: at once with a server of the application. The function closes the listener. @internal */
export async function listen(options: ListenerOptions, parts: Parts): Promise<[Address, () => Promise<void>]> {
  const { port = 0, host, path, server } = options
  const where = server === undefined ? { port, ...(host !== undefined && { host }) } : { server }
  const sockets = new WebSocketServer({
    ...where,
    ...(path !== undefined && { path }),
    maxPayload: parts.most,
    clientTracking: false,
    verifyClient: ({ req }: { req: IncomingMessage }) => {
      const allowed = isAllowed(req, parts.origins)
      if (!allowed) parts.refused(req)
      return allowed ? true : false
    },
  })
  sockets.on('connection', (socket, request) => {
    parts.attach(socket as unknown as ServerSocket, request)
  })
  if (server === undefined) {
    await new Promise<void>((resolve, reject) => {
      sockets.once('listening', resolve)
      sockets.once('error', reject)
    })
  }
  sockets.on('error', (error) => {
    // The application's server is heard by `ws`: that must not keep its errors from being uncaught.
    if (server !== undefined && server.listenerCount('error') <= 1) throw error
    parts.failed(error)
  })
  const close = () => new Promise<void>((resolve) => { sockets.close(() => { resolve() }) })
  const address = (): Address => asAddress(sockets.address(), path)
  // The application's server may begin to listen later.
  const live = { get host() { return address().host }, get port() { return address().port }, get url() { return address().url } }
  return [server === undefined ? address() : live, close]
}

function asAddress(bound: ReturnType<WebSocketServer['address']>, path = ''): Address {
  if (bound === null || typeof bound === 'string') return { host: bound ?? '', port: 0, url: '' }
  const everywhere = bound.address === '::' || bound.address === '0.0.0.0'
  const host = everywhere ? 'localhost' : bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
  return { host: bound.address, port: bound.port, url: `ws://${host}:${bound.port}${path}` }
}
