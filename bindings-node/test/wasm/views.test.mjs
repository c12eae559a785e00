/** What every language must do alike when somebody watches a view: the engine of pages with views, and a server that renders. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import * as page from '../../build/wasm/views.js'
import * as native from '../../dist/esm/handle.js'
import * as faces from '../../dist/esm/views.js'
import { read, run } from '../scenarios/run.mjs'

const FOLDER = new URL('../../../scenarios/views/', import.meta.url)
const stepsOf = (name) => read(readFileSync(new URL(name, FOLDER), 'utf8'))

/** Those in which a client watches: the others are about views and screens by themselves, which this engine does not have. */
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json') && stepsOf(name).some(({ words: [verb] }) => verb === 'watch'))

await page.load(readFileSync(new URL('../../build/wasm/views.wasm', import.meta.url)))

/** Clients are those of the page; the server, and the views that it shows, are native. */
const engine = { ...page, ServerHandle: native.ServerHandle, views: { ...faces, ClientViews: page.ClientViews } }

/** The greeting of an engine that speaks the binary codec alone. */
const binary = (steps) =>
  steps.map(({ words, lines }) => ({ words, lines: lines.map((line) => line.replace(/^(up \w+ hello )010101020001/, '$10101010100')) }))

test('there are scenarios', () => {
  assert.ok(names.length >= 10, names.join('\n'))
})

for (const name of names) {
  test(name.replace('.json', ''), () => {
    assert.equal(run(engine, binary(stepsOf(name))), undefined)
  })
}

test('a runner that accepts everything would be worth nothing', () => {
  for (const name of names) {
    const steps = binary(stepsOf(name))
    const changes = steps.flatMap(({ lines }) => lines).filter((line) => line.startsWith('change '))
    assert.ok(changes.length > 0, name)
    const step = steps.find(({ lines }) => lines.some((line) => line.startsWith('change ')))
    const at = step.lines.findIndex((line) => line.startsWith('change '))
    step.lines[at] += '0'
    assert.deepEqual(run(engine, steps)?.expected, step.lines)
  }
})
