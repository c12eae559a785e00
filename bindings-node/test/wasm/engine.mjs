/** The classes of the handles in WebAssembly, as the runner of the scenarios takes them. */

import * as lean from '../../build/wasm/client.js'
import * as whole from '../../build/wasm/whole.js'
import { observe } from '../scenarios/run.mjs'

/** Loads both engines; `bytes` gives a file of `build/wasm`, or a promise of it. */
export async function load(bytes) {
  await lean.load(await bytes('syncline.wasm'))
  const both = await bytes('whole.wasm')
  await whole.loadFrom(() => both)
}

/** Both ends of the whole engine, which speaks JSON too, as most scenarios do. */
export const engine = whole

/** Clients of the engine that browsers get. */
const small = { ...lean, ServerHandle: whole.ServerHandle }

/** The steps of a scenario with clients that speak in binary. */
const binary = (steps) => steps.map(({ words }) => ({ words: words.map((word) => word.replace('"codec":"json"', '"codec":"binary"')) }))

/** What a step did, but for the codecs that a greeting offers: the engine that browsers get offers one. */
const shown = (seen) => JSON.stringify(seen).replaceAll('hello 010101020001', 'hello 0101010100')

/** Where the engine that browsers get does something else than the whole one, in binary; nothing if it does not. */
export function difference(name, steps) {
  // There a server answers in JSON who has not greeted it.
  if (name === 'greetings-out-of-order.json') return undefined
  const [one, other] = [small, whole].map((engine) => observe(engine, binary(steps)).map(shown))
  const at = one.findIndex((seen, at) => seen !== other[at])
  return at < 0 ? undefined : { words: steps[at].words, small: one[at], whole: other[at] }
}
