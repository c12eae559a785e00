/** What every language must do alike, in WebAssembly; and in binary, the engine that browsers get does what the whole one does. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { read, run } from '../scenarios/run.mjs'
import { difference, engine, load } from './engine.mjs'

const FOLDER = new URL('../../../scenarios/', import.meta.url)
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))

await load((file) => readFileSync(new URL(`../../build/wasm/${file}`, import.meta.url)))

test('there are scenarios', () => {
  assert.ok(names.length >= 124, `${names.length}`)
})

for (const name of names) {
  test(name.replace('.json', ''), () => {
    const text = readFileSync(new URL(name, FOLDER), 'utf8')
    assert.equal(run(engine, read(text)), undefined)
    assert.equal(difference(name, read(text)), undefined)
  })
}

test('where there are no files nothing is recorded', () => {
  const seed = new Uint8Array(32)
  assert.throws(() => engine.ClientHandle.manual({ flight: 'a.flight' }, seed, [], 0), { code: 'InvalidArgument', actual: '"flight"' })
  for (const handle of [engine.ClientHandle.manual({}, seed, [], 0), engine.ServerHandle.manual({}, 'volatile', seed, 0)]) {
    assert.equal(handle.flight(), undefined)
    handle.close()
    assert.throws(() => handle.flight(), { code: 'Closed' })
  }
})

test('a runner that accepts everything would be worth nothing', () => {
  const steps = read(readFileSync(new URL('a-refusal-is-told.json', FOLDER), 'utf8'))
  const at = steps.findIndex(({ lines }) => lines.length > 0)
  steps[at].lines[0] += '0'
  assert.deepEqual(run(engine, steps)?.expected, steps[at].lines)
})
