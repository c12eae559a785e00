// The package as programs of every kind see it.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import * as esm from 'syncline'

import { heard, serve } from './support/world.js'
import { run } from './support/process.js'

const require = createRequire(import.meta.url)
const home = fileURLToPath(new URL('..', import.meta.url))

test('both kinds of modules export the same', () => {
  const cjs = require('syncline')
  const names = Object.keys(esm).filter((name) => name !== 'default' && name !== 'module.exports').sort()
  assert.deepEqual(Object.keys(cjs).sort(), names)
  for (const name of ['connect', 'Server', 'Client', 'DenyError', 'SynclineError', 'ClosedError', 'KEEP_MINE', 'KEEP_THEIRS']) {
    assert.ok(names.includes(name), name)
  }
})

test('a program of CommonJS works', async () => {
  const { code, output } = await run('common.cjs')
  assert.deepEqual([code, output], [0, 'applied 15\n'])
})

test('types take what is right and refuse what is wrong', () => {
  const compiler = require.resolve('typescript/bin/tsc')
  const flags = [
    '--ignoreConfig', '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--skipLibCheck', 'false',
    '--target', 'es2022', '--lib', 'es2023,esnext.disposable,dom,dom.iterable', '--types', 'node',
  ]
  for (const [module, resolution] of [['nodenext', 'nodenext'], ['esnext', 'bundler']]) {
    try {
      const kinds = ['--module', module, '--moduleResolution', resolution]
      execFileSync(process.execPath, [compiler, ...flags, ...kinds, 'test/types.ts'], { cwd: home, encoding: 'utf8' })
    } catch (error) {
      assert.fail(error.stdout)
    }
  }
})

test('clients work in worker threads, and end with them', async (t) => {
  const { server, url } = await serve(t)
  const changed = heard(server, 'change')
  const worker = new Worker(new URL('programs/worker.js', import.meta.url), { workerData: url })
  const [message] = await Promise.all([new Promise((resolve) => worker.once('message', resolve)), changed])
  assert.equal(message, 'applied')
  assert.equal(await server.room('cart').get('from'), 'worker')
  const left = heard(server, 'left')
  // It ends with its client open.
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  worker.postMessage('end')
  assert.equal(await ended, 0)
  await left
})

test('a worker that is cut off takes nobody with it', async (t) => {
  const { server, url } = await serve(t)
  const workers = Array.from({ length: 4 }, () => new Worker(new URL('programs/worker.js', import.meta.url), { workerData: url }))
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))))
  for (const worker of workers) await worker.terminate()
  assert.equal(await server.room('cart').get('from'), 'worker')
})

test('the client asks of a platform nothing but what a browser has', async () => {
  const { readFileSync, readdirSync } = await import('node:fs')
  const seen = new Set()
  const look = (file) => {
    if (seen.has(file) || file.includes('/handle') || file.endsWith('/platform.ts')) return
    seen.add(file)
    const text = readFileSync(file, 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '')
    for (const [, specifier] of text.matchAll(/^(?:import|export)(?! type)[^'"=()]* from ['"]([^'"]+)['"]/gm)) {
      assert.match(specifier, /^\.{1,2}\//, `${file} imports ${specifier}`)
      look(new URL(specifier.replace(/\.js$/, '.ts'), `file://${file}`).pathname)
    }
    assert.doesNotMatch(text, /\b(process|Buffer|setImmediate|require)\b\s*[.(]/, file)
  }
  look(`${home}ts/client.ts`)
  look(`${home}ts/transport/platform.browser.ts`)
  assert.ok(seen.size > 15, String(seen.size))
  assert.ok(readdirSync(`${home}ts/transport`).includes('platform.ts'))
})

test('the compiled form of the two platforms has one interface', async () => {
  const node = await import(new URL('../dist/esm/transport/platform.js', import.meta.url))
  const browser = await import(new URL('../dist/esm/transport/platform.browser.js', import.meta.url))
  assert.deepEqual(Object.keys(browser), Object.keys(node))
  class Fake {
    constructor(url) { this.url = url }
  }
  const { WebSocket } = globalThis
  try {
    globalThis.WebSocket = Fake
    assert.ok((await browser.openSockets())('ws://x') instanceof Fake)
    globalThis.WebSocket = undefined
    await assert.rejects(browser.openSockets(), { code: 'InvalidArgument' })
  } finally {
    globalThis.WebSocket = WebSocket
  }
})
