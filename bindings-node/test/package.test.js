// The package as programs of every kind see it.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import * as esm from 'syncline'

import { directory, heard, serve } from './support/world.js'
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

test('both kinds of modules observe elements', async () => {
  assert.deepEqual(Object.keys(require('syncline/element')).sort(), ['observe', 'observeAll'])
  const names = Object.keys(await import('syncline/element')).filter((name) => name !== 'default' && name !== 'module.exports')
  assert.deepEqual(names.sort(), ['observe', 'observeAll'])
})

test('views are of both kinds of modules, and what shows them of browsers', async () => {
  const names = ['ClientViews', 'RoomView', 'Screen', 'View', 'bind', 'each', 'fragment', 'h', 'html', 'raw', 'watch']
  assert.deepEqual(Object.keys(require('syncline/views')).sort(), names)
  assert.deepEqual(Object.keys(await import('syncline/views')).filter((name) => name !== 'default' && name !== 'module.exports').sort(), names)
  const { View, h } = require('syncline/views')
  const { ServerHandle } = await import('syncline/handle')
  const view = new View('it')
  view.render(h('b', null, 1))
  const server = ServerHandle.automatic({ views: true })
  assert.throws(() => server.roomShow(1, 'it', view), { code: 'NotFound' })
  server.close()
  view.close()
  const program = "import('syncline/views').then((views) => console.log(Object.keys(views).sort().join()))"
  const asked = spawnSync(process.execPath, ['--conditions=browser', '-e', program], { cwd: home, encoding: 'utf8' })
  assert.equal(asked.stdout, 'ClientViews,Mount,RoomView,mount,watch\n', asked.stderr)
})

test('what comes from one kind of module is understood by the other', async (t) => {
  const cjs = require('syncline')
  const handles = [require('syncline/handle'), await import('syncline/handle')]
  assert.equal(cjs.KEEP_MINE, esm.KEEP_MINE)
  assert.equal(cjs.KEEP_THEIRS, esm.KEEP_THEIRS)
  for (const [here, there, { JsonText }] of [[esm, cjs, handles[0]], [cjs, esm, handles[1]]]) {
    const server = new here.Server({ authorize: () => { throw new there.DenyError('Unauthorized') } })
    t.after(() => server.close())
    const { url } = await server.listen({ port: 0, host: '127.0.0.1' })
    const client = await there.connect(url)
    t.after(() => client.close())
    await assert.rejects(client.room('cart').ready, { code: 'Unauthorized' })
    const offline = await here.connect('ws://127.0.0.1:1')
    t.after(() => offline.close())
    const room = offline.room('cart')
    room.set('a', new JsonText('{"b":1}'))
    assert.deepEqual(room.get('a'), { b: 1 })
    room.close()
    assert.throws(() => room.get('a'), (error) => {
      const is = (name) => error instanceof there[name]
      return is('ClosedError') && is('SynclineError') && !is('RefusedError') && !is('DenyError')
    })
  }
  class Own extends esm.SynclineError {}
  assert.ok(new Own('Full', 'a', 'b') instanceof cjs.SynclineError)
  assert.ok(!(new esm.SynclineError('Full', 'a', 'b') instanceof Own))
  assert.ok(![null, undefined, 1, {}, Symbol.iterator].some((value) => value instanceof esm.SynclineError))
})

test('a native library that cannot be loaded is one error, wherever its place is seen from', async (t) => {
  const folder = directory()
  const native = readdirSync(home).find((name) => /^syncline\..*\.node$/.test(name) && !name.includes('test-panic'))
  copyFileSync(`${home}${native}`, `${folder}/own.node`)
  const load = (place) => spawnSync(process.execPath, ['-e', `require(${JSON.stringify(home)})`], {
    cwd: folder, encoding: 'utf8', env: { ...process.env, SYNCLINE_NATIVE_LIBRARY: place },
  })
  assert.equal(load('own.node').status, 0)
  const { status, stderr } = load('other.node')
  assert.equal(status, 1)
  assert.match(stderr, /the native library other\.node, which SYNCLINE_NATIVE_LIBRARY names, cannot be loaded/)
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

test('what stands above the handles asks of a platform nothing but what a browser has', async () => {
  const { readFileSync } = await import('node:fs')
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
  look(`${home}ts/element.ts`)
  look(`${home}ts/transport/platform.browser.ts`)
  assert.ok(seen.size > 15, String(seen.size))
  assert.ok(readdirSync(`${home}ts/transport`).includes('platform.ts'))
})

test('the two platforms have one interface', () => {
  const exported = (file) => [...readFileSync(`${home}ts/transport/${file}`, 'utf8').matchAll(/^export (?:async )?function (\w+)\(/gm)]
  const names = (file) => exported(file).map(([, name]) => name)
  assert.deepEqual(names('platform.browser.ts'), names('platform.ts'))
  assert.ok(names('platform.ts').length >= 2)
})
