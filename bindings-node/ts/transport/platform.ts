/**
 * What Node gives a client: sockets by `ws`, and an engine with a thread and a journal.
 *
 * The only module for one platform above the handles; those are native, and of Node.
 */

import type { ClientEngine, EngineOutput, EngineParts, StorageState } from '../engine.js'
import { ClientHandle } from '../handle/client.js'
import { invalid } from '../refusal.js'
import type { StandardSocket } from './shape.js'

/** Bytes of the largest frame that any server sends. */
const FRAME_BYTES_HARD = 16_777_216
/** Milliseconds that a server has to answer a handshake; the engine may give up before. */
const HANDSHAKE_MS = 30_000

/** The options of a client that the engine takes as they are. @internal */
export const PASSED = ['schema', 'codec', 'debounce', 'limits', 'timing', 'cache', 'flight', 'flight_bytes'] as const

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

/** A client's handle as an engine: it is alone, and stores by itself. */
function asEngine(handle: ClientHandle, storage: StorageState): ClientEngine {
  return Object.assign(handle as ClientHandle & { drain(): EngineOutput[] }, { storage, asked: () => false })
}

/** Makes the engine of a client. @internal */
export async function openEngine({ config, storage, tabs }: EngineParts): Promise<ClientEngine> {
  if (tabs === true) throw invalid('tabs only in a browser', 'a process')
  return asEngine(ClientHandle.automatic(config, storage), storage === undefined ? 'none' : 'durable')
}
