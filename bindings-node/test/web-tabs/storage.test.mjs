// What the browser stores, or does not: everything without a verdict is there once, or every tab says that it is not kept.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { noStorage, wait, World } from './world.mjs'

/** There is no space for as many writes as `window.full` says. */
const fills = () => {
  const { put } = IDBObjectStore.prototype
  IDBObjectStore.prototype.put = function (...given) {
    const asked = put.apply(this, given)
    if (window.full && this.name === 'log') {
      window.full -= 1
      this.transaction.abort()
    }
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

test('an edit that only a tab that sleeps has seen ends as unknown, and not as one of another tab', async (t) => {
  const world = await World.make(t)
  await world.stop()
  const a = await world.tab({ init: noStorage })
  await a.ev(() => {
    helpers.note(room.add('n', 1))
    client.on('unknown', ({ code, edits }) => { helpers.back = [code, edits] })
  })
  await a.until(() => client.pending === 1)
  await a.freeze()
  // It is its first edit too, and has the same number.
  const b = await world.tab({ init: noStorage })
  await b.ev(() => { helpers.note(room.add('m', 1)) })
  await a.thaw()
  await a.until(() => room.get('m') === 1)
  assert.deepEqual(await a.ev(() => [helpers.ends(), helpers.back]), [{ unknown: 1 }, ['Superseded', [{ key: 'n', action: { add: 1 } }]]])
  await world.start()
  await b.until(() => helpers.edits[0].end === 'applied')
  assert.deepEqual([await world.get('n'), await world.get('m')], [undefined, 1])
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
  await a.ev(() => { window.full = Infinity; helpers.note(room.add('n', 2)) })
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

test('an edit that is made while a tab takes over from one without space is stored, and shown by all tabs', async (t) => {
  const world = await World.make(t)
  const a = await world.tab({ init: fills })
  // Makes an edit once this tab begins to lead: while what it has heard is on its way to the storage.
  const b = await world.tab({ init: () => {
    const { open } = IDBFactory.prototype
    IDBFactory.prototype.open = function (...given) {
      if (window.armed) helpers.note(room.add('n', 4))
      window.armed = false
      return open.apply(this, given)
    }
  } })
  await b.ev(() => room.ready)
  await world.stop()
  await a.ev(() => { window.full = Infinity; helpers.note(room.add('n', 1)) })
  await b.until(() => client.storage === 'volatile' && room.get('n') === 1)
  await b.ev(() => { window.armed = true })
  await a.close()
  await b.until(() => client.storage === 'durable' && room.get('n') === 5)
  const c = await world.tab()
  await c.until(() => room.get('n') === 5)
  await c.ev(() => { helpers.note(room.add('n', 8)) })
  await b.until(() => room.get('n') === 13)
  await b.close()
  await c.page.reload()
  await c.connect()
  assert.equal(await c.ev(() => room.get('n')), 13)
  await world.start()
  await c.until(() => client.pending === 0)
  assert.equal(await world.get('n'), 13)
  assert.deepEqual([...a.errors, ...b.errors, ...c.errors], [])
})

for (const tabs of [true, false]) {
  const who = tabs ? 'tabs together' : 'one alone'

  test(`what is stored stays when one write fails, and is there after the browser was killed: ${who}`, async (t) => {
    const world = await World.make(t)
    const a = await world.tab({ init: fills, tabs })
    await a.ev(() => room.ready)
    await world.stop()
    await a.ev(() => { for (let count = 0; count < 7; count += 1) { room.add('n', 1); room.insert('list', 0, count) } })
    await wait(300)
    await a.ev(() => { window.full = 1; room.add('n', 10) })
    await wait(1_000)
    assert.deepEqual(await a.ev(() => [window.full, client.storage, helpers.seen]), [0, 'durable', []])
    await a.ev(() => { room.add('n', 100) })
    await wait(300)
    await world.browser.kill()
    await world.browse()
    const again = await world.tab({ tabs })
    assert.deepEqual(await again.ev(() => [room.get('n'), room.get('list').length]), [117, 7])
    await world.start()
    await again.until(() => client.pending === 0)
    assert.deepEqual([await world.get('n'), (await world.get('list')).length], [117, 7])
  })

  test(`space that is there again is used, which is told, and nothing of all is lost or doubled: ${who}`, async (t) => {
    const world = await World.make(t)
    const a = await world.tab({ init: fills, tabs })
    const all = tabs ? [a, await world.tab({ tabs })] : [a]
    const last = all.at(-1)
    await last.ev(() => room.ready)
    // Without a verdict, and stored, when there is no space any more; sent out of memory; sent while nothing is stored.
    await world.stop()
    await last.ev(() => { helpers.note(room.add('n', 1)) })
    await wait(300)
    await a.ev(() => { window.full = Infinity; helpers.note(room.add('n', 10)) })
    await last.until(() => client.storage === 'volatile' && helpers.seen.includes('storageFailed StorageFailed'))
    await world.start()
    await last.ev(() => helpers.note(room.add('n', 100)).settled)
    await last.until(() => room.get('n') === 111)
    await world.stop()
    await last.ev(() => { helpers.note(room.add('n', 1_000)) })
    await wait(1_500)
    assert.equal(await a.ev(() => client.storage), 'volatile')
    await a.ev(() => { window.full = 0 })
    for (const tab of all) await tab.until(() => client.storage === 'durable' && helpers.seen.includes('storageRestored durable'))
    for (const tab of all) assert.equal(await tab.ev(() => helpers.seen.filter((event) => event.startsWith('storage')).length), 2)
    await last.ev(() => { helpers.note(room.add('n', 10_000)) })
    await wait(300)
    await world.browser.kill()
    await world.browse()
    const again = await world.tab({ tabs })
    assert.equal(await again.ev(() => room.get('n')), 11_111)
    await world.start()
    await again.ev(() => room.add('n', 100_000).settled)
    await again.until(() => client.pending === 0)
    assert.equal(await world.get('n'), 111_111)
    assert.deepEqual(all.flatMap(({ errors }) => errors), [])
  })

  test(`a page whose data are cleared goes on, and what it holds outlives it: ${who}`, async (t) => {
    const world = await World.make(t)
    const a = await world.tab({ tabs })
    const all = tabs ? [a, await world.tab({ tabs })] : [a]
    const last = all.at(-1)
    await last.ev(() => room.ready)
    const clear = async () => (await a.cdp()).send('Storage.clearDataForOrigin', { origin: world.address, storageTypes: 'indexeddb' })
    await clear()
    await last.ev(() => helpers.note(room.add('n', 1)).settled)
    await world.stop()
    await last.ev(() => { helpers.note(room.add('n', 10)) })
    await wait(300)
    // Nothing is edited afterwards: it is stored again all the same.
    await clear()
    await wait(1_500)
    for (const tab of all) assert.deepEqual(await tab.ev(() => [client.storage, room.get('n')]), ['durable', 11])
    await world.browser.kill()
    await world.browse()
    const again = await world.tab({ tabs })
    await again.ev(() => { helpers.note(room.add('n', 100)) })
    assert.equal(await again.ev(() => room.get('n')), 111)
    await world.start()
    await again.until(() => client.pending === 0 && helpers.edits[0].end === 'applied')
    assert.equal(await world.get('n'), 111)
    assert.deepEqual([...all, again].flatMap(({ errors }) => errors), [])
  })

  test(`a database that does not open keeps nobody from connecting: ${who}`, async (t) => {
    const world = await World.make(t)
    // A request of which nothing is heard.
    const a = await world.tab({ tabs, init: () => { IDBFactory.prototype.open = () => ({}) } })
    assert.equal(await a.ev(() => client.storage), 'volatile')
    await a.until(() => helpers.seen.includes('storageFailed StorageFailed'))
    assert.equal(await a.ev(() => room.add('n', 1).settled.then(({ kind }) => kind)), 'applied')
  })

  test(`a frame that may have neither locks nor storage has a client, which says that nothing is kept: ${who}`, async (t) => {
    const world = await World.make(t)
    const a = await world.tab({ connect: false })
    await a.ev(() => {
      const frame = document.body.appendChild(document.createElement('iframe'))
      frame.sandbox = 'allow-scripts'
      frame.src = '/frame'
    })
    const frame = await a.page.waitForSelector('iframe').then((element) => element.contentFrame())
    await frame.waitForLoadState()
    const options = { storage: 'box', token: 'ada', room: 'cart', tabs }
    await frame.evaluate(([url, options]) => helpers.connect(url, options), [world.url, options])
    assert.equal(await frame.evaluate(() => room.add('n', 1).settled.then(({ kind }) => kind)), 'applied')
    assert.deepEqual(await frame.evaluate(() => [client.storage, helpers.seen.filter((event) => event.startsWith('storage'))]), [
      'volatile', ['storageFailed StorageFailed'],
    ])
  })

  test(`what can be neither stored nor forgotten waits, and goes on once it can: ${who}`, async (t) => {
    const world = await World.make(t)
    const a = await world.tab({ tabs })
    const all = tabs ? [a, await world.tab({ tabs })] : [a]
    for (const tab of all) await tab.ev(() => room.ready)
    await a.ev(() => {
      const { transaction } = IDBDatabase.prototype
      IDBDatabase.prototype.transaction = () => { throw new DOMException('broken', 'UnknownError') }
      helpers.repair = () => { IDBDatabase.prototype.transaction = transaction }
    })
    for (const tab of all) await tab.ev(() => { helpers.note(room.add('n', 1)) })
    for (const tab of all) await tab.until(() => client.storage === 'volatile' && helpers.seen.includes('storageFailed StorageFailed'))
    if (tabs) {
      all.push(await world.tab())
      await all[2].until(() => helpers.seen.includes('storageFailed StorageFailed'))
      await all[2].ev(() => { helpers.note(room.add('n', 1)) })
    }
    await wait(300)
    assert.equal(await world.get('n'), undefined)
    for (const tab of all) assert.deepEqual(await tab.ev(() => [client.storage, helpers.edits[0].end]), ['volatile', undefined])
    await a.ev(() => { helpers.repair() })
    for (const tab of all) await tab.until(() => client.storage === 'durable' && helpers.edits[0].end === 'applied')
    for (const tab of all) {
      assert.deepEqual(await tab.ev(() => helpers.seen.filter((event) => event.startsWith('storage'))), [
        'storageFailed StorageFailed', 'storageRestored durable',
      ])
    }
    assert.equal(await world.get('n'), all.length)
    assert.deepEqual(all.flatMap(({ errors }) => errors), [])
  })
}

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

test('neither takes the storage from the other: one that has it alone, and tabs that share it', async (t) => {
  const world = await World.make(t)
  const a = await world.tab({ tabs: false })
  const b = await world.tab({ connect: false })
  await assert.rejects(b.connect(), /StorageError/)
  assert.equal(await a.ev(() => room.add('n', 1).settled.then(({ kind }) => kind)), 'applied')
  await a.ev(() => client.close())
  await b.connect()
  assert.equal(await b.ev(() => room.get('n')), 1)
  await assert.rejects(a.connect({ tabs: false }), /StorageError/)
  await assert.rejects(a.connect({ cache: false }), /StorageError/)
  await b.close()
  await a.connect({ tabs: false })
  assert.equal(await a.ev(() => room.get('n')), 1)
  assert.deepEqual([...a.errors, ...b.errors], [])
})

test('a client that had its storage for itself and lost it takes no more edits, and says so', async (t) => {
  const world = await World.make(t)
  const a = await world.tab({ tabs: false })
  await a.ev(() => room.add('n', 1).settled)
  await a.ev(() => { void navigator.locks.request('syncline:box:use', { steal: true }, () => {}) })
  await a.until(() => helpers.seen.includes('storageFailed StorageFailed'))
  assert.deepEqual(await a.ev(() => {
    try {
      return room.add('n', 1)
    } catch ({ code }) {
      return [code, client.storage]
    }
  }), ['Poisoned', 'volatile'])
  assert.deepEqual(a.errors, [])
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
