// The server's own program reads and writes rooms.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ClosedError } from 'syncline'

import { directory, heard, join, meet, serve, shows } from './support/world.js'
import { run } from './support/process.js'

test('the host reads and writes, and clients see it', async (t) => {
  const { server, rooms: [ada] } = await meet(t, { policy: { '': 'strict' } }, [{}])
  const cart = server.room('cart')
  assert.equal(await cart.set('total', 15), 1)
  assert.equal(await cart.add('total', 1), 2)
  assert.equal(await cart.merge('user', { name: 'Ada' }), 3)
  assert.equal(await cart.set('old', 1), 4)
  assert.equal(await cart.delete('old'), 5)
  assert.equal(await cart.batch((write) => { write.set('a', 1); write.set('b', 2) }), 6)
  assert.equal(await cart.get('total'), 16)
  assert.equal(await cart.get('old'), undefined)
  assert.deepEqual(await cart.getVersioned('total'), { version: 2, value: 16 })
  assert.deepEqual(await cart.entries('u'), [['user', { name: 'Ada' }]])
  assert.deepEqual(await cart.keys(), ['a', 'b', 'total', 'user'])
  assert.equal(await cart.version(), 6)
  const report = await cart.report()
  assert.deepEqual([report.name, report.version, report.keys], ['cart', 6, 4])
  await shows(ada, 'b', 2)
  assert.deepEqual(ada.get('user'), { name: 'Ada' })
})

test('the host edits lists by place', async (t) => {
  const { server, rooms: [ada] } = await meet(t, {}, [{}])
  const cart = server.room('cart')
  const version = await cart.batch((write) => { for (const [index, item] of ['a', 'b', 'c'].entries()) write.insert('list', index, item) })
  await cart.move('list', 0, 2, { ifVersion: version })
  await cart.replace('list', 0, 'B')
  await cart.insert('list', 1, 'x')
  await cart.remove('list', 2)
  assert.deepEqual(await cart.get('list'), ['B', 'x', 'a'])
  await shows(ada, 'list', ['B', 'x', 'a'])
  await assert.rejects(cart.remove('list', 3), { code: 'NoSuchItem' })
  await assert.rejects(cart.remove('list', 0, { ifVersion: version }), { code: 'Stale' })
})

test('the host writes on conditions', async (t) => {
  const { server } = await serve(t)
  const cart = server.room('cart')
  const version = await cart.set('a', 1, { ifAbsent: true })
  await assert.rejects(cart.set('a', 2, { ifAbsent: true }), { code: 'Stale', name: 'RefusedError' })
  await assert.rejects(cart.set('a', 2, { ifVersion: version + 1 }), { code: 'Stale' })
  assert.equal(await cart.set('a', 2, { ifVersion: version }), version + 1)
  await assert.rejects(cart.batch((write) => { write.expect('a', { ifVersion: version }); write.set('b', 1) }), { code: 'Stale' })
  await assert.rejects(cart.set('a', 1, { ifVersion: 1, ifAbsent: true }), { code: 'InvalidArgument' })
  await assert.rejects(cart.add('a', 1, { ifVersion: -1 }), { code: 'InvalidArgument' })
  await assert.rejects(cart.merge('a', { b: 1 }), { code: 'WrongType' })
  await assert.rejects(cart.set('a', undefined), { code: 'InvalidArgument' })
  await assert.rejects(cart.batch(() => {}), { code: 'InvalidArgument', actual: 'no edits' })
  for (const options of [null, 7, { ifOld: 1 }, { ifAbsent: 1 }]) await assert.rejects(cart.set('a', 1, options), { code: 'InvalidArgument' })
  await assert.rejects(cart.batch(async (write) => { write.set('a', 9) }), { code: 'InvalidArgument' })
  await assert.rejects(cart.batch(() => { throw new RangeError('no') }), RangeError)
  await assert.rejects(server.room('').get('a'), { code: 'InvalidName' })
  assert.deepEqual(await cart.entries(), [['a', 2]])
})

test('an edit goes by what it reads, and is made again if that changes', async (t) => {
  const { server } = await serve(t)
  const cart = server.room('cart')
  await cart.set('stock', 10)
  const before = await cart.version()
  let tries = 0
  await cart.edit(async (edit) => {
    tries += 1
    const stock = edit.get('stock')
    assert.equal(edit.get('stock'), stock)
    if (tries === 1) await cart.set('stock', 5)
    edit.set('stock', stock - 1)
    edit.set('sold', true)
  })
  assert.equal(tries, 2)
  assert.deepEqual(await cart.entries(), [['sold', true], ['stock', 4]])
  assert.equal(await cart.version(), before + 2)

  // What was read and not written counts too, and so does what is not there.
  tries = 0
  await cart.edit(async (edit) => {
    tries += 1
    if (edit.get('lock') === undefined && tries === 1) await cart.set('lock', 'ada')
    edit.set('owner', edit.get('lock') ?? 'nobody')
  })
  assert.equal(await cart.get('owner'), 'ada')

  assert.equal(await cart.edit((edit) => { edit.get('stock') }), await cart.version())
  await assert.rejects(cart.edit(() => { throw new RangeError('no') }), RangeError)
  await assert.rejects(cart.edit(async (edit) => { edit.get('stock'); await cart.add('stock', 1); edit.set('x', 1) }), { code: 'Stale' })
  assert.equal(await cart.get('x'), undefined)
})

