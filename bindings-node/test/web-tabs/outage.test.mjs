// Storage that works, then does not, then works again: nothing is sent twice, and nothing ends that need not.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { wait, World } from './world.mjs'

/** While `window.broken` is set no database opens, and while `window.full` is no record is stored. */
const fails = () => {
  const { open } = IDBFactory.prototype
  IDBFactory.prototype.open = function (...given) {
    if (window.broken) throw new DOMException('not now', 'UnknownError')
    return open.apply(this, given)
  }
  const { put } = IDBObjectStore.prototype
  IDBObjectStore.prototype.put = function (...given) {
    const asked = put.apply(this, given)
    if (window.full && this.name === 'log') this.transaction.abort()
    return asked
  }
}

test('what is stored is not sent twice where the tab that is to lead cannot open the storage for a while', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab(), await world.tab({ init: fails })]
  await b.ev(() => room.ready)
  await world.stop()
  await a.ev(() => { room.add('n', 1) })
  await b.until(() => room.get('n') === 1)
  await b.ev(() => { window.broken = true; helpers.note(room.add('n', 2)) })
  await a.close()
  await b.until(() => helpers.seen.includes('storageFailed StorageFailed'))
  await world.start()
  await wait(1_000)
  assert.equal(await world.get('n'), undefined)
  await b.ev(() => { window.broken = false })
  await b.until(() => helpers.edits[0].end === 'applied')
  await b.until(() => helpers.seen.includes('storageRestored durable'))
  assert.equal(await b.ev(() => client.flush({ timeout: 5_000 })), 0)
  await b.page.reload()
  await b.connect()
  assert.equal(await b.ev(() => room.add('n', 4).settled.then(({ kind }) => kind)), 'applied')
  assert.deepEqual([await b.ev(() => room.get('n')), await world.get('n')], [7, 7])
  assert.deepEqual(b.errors, [])
})

for (const [who, options] of [['tabs together', {}], ['one alone', { tabs: false }]]) {
  test(`a client in memory goes on where its storage does not even open any more: ${who}`, async (t) => {
    const world = await World.make(t)
    const a = await world.tab({ init: fails, ...options })
    await a.ev(() => { window.full = true; helpers.note(room.add('n', 1)) })
    await a.until(() => client.storage === 'volatile' && helpers.edits[0].end === 'applied')
    await a.ev(() => { window.broken = true })
    // The first time that it is tried again, and the second.
    await wait(5_000)
    assert.equal(await a.ev(() => room.add('n', 2).settled.then(({ kind }) => kind)), 'applied')
    await a.ev(() => { window.full = window.broken = false })
    await a.until(() => client.storage === 'durable')
    assert.deepEqual([await world.get('n'), a.errors], [3, []])
  })

  test(`options that are refused leave the storage to the next client: ${who}`, async (t) => {
    const world = await World.make(t)
    const a = await world.tab({ connect: false, ...options })
    const refused = a.connect({ timing: { backoff_first_ms: -1 } })
    await assert.rejects(refused, /a whole number/)
    const b = await world.tab({ tabs: false })
    assert.equal(await b.ev(() => client.storage), 'durable')
  })
}
