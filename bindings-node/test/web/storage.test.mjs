/** What becomes of edits where a browser has no storage, or no space left: they are sent, and neither lost nor doubled. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { open, person, serve, site } from './harness.mjs'

const { origin } = await site()
const settle = (page) => page.evaluate(() => client.flush({ timeout: 20_000 }))
const enter = (page, server, options = {}) =>
  page.evaluate(([url, options]) => join(url, { storage: 'drafts', ...options }), [server.url, options])

const NONE = {
  'none at all': () => { Object.defineProperty(globalThis, 'indexedDB', { value: undefined }) },
  'one that throws': () => { IDBFactory.prototype.open = () => { throw new DOMException('not here', 'SecurityError') } },
  'one that fails': () => {
    const { open } = IDBFactory.prototype
    // A version below that of what is there.
    IDBFactory.prototype.open = function (name) { return open.call(this, name, name.startsWith('syncline') ? 1 : 2) }
  },
}

const cases = Object.entries(NONE).flatMap(([what, init]) => [true, false].map((tabs) => ({ what, init, tabs })))
for (const { what, init, tabs } of cases) {
  test(`edits are sent where the storage is ${what}, and the page is told: ${tabs ? 'tabs together' : 'one alone'}`, async (t) => {
    const server = await serve(t)
    const context = await person(t)
    if (what === 'one that fails') {
      const page = await open(t, context, origin)
      await page.evaluate(() => new Promise((resolve) => {
        // The versions of databases that a later release has made.
        const asked = indexedDB.open('none', 9)
        asked.onsuccess = () => { asked.result.close(); resolve() }
      }))
      await enter(page, server)
      await page.evaluate(async () => {
        client.close()
        const names = (await indexedDB.databases()).map(({ name }) => name).filter((name) => name.startsWith('syncline'))
        for (const name of names) {
          await new Promise((resolve) => {
            const asked = indexedDB.open(name, 9)
            asked.onsuccess = () => { asked.result.close(); resolve() }
          })
        }
      })
    }
    const page = await open(t, context, origin, { init })
    assert.equal(await enter(page, server, { tabs }), 'volatile')
    assert.equal((await page.evaluate(() => told('storageFailed'))).code, 'StorageFailed')
    await page.evaluate(() => { room.add('visits', 1); room.set('title', 'tea') })
    assert.equal(await settle(page), 0)
    assert.deepEqual(await server.entries(), { title: 'tea', visits: 1 })
    assert.equal(await page.evaluate(() => client.storage), 'volatile')
    assert.equal(await page.evaluate(() => client.stored().then(() => 'stored', ({ code }) => code)), 'StorageFailed')
    assert.equal(await page.evaluate(() => heard.filter(([event]) => event === 'storageFailed').length), 1)
  })
}

test('a storage in which something else lies is not used, and the page is told', async (t) => {
  const server = await serve(t)
  const context = await person(t)
  const page = await open(t, context, origin)
  await enter(page, server)
  await page.evaluate(async () => {
    await room.ready
    client.close()
    await stored()
    for (const { name } of await indexedDB.databases()) {
      await new Promise((resolve) => {
        const asked = indexedDB.open(name)
        asked.onsuccess = () => {
          const transaction = asked.result.transaction('log', 'readwrite')
          transaction.objectStore('log').clear()
          transaction.objectStore('log').put({ term: 1, record: 1, bytes: new Uint8Array(100).fill(7) })
          transaction.oncomplete = () => { asked.result.close(); resolve() }
        }
      })
    }
  })
  await page.again()
  const outcome = await page.evaluate((url) => join(url, { storage: 'drafts' }).catch(({ code }) => code), server.url)
  assert.equal(outcome, 'StorageCorrupt')
})

/** Has writes to the log fail for want of space, after so many. */
const full = (most) => `
  const { put } = IDBObjectStore.prototype
  let left = ${most}
  IDBObjectStore.prototype.put = function (...args) {
    if (this.name === 'log' && left-- <= 0) throw new DOMException('no space left', 'QuotaExceededError')
    return put.apply(this, args)
  }
  globalThis.room_left = () => left
`

for (const [most, options] of [[0, {}], [1, {}], [3, {}], [1, { cache: false }]]) {
  const how = options.cache === false ? ', without the state' : ''
  test(`when there is no space after ${most} writes${how}, edits are sent, and none comes twice`, async (t) => {
    const server = await serve(t)
    const context = await person(t)
    const page = await open(t, context, origin)
    // What is there from before, without a verdict.
    server.cut()
    await enter(page, server, options)
    await page.evaluate(async () => { room.add('visits', 1); await stored(); client.close() })
    await page.close()
    const later = await open(t, context, origin, { init: full(most) })
    await enter(later, server, options)
    await later.evaluate(async () => {
      for (let edit = 0; edit < 6; edit += 1) {
        room.add('visits', 1)
        room.set(`line-${edit}`, edit)
        await new Promise((resolve) => { setTimeout(resolve, 20) })
      }
    })
    const { code, storage } = await later.evaluate(() => told('storageFailed'))
    assert.deepEqual([code, storage], ['StorageFailed', 'volatile'])
    assert.equal(await later.evaluate(() => client.storage), 'volatile')
    assert.equal(await later.evaluate(() => stored()), 0)
    assert.equal(await later.evaluate(() => room.get('visits')), 7)
    server.mend()
    assert.equal(await settle(later), 0)
    const wanted = { 'line-0': 0, 'line-1': 1, 'line-2': 2, 'line-3': 3, 'line-4': 4, 'line-5': 5, visits: 7 }
    assert.deepEqual(await server.entries(), wanted)
    await later.close()
    const last = await open(t, context, origin)
    assert.equal(await enter(last, server, options), 'durable')
    await last.evaluate(() => room.ready)
    assert.equal(await settle(last), 0)
    assert.deepEqual(await server.entries(), wanted)
  })
}

test('two storages of one page know nothing of each other', async (t) => {
  const server = await serve(t)
  const page = await open(t, await person(t), origin)
  server.cut()
  for (const storage of ['ada', 'bob']) {
    await enter(page, server, { storage, token: storage })
    await page.evaluate(async (storage) => { room.add(storage, 1); await stored() }, storage)
  }
  assert.deepEqual(await page.evaluate(() => room.entries()), [['bob', 1]])
  await page.again()
  await enter(page, server, { storage: 'ada' })
  assert.deepEqual(await page.evaluate(() => room.entries()), [['ada', 1]])
})
