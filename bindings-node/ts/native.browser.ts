/** The engine as WebAssembly, with a client alone: what takes the place of the native library in browsers. */

import type { Backend } from './backend.js'
import type { EngineSource } from './source.js'
import { clientFunctions } from './wasm/client.js'
import { current, hear, loadFrom, standard } from './wasm/load.js'

const { tabs: ofTabs, find: findClient, ...clients } = clientFunctions(current)

/** What clients do whose tabs follow each other. @internal */
export const tabs = ofTabs

/** In which instance a client is, and where. @internal */
export const find = findClient

/** The functions; those of a client throw `NotFound` before {@link load}. @internal */
export const backend = {
  version: () => SYNCLINE_VERSION,
  start: (wake: (number: number) => void) => {
    // A wake comes from inside a call; whoever hears it makes calls of its own.
    hear((number) => { queueMicrotask(() => { wake(number) }) })
    return 0
  },
  ...clients,
} as unknown as Backend

/** Loads the engine, as `native.ts` says for all platforms. */
export function load(source?: EngineSource): Promise<void> {
  return loadFrom(() => source ?? standard() ?? new URL('./syncline.wasm', import.meta.url))
}
