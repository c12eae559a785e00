/** What is in files, and who may hold it. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Worker } from 'node:worker_threads'

import { ClientHandle, Edits, ServerHandle, StorageError } from '../../dist/esm/handle.js'

const HANDLE = new URL('../../dist/esm/handle.js', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'syncline-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const inUse = (error) => error instanceof StorageError && error.code === 'StorageInUse'

test('a client with a journal shows after a restart what it showed before', () => {
  const path = join(folder, 'restart')
  const first = ClientHandle.automatic({}, path)
  const room = first.open('cart')
  first.set(room, 'total', 15)
  first.insert(room, 'list', 0, { name: 'é' })
  assert.equal(first.close(), 2)
  const second = ClientHandle.automatic({}, path)
  assert.equal(second.pendingTotal(), 2)
  const again = second.open('cart')
  assert.deepEqual(second.entries(again), [
    ['list', [{ name: 'é' }]],
    ['total', 15],
  ])
  second.close()
})

test('a server with a directory holds its rooms after a restart', async () => {
  const path = join(folder, 'rooms')
  const write = async (value) => {
    const server = ServerHandle.automatic({}, path)
    const room = server.roomOpen('cart')
    const kinds = []
    const written = new Promise((resolve) => {
      server.setWake(() => {
        for (const output of server.drain()) {
          kinds.push(output.kind)
          if (output.kind === 'opened') server.roomWrite(room, new Edits().add('n', value))
          if (output.kind === 'written') resolve(output.version)
        }
      })
    })
    const alive = setInterval(() => {}, 1_000)
    const version = await written
    clearInterval(alive)
    const held = server.roomGet(room, 'n')
    server.close()
    return [version, held]
  }
  assert.deepEqual(await write(2), [1, [1, 2]])
  assert.deepEqual(await write(3), [2, [2, 5]])
})

test('a journal has one owner, on whatever thread', async () => {
  const path = join(folder, 'owned')
  const owner = ClientHandle.automatic({}, path)
  assert.throws(() => ClientHandle.automatic({}, path), inUse)
  const script = `
    const { parentPort } = require('node:worker_threads')
    import('${HANDLE}').then(({ ClientHandle }) => {
      try { ClientHandle.automatic({}, ${JSON.stringify(path)}); parentPort.postMessage('opened') }
      catch (error) { parentPort.postMessage(error.code) }
    })`
  const ask = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(script, { eval: true })
      let said
      worker.on('message', (message) => (said = message))
      worker.on('error', reject)
      worker.on('exit', () => resolve(said))
    })
  assert.equal(await ask(), 'StorageInUse')
  owner.close()
  assert.equal(await ask(), 'opened')
  // The worker has ended, and its client with it.
  ClientHandle.automatic({}, path).close()
})

test('a damaged journal is refused, and a path that cannot be', () => {
  const path = join(folder, 'damaged')
  writeFileSync(path, 'this is no journal, and long enough to be looked at')
  assert.throws(() => ClientHandle.automatic({}, path), { code: 'StorageCorrupt' })
  assert.throws(() => ClientHandle.automatic({}, join(path, 'in a file')), { code: 'StorageFailed' })
  assert.throws(() => ClientHandle.automatic({}, 'a\0b'), { code: 'StorageFailed' })
})

/** Lets the collector run until `done` says so; a bounded number of times. */
async function collect(done) {
  for (let round = 0; round < 200; round += 1) {
    globalThis.gc()
    await new Promise(setImmediate)
    if (done()) return true
  }
  return false
}

test('a handle that nobody can reach is closed some time', async () => {
  const path = join(folder, 'lost')
  const lose = () => {
    ClientHandle.automatic({}, path).open('cart')
  }
  lose()
  const reopened = await collect(() => {
    try {
      ClientHandle.automatic({}, path).close()
      return true
    } catch (error) {
      assert.ok(inUse(error))
      return false
    }
  })
  assert.ok(reopened)
})

test('a handle that somebody wants to hear of stays', async () => {
  const path = join(folder, 'heard')
  let heard = 0
  const leave = () => {
    const client = ClientHandle.automatic({}, path)
    client.setWake(() => {
      heard += 1
      if (client.drain().some((output) => output.kind === 'connect') && heard > 1) client.close()
    })
    return new WeakRef(client)
  }
  const left = leave()
  assert.equal(await collect(() => left.deref() === undefined), false)
  assert.throws(() => ClientHandle.automatic({}, path), inUse)
  left.deref().close()
  ClientHandle.automatic({}, path).close()
})
