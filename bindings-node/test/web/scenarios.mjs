/** Runs scenarios in a page or in a worker: gives by name what is not as it is written. */

import { read, run } from '/test/scenarios/run.mjs'
import { difference, engine, load } from '/test/wasm/engine.mjs'

/** The lines of a scenario, one of which may be spoiled. */
function steps(text, spoil) {
  const all = read(text)
  if (spoil) all.find(({ lines }) => lines.length > 0).lines[0] += '0'
  return all
}

/** Runs all of these; `spoil` plants a wrong line in each. */
export async function play(names, { spoil = false } = {}) {
  await load(async (file) => new Uint8Array(await (await fetch(`/build/wasm/${file}`)).arrayBuffer()))
  const wrong = {}
  for (const name of names) {
    const text = await (await fetch(`/scenarios/${name}`)).text()
    const found = run(engine, steps(text, spoil)) ?? difference(name, read(text))
    if (found !== undefined) wrong[name] = found
  }
  return wrong
}

if (globalThis.document === undefined) {
  globalThis.onmessage = async ({ data }) => {
    try {
      postMessage({ wrong: await play(...data) })
    } catch (error) {
      postMessage({ error: String(error) })
    }
  }
}
