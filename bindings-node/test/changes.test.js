// Who hears of changes, and how much waits for who does not listen.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { heard, join, meet, shows } from './support/world.js'
import { run } from './support/process.js'

test('changes say which keys, by whom, and as of which version', async (t) => {
  const { rooms: [ada, bob], clients: [, client] } = await meet(t)
  const [local, remote, whole] = [heard(ada, 'change'), heard(bob, 'change'), heard(client, 'change')]
  ada.batch((batch) => { batch.set('a', 1); batch.set('b', 1) })
  assert.deepEqual(await local, { room: 'cart', keys: ['a', 'b'], origin: 'local', version: 0 })
  assert.deepEqual(await remote, { room: 'cart', keys: ['a', 'b'], origin: 'remote', version: 1 })
  assert.equal(await whole, await remote)
})

test('a watcher hears of its prefix only, until it is taken out', async (t) => {
  const { rooms: [room] } = await meet(t, {}, [{}])
  const abort = new AbortController()
  const [some, all, none] = [[], [], []]
  const forget = room.watch('stock/', ({ keys }) => some.push(...keys))
  room.watch('', ({ keys, origin }) => { if (origin === 'local') all.push(...keys) }, { signal: abort.signal })
  room.watch('', () => none.push('x'), { signal: AbortSignal.abort() })
  room.batch((batch) => { batch.set('stock/1', 1); batch.set('title', 'x') })
  await room.set('title', 'y').settled
  forget()
  forget()
  abort.abort()
  await room.set('stock/2', 1).settled
  assert.deepEqual(some, ['stock/1'])
  assert.deepEqual(new Set(all), new Set(['stock/1', 'title']))
  assert.deepEqual(none, [])
})

test('listeners are added and taken out', async (t) => {
  const { rooms: [room] } = await meet(t, {}, [{}])
  const calls = []
  const listener = () => calls.push('on')
  room.on('verdict', listener)
  room.on('verdict', listener)
  room.once('verdict', () => calls.push('once'))
  await room.set('a', 1).settled
  room.off('verdict', listener)
  await room.set('a', 2).settled
  room.off('verdict', listener)
  assert.deepEqual(calls, ['on', 'on', 'once'])
  assert.throws(() => room.on('chnage', () => {}), { code: 'InvalidArgument' })
  assert.throws(() => room.on('change', 'x'), { code: 'InvalidArgument' })
})

test('a listener that throws stops nobody, and is not swallowed', async () => {
  const { code, output } = await run('throwing.js')
  assert.equal(code, 0)
  const lines = output.trim().split('\n').sort()
  assert.deepEqual(lines, ['heard', 'log listenerFailed', 'settled applied', 'uncaught mine'])
})

test('a slow consumer sees the union of keys and not a queue', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  const changes = bob.changes({ prefix: 'k' })
  for (let n = 0; n < 30; n += 1) await ada.batch((batch) => { batch.set(`k${n % 3}`, n); batch.set('z', n) }).settled
  await ada.set('end', true).settled
  await shows(bob, 'end', true)
  const { value } = await changes.next()
  assert.deepEqual([...value.keys].sort(), ['k0', 'k1', 'k2'])
  assert.equal(value.origin, 'remote')
  // A second change would be there by now, and nothing is: the next one is that of an edit made after.
  const next = changes.next()
  bob.set('k9', 1)
  assert.deepEqual((await next).value.keys, ['k9'])
  await changes.return()
  assert.deepEqual(await changes.next(), { done: true, value: undefined })
})

test('changes end with the loop, the signal, and the room', async (t) => {
  const { rooms: [room] } = await meet(t, {}, [{}])
  room.set('a', 1)
  const seen = []
  for await (const { keys } of room.changes()) {
    seen.push(...keys)
    if (seen.length === 1) room.set('b', 1)
    else break
  }
  assert.deepEqual(seen, ['a', 'b'])

  const abort = new AbortController()
  const waiting = room.changes({ signal: abort.signal })[Symbol.asyncIterator]().next()
  const reason = new Error('enough')
  abort.abort(reason)
  await assert.rejects(waiting, reason)
  const late = room.changes({ signal: abort.signal })
  await assert.rejects(late.next(), reason)
  assert.equal((await late.next()).done, true)

  const two = room.changes()
  const [first, second] = [two.next(), two.next()]
  room.set('c', 1)
  assert.deepEqual((await first).value.keys, ['c'])
  const third = room.changes()
  room.close()
  assert.equal((await third.next()).done, true)
  assert.equal((await second).done, true)
})

test('records tell the course of things, without tokens and values', async (t) => {
  const records = []
  const log = (record) => records.push(record)
  const authorize = ({ token, room }) => (room === 'cart' ? { principal: token, write: true } : null)
  const { rooms: [room], clients: [client] } = await meet(t, { authorize, log }, [{ log, token: 'secret-token' }])
  await room.set('a', 'secret-value').settled
  const denied = client.room('other')
  await assert.rejects(denied.ready, { code: 'Forbidden' })
  const events = records.map(({ event }) => event)
  for (const event of ['connecting', 'connected', 'denied']) assert.ok(events.includes(event), event)
  assert.deepEqual(records.find(({ event, level }) => event === 'denied' && level === 'warn').room, 'other')
  assert.ok(!JSON.stringify(records).includes('secret'))
})

test('metrics count, as an object and as text', async (t) => {
  const { server, rooms: [room], clients: [client] } = await meet(t, {}, [{}])
  await room.set('a', 1).settled
  const metrics = client.metrics()
  assert.equal(metrics.applied, 1)
  assert.equal(metrics.queue_depth, 0)
  assert.match(client.prometheus({ app: 'x"y' }), /app="x\\"y"/)
  assert.equal(typeof server.metrics(), 'object')
  assert.match(server.prometheus(), /^# /m)
  assert.equal(typeof (await server.room('cart').metrics()), 'object')
  assert.equal(client.limits.frame_bytes, 1_048_576)
  await assert.rejects(join(t, 'ws://127.0.0.1:1', { log: 'x' }), { code: 'InvalidArgument' })
})
