// Edits of clients reach the server and each other, whatever the network does.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { directory, heard, join, meet, network, serve, shows, until } from './support/world.js'

test('an edit shows at once and reaches the others', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  const edit = ada.set('items', ['tea'])
  assert.deepEqual(ada.get('items'), ['tea'])
  assert.equal(edit.verdict, undefined)
  const verdict = await edit.settled
  assert.equal(verdict.kind, 'applied')
  assert.equal(verdict.version, 1)
  assert.equal(edit.verdict, verdict)
  await shows(bob, 'items', ['tea'])
  assert.equal(bob.version, 1)
  assert.equal(bob.epoch, ada.epoch)
  assert.equal(bob.durability, 'volatile')
  assert.deepEqual(bob.confirmed('items'), ['tea'])
})

test('edits made offline are sent when there is a server', async (t) => {
  const { server, port } = await serve(t)
  await server.close()
  const client = await join(t, `ws://127.0.0.1:${port}`)
  const room = client.room('cart')
  const edit = room.set('total', 15)
  assert.equal(room.get('total'), 15)
  assert.equal(client.status, 'offline')
  assert.equal(room.lastSynced, null)
  const again = await serve(t, {}, { port })
  client.reconnect()
  assert.equal((await edit.settled).kind, 'applied')
  assert.equal(await again.server.room('cart').get('total'), 15)
  await until(client, 'status', () => client.status === 'synced')
  assert.ok(room.lastSynced instanceof Date)
})

test('edits outlive the process that made them', async (t) => {
  const storage = `${directory()}/outbox`
  const { server, url, port } = await serve(t)
  await server.close()
  const before = await join(t, url, { storage })
  before.room('cart').set('total', 15)
  assert.equal(before.close(), 1)
  assert.equal(before.close(), 1)
  await assert.rejects(join(t, url, { storage: `${storage}/in/a/file` }), { code: 'StorageFailed' })

  const after = await join(t, url, { storage })
  await assert.rejects(join(t, url, { storage }), { code: 'StorageInUse', name: 'StorageError' })
  const room = after.room('cart')
  assert.equal(room.get('total'), 15)
  assert.equal(after.pending, 1)
  const again = await serve(t, {}, { port })
  after.reconnect()
  assert.equal(await after.flush(), 0)
  assert.equal(await again.server.room('cart').get('total'), 15)
})

test('a connection that is lost is made again and catches up', async (t) => {
  const net = network()
  const { rooms: [ada, bob], clients: [, client] } = await meet(t, {}, [{}, { WebSocket: net.WebSocket }])
  await ada.set('n', 1).settled
  await shows(bob, 'n', 1)
  await net.down(client)
  await ada.set('n', 2).settled
  assert.equal(bob.get('n'), 1)
  const resumed = heard(bob, 'resumed')
  net.up(client)
  assert.deepEqual(await resumed, { room: 'cart', resume: 'delta' })
  assert.equal(bob.get('n'), 2)
})

test('every kind of edit has its effect', async (t) => {
  const { server, rooms: [ada, bob] } = await meet(t)
  ada.set('user', { name: 'Ada', age: 36 })
  ada.merge('user', { age: null, born: 1815 })
  ada.add('visits', 2)
  bob.add('visits', 3)
  ada.insert('list', 0, 'b')
  ada.insert('list', 0, 'a')
  ada.insert('list', 2, 'd')
  ada.replace('list', 2, 'c')
  ada.move('list', 0, 2)
  ada.remove('list', 0)
  ada.set('gone', 1)
  const last = ada.delete('gone')
  assert.deepEqual(ada.get('list'), ['c', 'a'])
  await last.settled
  await bob.set('done', true).settled
  await shows(ada, 'done', true)
  const expected = [['done', true], ['list', ['c', 'a']], ['user', { name: 'Ada', born: 1815 }], ['visits', 5]]
  assert.deepEqual(ada.entries(), expected)
  assert.deepEqual(ada.keys('v'), ['visits'])
  assert.deepEqual(ada.keys(), ['done', 'list', 'user', 'visits'])
  assert.equal(ada.has('gone'), false)
  assert.equal(ada.get('gone', 'nothing'), 'nothing')
  assert.deepEqual(await server.room('cart').entries(), expected)
  const text = '{"done":true,"list":["c","a"],"user":{"name":"Ada","born":1815},"visits":5}'
  assert.deepEqual([ada.entriesJson(), await server.room('cart').entriesJson()], [text, text])
  assert.deepEqual([bob.entriesJson('v'), await server.room('cart').entriesJson('v')], ['{"visits":5}', '{"visits":5}'])
})

test('edits of a key before they are sent are one edit', async (t) => {
  const { rooms: [room], clients: [client] } = await meet(t, {}, [{ debounce: { quiet_ms: 10_000, max_wait_ms: 10_000 } }])
  const first = room.set('title', 'a')
  const second = room.set('title', 'ab')
  const other = room.set('total', 1)
  assert.equal(second, first)
  assert.notEqual(other, first)
  assert.equal(room.pending, 2)
  assert.equal(await client.flush(), 0)
  assert.equal((await second.settled).kind, 'applied')
  assert.equal(room.get('title'), 'ab')
  assert.equal(client.metrics().coalesced, 1)
  assert.notEqual(room.set('title', 'c'), first)
})

