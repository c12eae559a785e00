/** How several records are given to the engine at once. */

import type { Engine } from './instance.js'

/** Bytes of one pair of a place and a length. */
const PAIR = 8

/** Writes bytes for a call; gives the place of their list. @internal */
export function blobs(engine: Engine, blobs: readonly Uint8Array[]): number {
  const list = engine.struct(blobs.length * PAIR)
  for (const [at, blob] of blobs.entries()) {
    const place = engine.bytes(blob)
    engine.setU32(list + at * PAIR, place)
    engine.setU32(list + at * PAIR + 4, engine.length)
  }
  return list
}