test('edits by many at once all count', async (t) => {
  const { server } = await serve(t, { storage: directory() })
  const cart = server.room('cart')
  const add = () => cart.edit(async (edit) => {
    const n = edit.get('n') ?? 0
    await new Promise(setImmediate)
    edit.set('n', n + 1)
  })
  for (let round = 0; round < 5; round += 1) await Promise.all([add(), add(), add()])
  assert.equal(await cart.get('n'), 15)
})

test('a room is unloaded, and is there again when it is wanted', async (t) => {
  const { server, rooms: [ada] } = await meet(t, { storage: directory() }, [{}])
  const cart = server.room('cart')
  await cart.set('a', 1)
  const denied = heard(ada, 'denied')
  const closed = heard(server, 'closed')
  await cart.unload()
  assert.deepEqual(await closed, { room: 'cart' })
  assert.deepEqual(await denied, { room: 'cart', code: 'Unavailable', retries: true })
  await server.room('elsewhere').unload()
  assert.equal(await cart.get('a'), 1)
  await heard(ada, 'resumed')
})

test('a room is deleted, and with it what it held', async (t) => {
  const { server, rooms: [ada] } = await meet(t, { storage: directory() }, [{}])
  const cart = server.room('cart')
  await cart.set('a', 1)
  await shows(ada, 'a', 1)
  const denied = heard(ada, 'denied')
  const left = heard(server, 'left')
  await cart.deleteRoom()
  assert.deepEqual(await denied, { room: 'cart', code: 'Deleted', retries: false })
  const { room, code } = await left
  assert.deepEqual([room, code], ['cart', 'Deleted'])
  assert.equal(await cart.get('a'), undefined)
  assert.equal(await cart.version(), 0)
  await server.room('never').deleteRoom()
})

test('a room is exported, renewed and made to forget', async (t) => {
  const { server, rooms: [ada] } = await meet(t, {}, [{}])
  const cart = server.room('cart')
  await cart.set('a', 1)
  await shows(ada, 'a', 1)
  const blob = await cart.export()
  assert.ok(blob instanceof Uint8Array && blob.length > 0)
  const { epoch } = await cart.report()
  const resumed = heard(ada, 'resumed')
  await cart.renew()
  assert.notEqual((await cart.report()).epoch, epoch)
  assert.deepEqual(await resumed, { room: 'cart', resume: 'reset', code: 'EpochChanged' })
  await cart.delete('a')
  await cart.expire(await cart.version())
  assert.deepEqual(await cart.entries(), [])
})

test('rooms in a directory are there after a restart, and for one server only', async (t) => {
  const storage = directory()
  const { server } = await serve(t, { storage })
  await server.room('cart').set('a', 1)
  await assert.rejects(serve(t, { storage }), { code: 'StorageInUse' })
  await server.close()
  const { server: again } = await serve(t, { storage })
  assert.equal(await again.room('cart').get('a'), 1)
})

test('a room that cannot be read says so to everyone', async (t) => {
  const { writeFileSync, readdirSync } = await import('node:fs')
  const storage = directory()
  const first = await serve(t, { storage })
  const writing = first.server.room('cart').set('a', 'x'.repeat(1_000))
  assert.equal(await writing, 1)
  await first.server.close()
  const file = readdirSync(storage).find((name) => name.includes('cart'))
  writeFileSync(`${storage}/${file}`, 'this is no journal'.repeat(100))
  const { server, url } = await serve(t, { storage })
  const failed = heard(server, 'failed')
  await assert.rejects(server.room('cart').get('a'), { code: 'StorageCorrupt', name: 'StorageError' })
  assert.equal((await failed).room, 'cart')
  const cart = server.room('cart')
  // The room fails on the engine's thread: at any moment of an operation.
  const acts = [() => cart.set('a', 1), () => cart.edit((edit) => edit.set('a', 1)), () => cart.renew(), () => cart.keys()]
  for (let round = 0; round < 20; round += 1) {
    for (const act of acts) await assert.rejects(act(), { code: 'StorageCorrupt' })
  }
  const room = (await join(t, url)).room('cart')
  assert.deepEqual(await heard(room, 'denied'), { room: 'cart', code: 'Unavailable', retries: true })
})

test('an edit whose function never ends is rejected at the close, and the process can end', async (t) => {
  const { server } = await serve(t)
  let begun
  const begins = new Promise((resolve) => { begun = resolve })
  const edit = server.room('cart').edit(() => { begun(); return new Promise(() => {}) })
  await begins
  const rejected = assert.rejects(edit, ClosedError)
  await server.close()
  await rejected
  const { code, output } = await run('stuck.js', 'edit')
  assert.deepEqual([code, output], [0, 'Closed\nend\n'])
})