test('a batch is one edit, all of it or nothing', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  const edit = ada.batch((batch) => {
    batch.set('a', 1)
    batch.merge('b', { c: 2 })
    batch.add('n', 1)
    batch.set('old', 1)
    batch.delete('old')
  })
  assert.deepEqual([ada.get('a'), ada.get('b'), ada.get('n'), ada.has('old')], [1, { c: 2 }, 1, false])
  const { version } = await edit.settled
  await shows(bob, 'n', 1)
  assert.equal(bob.version, version)

  assert.throws(() => ada.batch((batch) => { batch.set('a', 9); throw new RangeError('no') }), RangeError)
  assert.throws(() => ada.batch(async (batch) => { batch.set('a', 9) }), { code: 'InvalidArgument' })
  assert.throws(() => ada.batch(() => {}), { code: 'InvalidArgument' })
  assert.throws(() => ada.batch((batch) => { batch.set('a', 9); batch.add('b', 1) }), { code: 'WrongType' })
  assert.throws(() => ada.batch((batch) => { batch.set('a', NaN) }), { code: 'NumberOutOfRange' })
  assert.equal(ada.get('a'), 1)
  assert.equal(ada.pending, 0)
  let kept
  await ada.batch((batch) => { kept = batch; batch.set('a', 2) }).settled
  assert.throws(() => kept.set('a', 3), { code: 'Closed' })
})

test('list edits in a batch count what the batch has made', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  await ada.batch((batch) => {
    batch.insert('list', 0, 'a')
    batch.insert('list', 1, 'b')
    batch.replace('list', 0, 'A')
    batch.move('list', 1, 0)
    batch.insert('list', 2, 'c')
    batch.remove('list', 1)
  }).settled
  assert.deepEqual(ada.get('list'), ['b', 'c'])
  await shows(bob, 'list', ['b', 'c'])
})

test('what an edit cannot be is refused at once, and changes nothing', async (t) => {
  const { rooms: [room] } = await meet(t, {}, [{}])
  room.set('text', 'x')
  const cases = [
    [() => room.set('k', undefined), 'InvalidArgument'],
    [() => room.set('k', 1n), 'InvalidArgument'],
    [() => room.set('k', Infinity), 'NumberOutOfRange'],
    [() => room.set('k', '\ud800'), 'LoneSurrogate'],
    [() => room.set('k', new Map()), 'InvalidArgument'],
    [() => room.set('', 1), 'InvalidName'],
    [() => room.set('k'.repeat(257), 1), 'InvalidName'],
    [() => room.set('k', 'x'.repeat(70_000)), 'ValueTooLarge'],
    [() => room.add('text', 1), 'WrongType'],
    [() => room.insert('text', 0, 1), 'WrongType'],
    [() => room.insert('list', 1, 1), 'InvalidArgument'],
    [() => room.remove('list', 0), 'NoSuchItem'],
    [() => room.move('list', 0, 0), 'NoSuchItem'],
  ]
  for (const [act, code] of cases) assert.throws(act, { code }, act.toString())
  assert.deepEqual(room.keys(), ['text'])
  assert.equal(room.has('k'), false)
})

test('names that are special in JavaScript are keys like any other', async (t) => {
  const { server, rooms: [ada, bob] } = await meet(t, { policy: { ['__proto__']: 'strict' } }, [{}, {}])
  const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', '0', 'ключ', '🗝']
  for (const name of names) ada.set(name, JSON.parse('{"__proto__":{"x":1},"constructor":2}'))
  await ada.set('end', true).settled
  await shows(bob, 'end', true)
  for (const name of names) {
    assert.equal(JSON.stringify(bob.get(name)), '{"__proto__":{"x":1},"constructor":2}', name)
    assert.equal(bob.get(name).x, undefined)
  }
  assert.equal({}.x, undefined)
  assert.deepEqual(bob.keys().sort(), [...names, 'end'].sort())
  assert.deepEqual((await server.room('cart').keys()).sort(), [...names, 'end'].sort())
})

test('a room is the same object until it is closed, and keeps what it had', async (t) => {
  const { clients: [client], rooms: [room] } = await meet(t, {}, [{}])
  assert.equal(client.room('cart'), room)
  await room.set('a', 1).settled
  room.close()
  assert.equal(room.closed, true)
  room.close()
  const again = client.room('cart')
  assert.notEqual(again, room)
  assert.equal(again.get('a'), 1)
  await again.ready
  await again.set('a', 2).settled
})

test('a room that is forgotten hands its edits back', async (t) => {
  const { clients: [client], rooms: [room] } = await meet(t, {}, [{ debounce: { quiet_ms: 10_000, max_wait_ms: 10_000 } }])
  const unknown = heard(client, 'unknown')
  const edit = room.set('a', 1)
  room.forget()
  const verdict = await edit.settled
  assert.deepEqual([verdict.kind, verdict.code], ['unknown', 'Closed'])
  assert.equal(verdict.edits.length, 1)
  assert.equal((await unknown).edit, edit)
  assert.equal(client.room('cart').has('a'), false)
})

test('a room can be forgotten by its own listener', async (t) => {
  const { clients: [client], rooms: [room] } = await meet(t, {}, [{ debounce: { quiet_ms: 10_000, max_wait_ms: 10_000 } }])
  room.once('change', () => room.forget())
  const unknown = heard(client, 'unknown')
  const verdict = await room.set('a', 1).settled
  assert.equal(verdict.kind, 'unknown')
  assert.equal((await unknown).room, 'cart')
  assert.equal(room.closed, true)
})

test('what was not opened to be written cannot be edited', async (t) => {
  const { url } = await serve(t)
  const client = await join(t, url)
  const room = client.room('cart', { write: false })
  await room.ready
  assert.throws(() => room.set('a', 1), { code: 'Forbidden', name: 'RefusedError' })
  assert.equal(client.room('cart'), room)
  await room.set('a', 1).settled
})
