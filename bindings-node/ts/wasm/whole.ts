/** The whole engine as WebAssembly, client and server: for the shared scenarios. */

import type { Backend } from '../backend.js'
import { clientFunctions } from './client.js'
import { current, hear } from './load.js'
import { serverFunctions } from './server.js'

export { loadFrom, loadFrom as load } from './load.js'

const { tabs: ofTabs, find: _, ...clients } = clientFunctions(current)

/** @internal */
export const tabs = ofTabs

/** @internal */
export const backend: Backend = {
  version: () => SYNCLINE_VERSION,
  start: (wake) => {
    hear((number) => { queueMicrotask(() => { wake(number) }) })
    return 0
  },
  ...clients,
  ...serverFunctions(current),
}
