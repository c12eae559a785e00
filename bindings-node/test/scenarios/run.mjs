/** What a scenario's file says, and what happens when it is done. */

import { Vain } from './link.mjs'
import { step } from './verbs.mjs'
import { endViews } from './views.mjs'
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

/** Does a step; gives its lines, and why it was in vain if it was. */
function happen(world, words) {
  try {
    step(world, words)
  } catch (error) {
    if (!(error instanceof Vain)) throw error
    return { lines: world.takeLines(), error: error.message }
  }
  return { lines: world.takeLines() }
}

function end(world) {
  endViews(world)
  for (const { handle } of [world.server, ...world.clients]) {
    if (handle !== undefined) world.unlessClosed(() => handle.close())
  }
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
      const { lines: happened, error } = happen(world, words)
      if (error !== undefined) return { words, error }
      if (lines.join('\n') !== happened.join('\n')) return { words, expected: lines, happened }
    }
    return undefined
  } finally {
    end(world)
  }
}

/** Does the steps, whatever is written that they print; gives what each printed, up to one that is in vain. */
export function observe(engine, steps) {
  const world = new World(engine)
  const all = []
  try {
    for (const { words } of steps) {
      const seen = happen(world, words)
      all.push(seen)
      if (seen.error !== undefined) break
    }
    return all
  } finally {
    end(world)
  }
}
