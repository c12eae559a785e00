/** What platforms other than Node give what stands above the handles: the global WebSocket. */

import { invalid } from '../refusal.js'
import type { StandardSocket, StandardSocketClass } from './shape.js'

/** Loads what opens sockets where the application names no class. @internal */
export function openSockets(): Promise<(url: string) => StandardSocket> {
  const { WebSocket } = globalThis as { WebSocket?: StandardSocketClass }
  if (WebSocket === undefined) return Promise.reject(invalid('a WebSocket class, as the option WebSocket', 'none'))
  return Promise.resolve((url) => new WebSocket(url))
}
