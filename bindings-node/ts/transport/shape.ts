/** Which sockets can be used: the shape of the WebSocket standard, and that of `ws`. */

/** The members of a standard WebSocket that a client uses: those of browsers, Node 22, undici and `ws`. */
export interface StandardSocket {
  binaryType: string
  readonly readyState: number
  readonly bufferedAmount: number
  /** Sends bytes. Classes differ in what else they take, so that nothing is said of it here. */
  send(data: never): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'message' | 'error' | 'close', listener: (event: any) => void): void
}

/** A class of such sockets. */
export type StandardSocketClass = new (url: string) => StandardSocket

/** What `ws` has beyond the standard, as far as a server uses it. */
export interface WsSocket {
  readonly readyState: number
  on(event: string, listener: (...args: never[]) => void): unknown
  send(data: Uint8Array, options: { binary: boolean }, left: (error?: Error) => void): void
  close(code?: number, reason?: string): void
  terminate(): void
  pause(): void
  resume(): void
}

/** A socket that a server can attach. */
export type ServerSocket = StandardSocket | WsSocket

/** The states of a socket, as the standard numbers them. @internal */
export const CONNECTING = 0
/** @internal */
export const OPEN = 1

const STANDARD = ['send', 'close', 'addEventListener', 'bufferedAmount', 'readyState']
const WS = ['send', 'close', 'on', 'terminate', 'pause', 'resume', 'readyState']

function missing(socket: unknown, members: readonly string[]): string[] {
  if (typeof socket !== 'object' || socket === null) return [...members]
  return members.filter((member) => !(member in socket) || (socket as Record<string, unknown>)[member] === undefined)
}

/** Whether a socket is shaped like those of `ws`. @internal */
export function isWs(socket: ServerSocket): socket is WsSocket {
  return missing(socket, WS).length === 0
}

/** What a value lacks to be a socket that a server can attach, or nothing. @internal */
export function lacks(socket: unknown): string[] {
  const [standard, ws] = [missing(socket, STANDARD), missing(socket, WS)]
  if (standard.length === 0 || ws.length === 0) return []
  return ws.length <= standard.length ? ws : standard
}

/** A message as a socket gives it, as the engine takes it; nothing for what is no message. @internal */
export function asFrame(data: unknown): Uint8Array | string | undefined {
  // A socket cannot have received half a surrogate; what only looks like one must not throw.
  if (typeof data === 'string') return data.toWellFormed()
  if (data instanceof Uint8Array) return data
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return undefined
}

/** Bytes of a frame: of a text, those of its UTF-8. @internal */
export function frameBytes(frame: Uint8Array | string, most: number): number {
  if (typeof frame !== 'string') return frame.byteLength
  // A text has at least as many bytes as units, and at most three times as many.
  if (frame.length > most || frame.length * 3 <= most) return frame.length
  return new TextEncoder().encode(frame).byteLength
}
