/** What every language must do alike: `/scenarios/*.json`, done by the handles in manual mode. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import * as handle from '../dist/esm/handle.js'
import { number } from '../dist/esm/handle/client.js'
import { backend } from '../dist/esm/native.js'
import * as faces from '../dist/esm/views.js'
import { read, run } from './scenarios/run.mjs'

const engine = { ...handle, views: { ...faces, backend, number } }

const FOLDER = new URL('../../scenarios/', import.meta.url)
const inFolder = (url) => readdirSync(url).filter((name) => name.endsWith('.json'))
const ofViews = inFolder(new URL('views/', FOLDER)).map((name) => `views/${name}`)
const names = [...inFolder(FOLDER), ...ofViews]

test('there are scenarios', () => {
  assert.ok(names.length - ofViews.length >= 124, `${names.length}`)
  assert.ok(ofViews.length >= 8, `${ofViews.length}`)
})

for (const name of names) {
  test(name.replace('.json', ''), () => {
    assert.equal(run(engine, read(readFileSync(new URL(name, FOLDER), 'utf8'))), undefined)
  })
}

test('a runner that accepts everything would be worth nothing', () => {
  const steps = () => read(readFileSync(new URL('a-refusal-is-told.json', FOLDER), 'utf8'))
  const count = steps().length
  let spoiled = 0
  for (let at = 0; at < count; at += 1) {
    for (let line = 0; line < (steps()[at].lines.length || 1); line += 1) {
      const wrong = steps()
      wrong[at].lines[line] = `${wrong[at].lines[line] ?? ''}0`
      assert.deepEqual(run(engine, wrong)?.expected, wrong[at].lines)
      spoiled += 1
    }
    const wrong = steps()
    if (wrong[at].words[0] !== 'check') continue
    wrong[at].words.push(`${wrong[at].words.pop()}0`)
    assert.match(run(engine, wrong)?.error, /^the answer is /)
  }
  assert.ok(spoiled > count)
})
