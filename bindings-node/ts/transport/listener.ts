/** Where handshakes come from, and which become sockets that are attached. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { WebSocketServer } from 'ws'

import type { Duplex, HttpServer, IncomingMessage } from './node.js'
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
  /** A server of the application, instead of a port. What is not for the path is left to its other listeners. */
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

/** Ends a handshake before it is one. @internal */
export function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => {})
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** Takes handshakes over. @internal */
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
      refuse(socket, '403 Forbidden')
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
  const { path, server } = options
  const upgrader = new Upgrader(parts)
  const http = server ?? createServer((_, response) => { response.writeHead(426, { connection: 'close' }).end() })
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const [asked] = (request.url ?? '').split('?')
    if (path === undefined || asked === path) upgrader.upgrade(request, socket, head)
    // Another listener may want it; where there is none, nobody would ever answer.
    else if (http.listenerCount('upgrade') === 1) refuse(socket, '404 Not Found')
  }
  http.on('upgrade', upgrade)
  if (server !== undefined) return [addressOf(server, path), async () => { server.off('upgrade', upgrade) }]
  await bind(http, options)
  http.on('error', parts.failed)
  const { host, port, url } = addressOf(http, path)
  return [{ host, port, url }, () => end(http)]
}

function bind(http: HttpServer, { port = 0, host }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen({ port, ...(host !== undefined && { host }) }, () => {
      http.off('error', reject)
      resolve()
    })
  })
}

/** Ends once its sockets have; requests under way are cut. */
function end(http: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => { resolve() })
    http.closeAllConnections()
  })
}

/** The address at the moment at which it is read: the application's server may begin to listen later. */
function addressOf(http: HttpServer, path = ''): Address {
  const bound = (): AddressInfo | undefined => {
    const address = http.address()
    return typeof address === 'string' || address === null ? undefined : address
  }
  return {
    get host() { return bound()?.address ?? String(http.address() ?? '') },
    get port() { return bound()?.port ?? 0 },
    get url() {
      const address = bound()
      if (address === undefined) return ''
      const everywhere = address.address === '::' || address.address === '0.0.0.0'
      const host = everywhere ? 'localhost' : address.family === 'IPv6' ? `[${address.address}]` : address.address
      return `ws://${host}:${address.port}${path}`
    },
  }
}
