/** The classes of the handles in WebAssembly, as the runner of the scenarios takes them. */

import * as lean from '../../build/wasm/client.js'
import * as whole from '../../build/wasm/whole.js'

/** Loads both engines; `bytes` gives a file of `build/wasm`, or a promise of it. */
export async function load(bytes) {
  await lean.load(await bytes('syncline.wasm'))
  const both = await bytes('whole.wasm')
  await whole.loadFrom(() => both)
}

export const engine = { ...lean, ServerHandle: whole.ServerHandle }
