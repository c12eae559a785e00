/** The engine as WebAssembly, with a client alone: what takes the place of the native library in browsers. */

import type { Backend } from './backend.js'
import { clientFunctions } from './wasm/client.js'
import { current, type EngineSource, hear, loadFrom } from './wasm/load.js'

const { tabs: ofTabs, ...clients } = clientFunctions(current)

/** What clients do whose tabs follow each other. @internal */
export const tabs = ofTabs

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

/**
 * Loads the engine; `connect` does it by itself.
 *
 * By default from the file `syncline.wasm` beside this one. Bundlers that do not bring it there, or pages that have it
 * elsewhere, say where it is, before the first `connect`. Later calls wait for the first.
 *
 * @throws {SynclineError} `NotFound` if it cannot be fetched or compiled; then it may be tried again.
 */
export function load(source?: EngineSource): Promise<void> {
  return loadFrom(() => source ?? new URL('./syncline.wasm', import.meta.url))
}
