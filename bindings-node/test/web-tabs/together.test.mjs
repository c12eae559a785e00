// Tabs with the same storage are one client: each sees at once what the others do, and the server sees one.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { World } from './world.mjs'

/** Milliseconds in which one tab sees what another does, however far the server is. */
const AT_ONCE_MS = 500

test('what one tab edits every tab shows at once, and the server has one connection', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab(), await world.tab()]
  await a.ev(() => room.ready)
  await b.ev(() => room.ready)
  assert.equal(await b.ev(() => helpers.note(room.add('n', 5)).settled.then(({ kind }) => kind)), 'applied')
  await a.until(() => room.get('n') === 5, undefined, AT_ONCE_MS)
  assert.equal(await a.ev(() => room.add('n', 1).settled.then(({ kind }) => kind)), 'applied')
  await b.until(() => room.get('n') === 6, undefined, AT_ONCE_MS)
  assert.equal(world.connections, 1)
  assert.deepEqual(await b.ev(() => [client.status, client.storage, room.version, client.pending]), ['synced', 'durable', 2, 0])
  assert.deepEqual(await b.ev(() => helpers.seen.filter((one) => one.startsWith('applied'))), ['applied true', 'applied false'])

  await world.stop()
  await b.ev(() => { helpers.note(room.add('n', 10)) })
  await a.until(() => room.get('n') === 16, undefined, AT_ONCE_MS)
  await a.ev(() => { helpers.note(room.insert('list', 0, 'a')) })
  await b.until(() => room.get('list')?.[0] === 'a', undefined, AT_ONCE_MS)
  assert.deepEqual(await a.ev(() => [client.pending, room.pending]), [2, 2])
  assert.deepEqual(await b.ev(() => [client.pending, room.pending]), [2, 2])

  await world.start()
  assert.equal(await b.ev(() => client.flush({ timeout: 5_000 })), 0)
  assert.equal(await a.ev(() => client.flush({ timeout: 5_000 })), 0)
  assert.equal(await world.get('n'), 16)
  assert.deepEqual(await world.get('list'), ['a'])
  assert.equal(world.connections, 1)
  assert.deepEqual(await b.ev(() => indexedDB.databases().then((all) => all.map(({ name }) => name))), ['syncline:box'])
  assert.deepEqual([...a.errors, ...b.errors], [])
})
