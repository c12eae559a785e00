// What the browser stores, or does not: everything without a verdict is there once, or every tab says that it is not kept.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { wait, World } from './world.mjs'

/** As in a private window of some browsers. */
const noStorage = () => { IDBFactory.prototype.open = () => { throw new DOMException('not here', 'SecurityError') } }
/** Storage ends once `window.full` is set. */
const fills = () => {
  const { put } = IDBObjectStore.prototype
  IDBObjectStore.prototype.put = function (...given) {
    const asked = put.apply(this, given)
    if (window.full) this.transaction.abort()
    return asked
  }
}

test('without IndexedDB edits are volatile in every tab, which are told, and survive a take-over', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab({ init: noStorage }), await world.tab({ init: noStorage })]
  for (const tab of [a, b]) {
    assert.equal(await tab.ev(() => client.storage), 'volatile')
    await tab.until(() => helpers.seen.includes('storageFailed StorageFailed'))
  }
  await b.ev(() => room.ready)
  await world.stop()
  await a.ev(() => { room.add('n', 1); room.insert('list', 0, 'a') })
  await b.ev(() => { helpers.note(room.add('n', 2)) })
  await b.until(() => room.get('n') === 3)
  await a.close()
  await b.ev(() => { helpers.note(room.add('n', 4)) })
  await b.until(() => room.get('n') === 7)
  const c = await world.tab({ init: noStorage })
  await c.until(() => room.get('n') === 7)
  await world.start()
  await b.until(() => helpers.edits.every(({ end }) => end === 'applied'))
  assert.equal(await c.ev(() => client.flush({ timeout: 5_000 })), 0)
  assert.deepEqual([await world.get('n'), await world.get('list')], [7, ['a']])
  assert.deepEqual([...a.errors, ...b.errors, ...c.errors], [])
})

test('what was volatile is stored again by the next tab that leads, if it can', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab({ init: noStorage }), await world.tab()]
  await b.ev(() => room.ready)
  await world.stop()
  await a.ev(() => { room.add('n', 1) })
  await b.until(() => room.get('n') === 1)
  await a.close()
  await b.until(() => client.storage === 'durable')
  await b.ev(() => { room.add('n', 2) })
  await wait(300)
  await b.page.reload()
  await b.connect()
  assert.equal(await b.ev(() => room.get('n')), 3)
  await world.start()
  await b.until(() => client.pending === 0)
  assert.equal(await world.get('n'), 3)
})

test('storage that is full on the way makes edits volatile, and none is sent twice after the next start', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab({ init: fills }), await world.tab()]
  await b.ev(() => room.ready)
  await world.stop()
  await b.ev(() => { helpers.note(room.add('n', 1)) })
  await a.until(() => room.get('n') === 1)
  await a.ev(() => { window.full = true; helpers.note(room.add('n', 2)) })
  await b.until(() => client.storage === 'volatile' && helpers.seen.includes('storageFailed StorageFailed'))
  await b.ev(() => { helpers.note(room.add('n', 4)) })
  await a.until(() => room.get('n') === 7)
  assert.equal(await a.ev(() => client.storage), 'volatile')
  await world.start()
  for (const tab of [a, b]) await tab.until(() => helpers.edits.every(({ end }) => end === 'applied'))
  await a.close()
  await b.ev(() => helpers.note(room.add('n', 8)).settled)
  await b.page.reload()
  await b.connect()
  await b.ev(() => client.flush({ timeout: 5_000 }))
  assert.equal(await world.get('n'), 15)
  assert.deepEqual([...a.errors, ...b.errors], [])
})

/** Puts something into the storage that no client wrote. */
const damage = () => new Promise((done, failed) => {
  const asked = indexedDB.open('syncline:box', 1)
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore('log', { autoIncrement: true })
    asked.result.createObjectStore('meta')
  }
  asked.onsuccess = () => {
    const transaction = asked.result.transaction(['log'], 'readwrite')
    transaction.objectStore('log').put({ term: 1, record: 1_000, bytes: Uint8Array.of(1, 2, 3, 4, 5) })
    transaction.objectStore('log').put('nothing')
    transaction.oncomplete = () => { asked.result.close(); done() }
  }
  asked.onerror = () => failed(asked.error)
})

