/** One connection of a server: what is sent, what has left, what may come in, and its end. */

import { later } from '../anchor.js'
import type { CodeName } from '../errors.js'
import { invalid } from '../refusal.js'
import { asFrame, CONNECTING, frameBytes, isWs, lacks, OPEN, type ServerSocket, type StandardSocket } from './shape.js'

/** Milliseconds that a connection has to close before it is cut. */
const CLOSE_MS = 5_000
/** Milliseconds between looks at a socket that does not say when its bytes have left. */
const LOOK_MS = 20

/** Who hears of a connection. @internal */
export interface ConnectionHost {
  opened(connection: Connection): void
  received(connection: Connection, frame: Uint8Array | string): void
  /** All that was sent has left. */
  writable(connection: Connection): void
  /** A message above the limit came, which ends the connection. */
  exceeded(connection: Connection, bytes: number): void
  /** The socket is closed, and nobody here did that. */
  ended(connection: Connection): void
  /** The socket is closed, or does not say so for too long. */
  gone(connection: Connection): void
}

/**
 * What the peer is told about the end, by the numbers of RFC 6455 and its registry: 1008 says that trying again is pointless, and
 * every other one that it is not.
 */
const CLOSES: Partial<Record<CodeName, number>> = {
  Closed: 1000,
  ShuttingDown: 1001,
  Malformed: 1002,
  UnknownMessage: 1002,
  Unexpected: 1002,
  InvalidName: 1008,
  Unsupported: 1008,
  Forbidden: 1008,
  Unauthorized: 1008,
  Superseded: 1008,
  Deleted: 1008,
  FrameTooLarge: 1009,
  Internal: 1011,
  Panic: 1011,
  Poisoned: 1011,
}

/** The number under which a socket is closed for a reason. @internal */
export function closeNumber(code: CodeName): number {
  return CLOSES[code] ?? 1013
}

/** Closes a socket whatever its shape, and cuts it if that takes too long. @internal */
export function closeSocket(socket: ServerSocket, code: number, reason: string): () => void {
  try {
    socket.close(code, reason)
  } catch {
    // Sockets that leave the numbers of the protocol to their platform close without one.
    try {
      socket.close()
    } catch {
      // It is over.
    }
  }
  return later(CLOSE_MS, () => {
    try {
      if (isWs(socket)) socket.terminate()
    } catch {
      // It is over.
    }
  })
}

/** A socket that a server was given. @internal */
export class Connection {
  readonly conn: number
  readonly #socket: ServerSocket
  readonly #host: ConnectionHost
  readonly #most: number
  /** Frames that have not left. */
  #leaving = 0
  #looking = false
  #over = false
  #cancelCut: (() => void) | undefined

  constructor(conn: number, socket: ServerSocket, most: number, host: ConnectionHost) {
    const missing = lacks(socket)
    if (missing.length > 0) throw invalid('a WebSocket, of the standard or of ws', `something without ${missing.join(', ')}`)
    this.conn = conn
    this.#socket = socket
    this.#most = most
    this.#host = host
  }

  /** Begins to listen. */
  start(): void {
    const socket = this.#socket
    if (isWs(socket)) {
      socket.on('message', (data: unknown) => {
        this.#receive(data)
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#end()
      })
      socket.on('open', () => {
        this.#host.opened(this)
      })
    } else {
      socket.binaryType = 'arraybuffer'
      socket.addEventListener('message', (event: { data: unknown }) => {
        this.#receive(event.data)
      })
      socket.addEventListener('error', () => {})
      socket.addEventListener('close', () => {
        this.#end()
      })
      socket.addEventListener('open', () => {
        this.#host.opened(this)
      })
    }
    if (socket.readyState === OPEN) this.#host.opened(this)
    else if (socket.readyState !== CONNECTING) this.#end()
  }

  /** Sends one frame; the host hears when all has left. */
  send(frame: Uint8Array): void {
    const socket = this.#socket
    if (this.#over || socket.readyState !== OPEN) return
    if (isWs(socket)) {
      this.#leaving += 1
      socket.send(frame, { binary: true }, () => {
        this.#leaving -= 1
        if (this.#leaving === 0 && !this.#over) this.#host.writable(this)
      })
    } else {
      socket.send(frame as never)
      this.#look(socket)
    }
  }

  pause(): void {
    if (!this.#over && isWs(this.#socket)) this.#socket.pause()
  }

  resume(): void {
    if (isWs(this.#socket)) this.#socket.resume()
  }

  /** Ends the connection after what was sent; in any case in a few seconds. The host hears nothing more of it. */
  close(number: number, reason: string): void {
    if (this.#over) return
    this.#over = true
    try {
      // A paused socket would not see the peer's answer.
      this.resume()
    } catch {
      // It is closed all the same.
    }
    const cancels = [closeSocket(this.#socket, number, reason), later(2 * CLOSE_MS, () => { this.#host.gone(this) })]
    this.#cancelCut = () => { for (const cancel of cancels) cancel() }
  }

  #receive(data: unknown): void {
    if (this.#over) return
    const frame = asFrame(data)
    if (frame === undefined) {
      this.#host.exceeded(this, 0)
      return
    }
    const bytes = frameBytes(frame, this.#most)
    if (bytes > this.#most) this.#host.exceeded(this, bytes)
    else this.#host.received(this, frame)
  }

  /** Looks until nothing waits to leave. */
  #look(socket: StandardSocket): void {
    if (this.#looking || this.#over) return
    this.#looking = true
    const look = (): void => {
      if (this.#over) return
      if (socket.bufferedAmount > 0) {
        later(LOOK_MS, look)
        return
      }
      this.#looking = false
      this.#host.writable(this)
    }
    queueMicrotask(look)
  }

  #end(): void {
    this.#cancelCut?.()
    if (!this.#over) {
      this.#over = true
      this.#host.ended(this)
    }
    this.#host.gone(this)
  }
}
