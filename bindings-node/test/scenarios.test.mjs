/** What every language must do alike: `/scenarios/*.json`, done by the handles in manual mode. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import * as engine from '../dist/esm/handle.js'
import { read, run } from './scenarios/run.mjs'

const FOLDER = new URL('../../scenarios/', import.meta.url)
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))

test('there are scenarios', () => {
  assert.ok(names.length >= 124, `${names.length}`)
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
