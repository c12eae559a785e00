/** What a scenario's file says, and what happens when it is done. */

import { Vain } from './link.mjs'
import { step } from './verbs.mjs'
import { World } from './world.mjs'

/** The steps of a scenario, each with the lines that it is to print. */
export function read(text) {
  const { steps } = JSON.parse(text)
  const read = []
  for (const entry of steps) {
    if (typeof entry === 'string') read.at(-1).lines.push(entry)
    else read.push({ words: entry, lines: [] })
  }
  return read
}

/**
 * Does the steps with the handles of an engine; gives the first thing that is not as it is written, if there is one.
 *
 * @param engine `ClientHandle`, `ServerHandle`, `Edits`, `JsonText` and `SynclineError` of any backend.
 */
export function run(engine, steps) {
  const world = new World(engine)
  try {
    for (const { words, lines } of steps) {
      try {
        step(world, words)
      } catch (error) {
        if (error instanceof Vain) return { words, error: error.message }
        throw error
      }
      const happened = world.takeLines()
      if (lines.join('\n') !== happened.join('\n')) return { words, expected: lines, happened }
    }
    return undefined
  } finally {
    for (const { handle } of [world.server, ...world.clients]) {
      if (handle !== undefined) world.unlessClosed(() => handle.close())
    }
  }
}
