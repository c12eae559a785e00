// The tab that leads ends, or stops to answer: another one goes on, and no edit is lost or doubled.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { noStorage, wait, World } from './world.mjs'

/** Has a tab edit quickly until it is told to stop: sums, and items that say whose they are. */
const work = (tab, every = 20) =>
  tab.ev(({ name, every }) => {
    let count = 0
    const step = () => {
      helpers.note(room.add('n', 1))
      if (count % 4 === 0) helpers.note(room.insert('list', 0, `${name}-${count}`), 0)
      count += 1
    }
    helpers.worker = setInterval(step, every)
  }, { name: tab.name, every })

const rest = (tab) => tab.ev(() => { clearInterval(helpers.worker) })

/** Waits for every verdict, and gives what was added and how many items were inserted. */
async function settle(tab) {
  await tab.until(() => helpers.edits.every(({ end }) => end !== undefined), undefined, 20_000)
  return tab.ev(() => ({
    ends: helpers.ends(),
    sum: helpers.edits.reduce((sum, { amount }) => sum + amount, 0),
    items: helpers.edits.filter(({ amount }) => amount === 0).length,
  }))
}

/** All edits of these tabs are there once, and at least this was added besides. */
async function check(world, tabs, least = 0) {
  const all = await Promise.all(tabs.map(settle))
  for (const { ends } of all) assert.deepEqual(Object.keys(ends), ['applied'])
  const sum = all.reduce((total, one) => total + one.sum, 0)
  await tabs[0].ev(() => client.flush({ timeout: 5_000 }))
  const [n, list = []] = [await world.get('n'), await world.get('list')]
  const text = await world.server.room('cart').entriesJson()
  assert.equal(new Set(list).size, list.length, 'an item is there twice')
  for (const tab of tabs) {
    await tab.until((text) => room.entriesJson() === text, text)
    assert.deepEqual(tab.errors, [])
  }
  assert.ok(n >= sum + least, `${n} of ${sum} and ${least}`)
  assert.equal(world.connections, 1)
  return { n, sum, list }
}

/** Three tabs that work, of which the first leads. */
async function three(t) {
  const world = await World.make(t)
  const tabs = [await world.tab(), await world.tab(), await world.tab()]
  for (const tab of tabs) await tab.ev(() => room.ready)
  for (const tab of tabs) await work(tab)
  await wait(300)
  return { world, tabs }
}

const ends = {
  closes: (tab) => tab.close(),
  crashes: (tab) => tab.crash(),
  reloads: (tab) => tab.page.reload(),
  'navigates away': (tab) => tab.page.goto('about:blank'),
  'closes its client': (tab) => tab.ev(() => { client.close() }),
}

for (const [name, end] of Object.entries(ends)) {
  test(`no edit of the others is lost or doubled when the tab that leads ${name}`, async (t) => {
    const { world, tabs: [a, b, c] } = await three(t)
    // What the first shows as taken over by then has to stay.
    const adopted = await a.ev(() => helpers.edits.filter(({ end }) => end === 'applied').reduce((sum, { amount }) => sum + amount, 0))
    const started = performance.now()
    await end(a)
    await wait(700)
    await Promise.all([rest(b), rest(c)])
    const { sum } = await check(world, [b, c], adopted)
    assert.ok(sum > 30, String(sum))
    assert.ok(performance.now() - started < 20_000)
  })
}

test('edits that a tab showed in another one before it crashed survive it', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab(), await world.tab()]
  await b.ev(() => room.ready)
  await world.stop()
  await a.ev(() => { for (let count = 0; count < 50; count += 1) room.insert('list', 0, `a-${count}`) })
  await b.until(() => room.get('list')?.length === 50)
  await a.crash()
  await b.ev(() => { helpers.note(room.add('n', 1)) })
  await world.start()
  await b.until(() => helpers.edits[0].end === 'applied')
  assert.equal(await b.ev(() => client.flush({ timeout: 5_000 })), 0)
  const list = await world.get('list')
  assert.deepEqual([list.length, new Set(list).size], [50, 50])
  assert.equal(await world.get('n'), 1)
})

test('a tab that cannot lead when it is its turn says so, and ends its edits', async (t) => {
  const world = await World.make(t)
  const a = await world.tab()
  await a.ev(() => room.ready)
  // It has heard nothing that could take the place of what is damaged.
  const b = await world.tab({ init: () => { BroadcastChannel.prototype.postMessage = () => {} } })
  await b.ev(() => { helpers.note(room.add('n', 1)) })
  await a.ev(() => new Promise((done) => {
    const request = indexedDB.open('syncline:box')
    request.onsuccess = () => {
      const writing = request.result.transaction('log', 'readwrite')
      writing.objectStore('log').put({ term: 1, record: 1_000, bytes: Uint8Array.of(1, 2, 3) })
      writing.oncomplete = () => { request.result.close(); done() }
    }
  }))
  await a.close()
  await b.until(() => client.closed)
  assert.deepEqual(await b.ev(() => [helpers.ends(), helpers.seen]), [{ StorageCorrupt: 1 }, ['storageFailed StorageFailed']])
  assert.match(b.errors.join(), /StorageError/)
  await b.page.reload()
  await assert.rejects(b.connect(), /StorageError/)
})

