/** That workers come and go with whatever they hold. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const HANDLE = new URL('../../dist/esm/handle.js', import.meta.url).href
const NATIVE = new URL('../../dist/esm/require.cjs', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'syncline-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a program of its own, so that a crash is seen as one. */
function runs(code) {
  const script = `
    import { Worker } from 'node:worker_threads'
    import { strict as assert } from 'node:assert'
    import { ClientHandle, ServerHandle } from '${HANDLE}'
    const folder = ${JSON.stringify(folder)}
    const body = (end) => \`
      import('${HANDLE}').then(({ ClientHandle, ServerHandle }) => {
        const { workerData, parentPort } = require('node:worker_threads')
        const client = ClientHandle.automatic({}, workerData.path)
        const server = ServerHandle.automatic({}, workerData.path + '-rooms')
        client.setWake(() => client.drain())
        server.setWake(() => server.drain())
        const room = client.open('cart')
        for (let at = 0; at < 50; at += 1) client.set(room, 'k' + at, at)
        server.connected(1)
        // Their journals are opened by the engine's thread, which wakes while the worker ends.
        for (let at = 0; at < 30; at += 1) server.roomOpen('room' + at)
        \${end}
      })\`
    const start = (end, data) => new Worker(body(end), { eval: true, execArgv: [], workerData: data })
    const ended = (worker) => new Promise((resolve, reject) => {
      worker.on('error', reject)
      worker.on('exit', resolve)
    })
    ${code}
  `
  const { status, signal, stderr, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' })
  return stdout
}

test('sixty workers end with live handles, and what they recorded is there', () => {
  runs(`
    for (let round = 0; round < 6; round += 1) {
      const workers = Array.from({ length: 10 }, (_, at) => {
        const path = folder + '/' + round + '-' + at
        const ends = ['', 'process.exit(0)', 'client.setWake(undefined)', 'client.close()', 'server.close()']
        return { path, end: ended(start(ends[at % ends.length], { path })) }
      })
      for (const { path, end } of workers) {
        assert.equal(await end, 0)
        const client = ClientHandle.automatic({}, path)
        assert.equal(client.pendingTotal(), 50)
        client.close()
      }
    }
  `)
})

test('workers are ended in the middle of their work', () => {
  runs(`
    for (let round = 0; round < 20; round += 1) {
      const path = folder + '/t' + round
      const worker = start(\`
        parentPort.postMessage('begun')
        for (let at = 0; ; at += 1) { client.set(room, 'busy', at); if (at % 64 === 0) server.connected(at + 2), server.drain() }
      \`, { path })
      const end = ended(worker)
      await new Promise((resolve) => worker.once('message', resolve))
      await worker.terminate()
      assert.equal(await end, 1)
      ClientHandle.automatic({}, path).close()
    }
  `)
})

test('a number of a handle means nothing on another thread, and one that nobody gave means nothing', () => {
  const out = runs(`
    const { load } = await import('${NATIVE}')
    const native = load(process.env.SYNCLINE_NATIVE_LIBRARY ?? '../../syncline.' + process.platform + '-' + process.arch + (process.platform === 'linux' ? '-gnu' : '') + '.node')
    const env = native.start(() => {})
    const client = native.clientAutomatic(env, '{}', undefined)
    const room = native.clientOpen(client, 'cart', true)
    const code = (call) => { try { call(); return 'none' } catch (error) { return error.code } }
    console.log(code(() => native.clientGet(client, room, 'k')))
    const worker = new Worker(\`
      const { workerData, parentPort } = require('node:worker_threads')
      import('${NATIVE}').then(({ load }) => {
        const native = load(workerData.native)
        const code = (call) => { try { call(); return 'none' } catch (error) { return error.code } }
        parentPort.postMessage([
          code(() => native.clientGet(workerData.client, 1, 'k')),
          code(() => native.clientClose(workerData.client)),
          code(() => native.clientAutomatic(workerData.env, '{}', undefined)),
        ])
      })\`, { eval: true, execArgv: [], workerData: { client, env, native: process.env.SYNCLINE_NATIVE_LIBRARY ?? '../../syncline.' + process.platform + '-' + process.arch + (process.platform === 'linux' ? '-gnu' : '') + '.node' } })
    const said = new Promise((resolve) => worker.once('message', resolve))
    assert.equal(await ended(worker), 0)
    console.log((await said).join(' '))
    console.log(code(() => native.serverMetrics(client)), code(() => native.clientGet(0, 1, 'k')), code(() => native.clientGet(4_000_000_000, 1, 'k')))
    console.log(code(() => native.clientAutomatic(999, '{}', undefined)))
    native.clientClose(client)
    console.log(code(() => native.clientGet(client, room, 'k')), code(() => native.clientClose(client)))
  `)
  assert.deepEqual(out.trim().split('\n'), [
    'none',
    'Closed Closed InvalidArgument',
    'Closed NotFound NotFound',
    'InvalidArgument',
    'Closed Closed',
  ])
})
