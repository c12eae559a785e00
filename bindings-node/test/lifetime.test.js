// When a client ends, when a process may end, and what waits then.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ClosedError, connect } from 'syncline'

import { heard, join, meet, serve, until } from './support/world.js'
import { run } from './support/process.js'

test('closing ends everything that waits, and nothing is left unhandled', async (t) => {
  const client = await join(t, 'ws://127.0.0.1:1')
  const room = client.room('cart')
  const edit = room.set('a', 1)
  const unheard = room.set('b', 1)
  const waiting = [edit.settled, room.ready, client.flush(), room.changes({ prefix: 'z' }).next()]
  assert.equal(client.close(), 2)
  const [settled, ready, flush, change] = await Promise.allSettled(waiting)
  for (const { reason } of [settled, ready, flush]) assert.ok(reason instanceof ClosedError, String(reason))
  assert.deepEqual(change.value, { done: true, value: undefined })
  await assert.rejects(unheard.settled, ClosedError)
  assert.equal(edit.verdict, undefined)
})

test('a verdict stays after the close', async (t) => {
  const { clients: [client], rooms: [room] } = await meet(t, {}, [{}])
  const edit = room.set('a', 1)
  const verdict = await edit.settled
  client.close()
  assert.equal(await edit.settled, verdict)
})

test('closing a room ends what waits for it, and not the others', async (t) => {
  const client = await join(t, 'ws://127.0.0.1:1')
  const [one, two] = [client.room('one'), client.room('two')]
  const waiting = [one.set('a', 1).settled, one.ready]
  const other = two.set('a', 1)
  one.close()
  for (const { reason } of await Promise.allSettled(waiting)) assert.ok(reason instanceof ClosedError)
  assert.equal(other.verdict, undefined)
  assert.equal(client.pending, 2)
})

test('a client can be closed by its own listener', async (t) => {
  const { clients: [client], rooms: [room] } = await meet(t, {}, [{}])
  const after = []
  room.on('change', () => client.close())
  client.on('status', () => after.push('status'))
  const edit = room.set('a', 1)
  await assert.rejects(edit.settled, ClosedError)
  assert.equal(client.closed, true)
  assert.deepEqual(after, [])
})

test('flush counts what has no verdict', async (t) => {
  const client = await join(t, 'ws://127.0.0.1:1')
  assert.equal(await client.flush(), 0)
  const room = client.room('cart')
  room.set('a', 1)
  room.set('b', 1)
  assert.equal(await client.flush({ timeout: 0 }), 2)
  assert.equal(await client.flush({ timeout: 1 }), 2)
  const abort = new AbortController()
  const flushing = client.flush({ signal: abort.signal })
  const reason = new Error('enough')
  abort.abort(reason)
  await assert.rejects(flushing, reason)
  await assert.rejects(client.flush({ signal: abort.signal }), reason)
  await assert.rejects(client.flush({ timeout: -1 }), { code: 'InvalidArgument' })
  await assert.rejects(client.flush({ timeout: NaN }), { code: 'InvalidArgument' })
})

test('using and await using end what they hold', async (t) => {
  const { url, server } = await serve(t)
  const client = await connect(url, { token: 'ada' })
  client.room('cart').set('a', 1)
  await client[Symbol.asyncDispose]()
  assert.equal(client.closed, true)
  await client[Symbol.asyncDispose]()
  assert.equal(await server.room('cart').get('a'), 1)
  const other = await connect(url, { token: 'ada' })
  const room = other.room('cart')
  room[Symbol.dispose]()
  assert.equal(room.closed, true)
  other[Symbol.dispose]()
  assert.equal(other.closed, true)
  await server[Symbol.asyncDispose]()
  assert.throws(() => server.metrics(), ClosedError)
})

test('a process with an open client ends by itself', async (t) => {
  const { url } = await serve(t)
  for (const mode of ['connected', 'offline', 'no room']) {
    const { code, output } = await run('idle.js', mode === 'offline' ? 'ws://127.0.0.1:1' : url, mode)
    assert.deepEqual([code, output], [0, `${mode}\n`])
  }
})

test('a process stays while it waits', async (t) => {
  const { server, port, url } = await serve(t)
  await server.close()
  for (const what of ['settled', 'flush', 'ready', 'changes', 'ref']) {
    await t.test(what, async (t) => {
      const child = run('waiting.js', url, what)
      // The program says that it waits when nothing but its waiting keeps it.
      await child.says('waiting')
      const { server } = await serve(t, {}, { port })
      await server.room('cart').set('b', 1)
      const { code, output } = await child
      await server.close()
      assert.deepEqual([code, output], [0, 'waiting\ndone\n'])
    })
  }
})

test('nothing is reported as unhandled, whatever is left behind', async () => {
  const { code, output } = await run('abandoned.js')
  assert.deepEqual([code, output], [0, 'done\n'])
})

test('a status says how a client is', async (t) => {
  const { server, port } = await serve(t)
  await server.close()
  const client = await join(t, `ws://127.0.0.1:${port}`)
  const statuses = []
  client.on('status', ({ room, status }) => { if (room === undefined) statuses.push(status) })
  const room = client.room('cart')
  await until(client, 'status', () => client.status === 'degraded')
  assert.equal(room.status, 'degraded')
  await serve(t, {}, { port })
  client.reconnect()
  await until(room, 'status', () => room.status === 'synced')
  room.set('a', 1)
  await heard(room, 'verdict')
  await until(client, 'status', () => statuses.at(-1) === 'synced')
  assert.deepEqual(new Set(statuses), new Set(['offline', 'degraded', 'pending', 'synced']))
})