test('a follower that crashes leaves what was taken over, and the others go on', async (t) => {
  const { world, tabs: [a, b, c] } = await three(t)
  const before = await a.ev(() => room.get('n'))
  await c.crash()
  await wait(300)
  await Promise.all([rest(a), rest(b)])
  const { n } = await check(world, [a, b])
  assert.ok(n >= before)
})

test('one that looks leads within seconds where the tab that leads is frozen, which follows when it wakes', async (t) => {
  const { world, tabs: [a, b, c] } = await three(t)
  await a.freeze()
  await wait(500)
  const { n } = await b.ev(() => ({ n: room.get('n') }))
  await b.until((n) => helpers.edits.at(-1).edit.verdict !== undefined || room.confirmed('n') > n + 50, n, 8_000)
  await a.thaw()
  await wait(500)
  for (const tab of [a, b, c]) await rest(tab)
  await check(world, [a, b, c])
})

test('one that looks leads within seconds where the tab that leads hangs, whose edits are taken over once', async (t) => {
  const { world, tabs: [a, b, c] } = await three(t)
  a.hang(12_000)
  await wait(200)
  const from = await b.ev(() => helpers.edits.length)
  await b.until((from) => helpers.edits[from]?.end === 'applied', from, 11_000)
  await a.ev(() => {})
  for (const tab of [a, b, c]) await rest(tab)
  await check(world, [a, b, c])
})

test('a tab that nobody leads any more shows what it holds, and its edits wait', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab(), await world.tab()]
  await b.ev(() => room.ready)
  await a.ev(() => helpers.note(room.set('a', 1)).settled)
  a.hang(2_500)
  await wait(200)
  await b.ev(() => { helpers.note(room.set('b', 2)) })
  assert.deepEqual(await b.ev(() => [room.get('a'), room.get('b'), client.pending, helpers.ends()]), [1, 2, 1, { open: 1 }])
  await b.until(() => helpers.edits[0].end === 'applied', undefined, 8_000)
  assert.equal(world.connections, 1)
})

test('a tab that knows less than those that slept when it began to lead leaves that to them', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab(), await world.tab()]
  await b.ev(() => room.ready)
  await world.stop()
  await b.ev(() => { helpers.note(room.add('n', 1)) })
  await a.until(() => room.get('n') === 1)
  for (const tab of [b, a]) await tab.ev(() => { document.dispatchEvent(new Event('freeze')) })
  const c = await world.tab({ init: noStorage })
  await c.until(() => client.storage === 'volatile')
  await c.ev(() => {
    helpers.note(room.add('n', 2))
    client.on('unknown', ({ code, edits }) => { helpers.back = [code, edits] })
  })
  for (const tab of [a, b]) {
    // What takes it from whoever does not answer would do so after some seconds.
    await tab.ev(() => { LockManager.prototype.request = ((request) => function (name, options, ...rest) {
      if (options.steal) helpers.stole = true
      return request.call(this, name, options, ...rest)
    })(LockManager.prototype.request) })
    await tab.ev(() => { document.dispatchEvent(new Event('resume')) })
  }
  for (const tab of [a, b, c]) await tab.until(() => room.get('n') === 1 && client.storage === 'durable')
  // What none of the others has seen is handed back.
  assert.deepEqual(await c.ev(() => [helpers.edits[0].end, helpers.back]), ['unknown', ['Superseded', [{ key: 'n', action: { add: 2 } }]]])
  await world.start()
  await b.until(() => helpers.edits[0].end === 'applied')
  await c.ev(() => helpers.note(room.add('n', 4)).settled)
  assert.equal(await world.get('n'), 5)
  for (const tab of [a, b]) assert.equal(await tab.ev(() => helpers.stole), undefined)
  assert.equal(world.connections, 1)
  assert.deepEqual([...a.errors, ...b.errors, ...c.errors], [])
})

test('tabs that are opened while the one that leads ends share one client', async (t) => {
  const world = await World.make(t)
  const first = await world.tab()
  await first.ev(() => room.ready)
  const opening = [0, 1, 2].map(() => world.tab())
  await wait(150)
  await first.close()
  const tabs = await Promise.all(opening)
  for (const tab of tabs) await tab.ev(() => { helpers.note(room.add('n', 1)) })
  await check(world, tabs)
  assert.equal(await world.get('n'), 3)
})
