/** That a panic of the engine is an error, and ends only the handle. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('../..', import.meta.url))

test('a panic is an error, the handle is poisoned, others go on', () => {
  execFileSync(process.execPath, [`${home}scripts/native.mjs`, '--debug', '--test-panic'], { stdio: 'inherit' })
  const script = `
    const native = require('./syncline.test-panic.node')
    const env = native.start(() => {})
    const code = (call) => { try { return call() } catch (error) { return error.code + ' ' + error.message } }
    const [one, two] = [0, 0].map(() => native.clientAutomatic(env, '{}', undefined))
    console.log(code(() => native.testPanic(one)))
    console.log(code(() => native.clientOpen(one, 'cart', true)))
    console.log(code(() => native.clientDrain(one, new Uint8Array(100))))
    console.log(code(() => native.clientClose(one)))
    console.log(code(() => native.clientClose(one)))
    console.log(code(() => native.clientOpen(two, 'cart', true)), code(() => native.clientClose(two)))
  `
  const { status, signal, stdout } = spawnSync(process.execPath, ['-e', script], { cwd: home, encoding: 'utf8' })
  assert.deepEqual({ status, signal }, { status: 0, signal: null })
  const poisoned = 'Poisoned ["a handle that never panicked","a panic"]'
  assert.deepEqual(stdout.trim().split('\n'), [
    'Panic ["no panic","a planted panic"]',
    poisoned,
    poisoned,
    poisoned,
    'Closed ["an open handle of this thread","one that is closed, of another kind or of another thread"]',
    '1 0',
  ])
})
