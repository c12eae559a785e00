/** What browsers give what stands above the handles: the WebSocket of the page, and an engine that it drives. */

import type { ClientEngine, EngineParts } from '../engine.js'
import { load } from '../native.browser.js'
import { openPage } from '../page/engine.js'
import { invalid } from '../refusal.js'
import type { StandardSocket, StandardSocketClass } from './shape.js'

/** The options of a client that the engine takes as they are. @internal */
export const PASSED = ['schema', 'codec', 'debounce', 'limits', 'timing', 'cache'] as const

/** Loads what opens sockets where the application names no class. @internal */
export function openSockets(): Promise<(url: string) => StandardSocket> {
  const { WebSocket } = globalThis as { WebSocket?: StandardSocketClass }
  if (WebSocket === undefined) return Promise.reject(invalid('a WebSocket class, as the option WebSocket', 'none'))
  return Promise.resolve((url) => new WebSocket(url))
}

/** Makes the engine of a client. @internal */
export async function openEngine(parts: EngineParts): Promise<ClientEngine> {
  await load()
  return openPage(parts)
}
