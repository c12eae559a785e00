// A server that dies and comes back on its directory.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'

import { WebSocket } from 'ws'

import { directory, heard, join, serve } from './support/world.js'
import { run } from './support/process.js'

async function start(storage, port) {
  const child = run('server.js', storage, String(port))
  const { port: bound } = JSON.parse(await child.says('{'))
  return { child, port: bound }
}

test('a server that is killed loses nothing that it said, and nothing twice', async (t) => {
  const storage = directory()
  const first = await start(storage, 0)
  const client = await join(t, `ws://127.0.0.1:${first.port}`)
  const room = client.room('cart')
  await room.ready
  assert.equal(room.durability, 'durable')
  for (let n = 0; n < 20; n += 1) await room.add('n', 1).settled
  const { version, epoch } = room

  first.child.kill('SIGKILL')
  assert.equal((await first.child).signal, 'SIGKILL')
  const edits = Array.from({ length: 20 }, (_, n) => room.add(`n${n % 2}`, 1))
  const resumed = heard(room, 'resumed')

  const second = await start(storage, first.port)
  client.reconnect()
  assert.equal((await resumed).resume, 'delta')
  for (const edit of edits) assert.equal((await edit.settled).kind, 'applied')
  assert.deepEqual(room.entries(), [['n', 20], ['n0', 10], ['n1', 10]])
  assert.equal(room.epoch, epoch)
  assert.ok(room.version > version)
  second.child.kill('SIGKILL')
  await second.child
})

test('edits in flight while the server is killed count once', async (t) => {
  const storage = directory()
  let { child, port } = await start(storage, 0)
  const client = await join(t, `ws://127.0.0.1:${port}`, { debounce: { quiet_ms: 0, max_wait_ms: 0 } })
  const room = client.room('cart')
  await room.ready
  let total = 0
  for (let round = 0; round < 4; round += 1) {
    const edits = []
    for (let n = 0; n < 50; n += 1) {
      edits.push(room.add('n', 1))
      total += 1
      await new Promise(setImmediate)
    }
    child.kill('SIGKILL')
    await child
    ;({ child } = await start(storage, port))
    client.reconnect()
    for (const edit of edits) assert.equal((await edit.settled).kind, 'applied')
  }
  assert.equal(room.confirmed('n'), total)
  child.tell('stop')
  assert.equal((await child).code, 0)
  const last = await start(storage, 0)
  const other = (await join(t, `ws://127.0.0.1:${last.port}`, { token: 'bob' })).room('cart')
  await other.ready
  assert.equal(other.get('n'), total)
  last.child.tell('stop')
  await last.child
})

test('a server that winds down tells what became of all that it took, and the next one goes on', async (t) => {
  const storage = directory()
  const first = await serve(t, { storage })
  const client = await join(t, first.url, { debounce: { quiet_ms: 0, max_wait_ms: 0 } })
  const room = client.room('cart')
  await room.ready
  const edits = []
  const write = async () => {
    for (let n = 0; n < 300; n += 1) {
      edits.push(room.add('n', 1))
      await new Promise(setImmediate)
    }
  }
  const written = write()
  await heard(room, 'verdict')
  const cart = first.server.room('cart')
  await cart.get('n')
  const gone = heard(client, 'failed')
  await first.server.windDown({ retryAfter: 20 })
  assert.equal((await gone).error.code, 'ShuttingDown')
  assert.equal(await cart.get('n'), room.confirmed('n'))
  await written
  await first.server.close()
  await serve(t, { storage }, { port: first.port })
  for (const edit of edits) assert.equal((await edit.settled).kind, 'applied')
  assert.equal(room.confirmed('n'), 300)
})

test('a server without connections winds down at once, and takes no others', async (t) => {
  const { server, url } = await serve(t)
  await server.windDown()
  const [, reason] = await once(new WebSocket(url), 'close')
  assert.equal(String(reason), 'ShuttingDown')
})