for (const tabs of [true, false]) {
  test(`storage that is damaged is told to whoever connects ${tabs ? 'first' : 'alone'}`, async (t) => {
    const world = await World.make(t)
    const a = await world.tab({ connect: false, tabs })
    await a.ev(damage)
    await assert.rejects(a.connect(), /StorageError/)
    await assert.rejects(a.connect(), /StorageError/)
    assert.deepEqual(a.errors, [])
  })
}

test('storage that is damaged while tabs hold its state is written anew by the next that leads', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab(), await world.tab()]
  await b.ev(() => room.ready)
  await world.stop()
  await b.ev(() => { helpers.note(room.add('n', 1)) })
  await a.until(() => room.get('n') === 1)
  await a.ev(damage)
  await a.close()
  await b.until(() => client.storage === 'durable')
  await b.ev(() => { helpers.note(room.add('n', 2)) })
  await wait(300)
  await world.start()
  await b.until(() => helpers.edits.every(({ end }) => end === 'applied'))
  await b.page.reload()
  await b.connect()
  assert.deepEqual([await b.ev(() => room.get('n')), await world.get('n')], [3, 3])
})

test('a second tab is refused where tabs share nothing', async (t) => {
  const world = await World.make(t)
  const a = await world.tab({ tabs: false })
  const b = await world.tab({ connect: false })
  await assert.rejects(b.connect({ tabs: false }), /StorageError/)
  await a.ev(() => room.add('n', 1).settled)
  await a.page.reload()
  await a.connect({ tabs: false })
  assert.equal(await a.ev(() => room.get('n')), 1)
  await assert.rejects(b.connect({ tabs: true, cache: false }), /SynclineError/)
})

test('a place without locks has a client of its own, which says that nothing is kept', async (t) => {
  const world = await World.make(t)
  const init = () => Object.defineProperty(navigator, 'locks', { value: undefined })
  const a = await world.tab({ init })
  assert.equal(await a.ev(() => client.storage), 'volatile')
  await a.until(() => helpers.seen.includes('storageFailed StorageFailed'))
  assert.equal(await a.ev(() => room.add('n', 1).settled.then(({ kind }) => kind)), 'applied')
})

test('every edit that was taken over is there once after the browser was killed', async (t) => {
  const world = await World.make(t)
  const tabs = [await world.tab(), await world.tab(), await world.tab()]
  for (const tab of tabs) await tab.ev(() => room.ready)
  await tabs[0].ev(() => room.set('known', true).settled)
  await world.stop()
  for (const tab of tabs) {
    await tab.ev((name) => {
      for (let count = 0; count < 30; count += 1) { room.add('n', 1); room.insert('list', 0, `${name}-${count}`) }
    }, tab.name)
  }
  for (const tab of tabs) await tab.until(() => room.get('n') === 90 && room.get('list').length === 90)
  // More, in the very moment: those are there or not, and never twice.
  await Promise.all(tabs.map((tab) => tab.ev((name) => {
    setInterval(() => { room.insert('more', 0, `${name}-${room.get('more')?.length ?? 0}-${Math.random()}`) }, 1)
  }, tab.name)))
  await wait(300)
  await world.browser.kill()
  await world.browse()
  const again = [await world.tab(), await world.tab()]
  for (const tab of again) assert.deepEqual(await tab.ev(() => [room.get('n'), room.get('list').length, room.get('known')]), [90, 90, true])
  await again[1].ev(() => { helpers.note(room.add('n', 1)) })
  await world.start()
  await again[1].until(() => helpers.edits[0].end === 'applied' && client.pending === 0)
  assert.equal(await world.get('n'), 91)
  const [list, more = []] = [await world.get('list'), await world.get('more')]
  assert.deepEqual([list.length, new Set(list).size], [90, 90])
  assert.equal(new Set(more).size, more.length)
})
