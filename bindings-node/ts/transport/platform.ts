/**
 * What Node gives a client: sockets by `ws`.
 *
 * The only module for one platform above the handles; those are native, and of Node.
 */

import type { StandardSocket } from './shape.js'

/** Bytes of the largest frame that any server sends. */
const FRAME_BYTES_HARD = 16_777_216
/** Milliseconds that a server has to answer a handshake; the engine may give up before. */
const HANDSHAKE_MS = 30_000

/** Loads what opens sockets where the application names no class. @internal */
export async function openSockets(): Promise<(url: string) => StandardSocket> {
  const { WebSocket } = await import('ws')
  return (url) => {
    const socket = new WebSocket(url, { maxPayload: FRAME_BYTES_HARD, perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MS })
    // A client that is merely open does not keep the process alive; whoever waits holds it.
    socket.once('upgrade', (response) => response.socket.unref())
    return socket as unknown as StandardSocket
  }
}
