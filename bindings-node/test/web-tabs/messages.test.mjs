// What tabs say to each other gets lost, comes twice, late, or is nonsense: they find out, and agree in the end.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { wait, World } from './world.mjs'

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

/** A channel that loses messages while `window.lossy` is set: a share of them, seeded. */
const lossy = {
  script: (seed) => {
    let state = seed
    const random = () => {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    }
    const { postMessage } = BroadcastChannel.prototype
    window.lossy = { share: 0, lost: 0 }
    BroadcastChannel.prototype.postMessage = function (message) {
      const { share } = window.lossy
      const drawn = random()
      if (drawn < share) window.lossy.lost += 1
      else if (drawn < share * 1.5) setTimeout(() => { try { postMessage.call(this, message) } catch {} }, random() * 50)
      else postMessage.call(this, message)
      if (drawn > 1 - share / 2) postMessage.call(this, message)
    }
  },
  arg: seed,
}

test('messages that are lost, come twice or late cost time, and no edit', async (t) => {
  t.diagnostic(`SEED=${seed}`)
  const world = await World.make(t)
  const tabs = []
  for (const at of [0, 1, 2]) tabs.push(await world.tab({ init: { ...lossy, arg: seed + at } }))
  for (const tab of tabs) await tab.ev(() => room.ready)
  for (const tab of tabs) {
    await tab.ev((name) => {
      window.lossy.share = 0.1
      let count = 0
      helpers.worker = setInterval(() => {
        helpers.note(room.add('n', 1))
        helpers.note(room.set(`last-${name}`, count), 0)
        if (count % 3 === 0) helpers.note(room.insert('list', 0, `${name}-${count}`), 0)
        helpers.last = count
        count += 1
      }, 5)
    }, tab.name)
  }
  await wait(4_000)
  for (const tab of tabs) await tab.ev(() => { clearInterval(helpers.worker) })
  await wait(500)
  for (const tab of tabs) await tab.ev(() => { window.lossy.share = 0 })
  let [sum, lost] = [0, 0]
  for (const tab of tabs) {
    await tab.until(() => helpers.edits.every(({ end }) => end === 'applied'), undefined, 25_000)
    lost += await tab.ev(() => window.lossy.lost)
    sum += await tab.ev(() => helpers.edits.reduce((sum, { amount }) => sum + amount, 0))
  }
  assert.ok(lost > 0)
  await tabs[0].ev(() => client.flush({ timeout: 5_000 }))
  assert.equal(await world.get('n'), sum)
  const list = await world.get('list')
  assert.equal(new Set(list).size, list.length)
  // In the order in which they were made: the latest is what stays.
  for (const tab of tabs) assert.equal(await world.get(`last-${tab.name}`), await tab.ev(() => helpers.last))
  for (const tab of tabs) {
    await tab.until((n) => room.get('n') === n, sum)
    assert.deepEqual(tab.errors, [])
  }
  assert.equal(world.connections, 1)
})

test('a tab that was asleep catches up with what it has missed', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab(), await world.tab({ init: lossy })]
  await b.ev(() => room.ready)
  await b.ev(() => { helpers.note(room.add('n', 1)) })
  await b.freeze()
  await a.ev(async () => { for (let count = 0; count < 200; count += 1) await room.add('n', 1).settled })
  await b.thaw()
  await b.until(() => room.get('n') === 201 && client.pending === 0)
  assert.deepEqual(await b.ev(() => helpers.ends()), { applied: 1 })
  await b.ev(() => { helpers.note(room.add('n', 1)) })
  await a.until(() => room.get('n') === 202)
})

test('a tab that missed a lot catches up, and hears what became of all its edits', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab({ init: lossy }), await world.tab()]
  await b.ev(() => room.ready)
  await world.stop()
  await b.ev(() => { for (let count = 0; count < 600; count += 1) helpers.note(room.set(`b${count}`, count), 0) })
  await a.until(() => client.pending === 600)
  await wait(500)
  await world.start(() => a.ev(() => { window.lossy.share = 1 }))
  await a.ev(async () => {
    for (let count = 0; count < 600; count += 1) room.set(`a${count}`, count)
    await client.flush({ timeout: 10_000 })
  })
  await a.ev(() => { window.lossy.share = 0 })
  await a.ev(() => room.add('n', 1).settled)
  await b.until(() => room.get('a599') === 599 && client.pending === 0)
  assert.deepEqual(await b.ev(() => helpers.ends()), { applied: 600 })
  await b.ev(() => { helpers.note(room.add('n', 1)) })
  await a.until(() => room.get('n') === 2)
})

test('an edit that was taken over by a record alone, and by many before the next word, is not unknown', async (t) => {
  const world = await World.make(t)
  const a = await world.tab({
    // Which kinds of messages get lost.
    init: () => {
      const { postMessage } = BroadcastChannel.prototype
      window.loses = []
      BroadcastChannel.prototype.postMessage = function (letter) { if (!window.loses.includes(letter.message?.is)) postMessage.call(this, letter) }
    },
  })
  const b = await world.tab()
  await b.ev(() => room.ready)
  await a.ev(() => { window.loses = ['adopted'] })
  // More than are remembered: the second half is handed over when the records of the first have come.
  await b.ev(() => { for (let count = 0; count < 600; count += 1) helpers.note(room.set(`b${count}`, count), 0) })
  await a.until(() => room.get('b500') === 500)
  await a.ev(() => { window.loses = [] })
  await b.until(() => client.pending === 0 && helpers.edits.every(({ end }) => end !== undefined))
  assert.deepEqual(await b.ev(() => helpers.ends()), { applied: 600 })
})

test('what waits to be told does not grow without bound, and every tab has it in the end', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab(), await world.tab()]
  await b.ev(() => room.ready)
  await b.ev(() => helpers.note(room.add('n', 1)).settled)
  // Nothing is safe for a while.
  await a.ev(() => {
    const { transaction } = IDBDatabase.prototype
    IDBDatabase.prototype.transaction = () => { throw new DOMException('broken', 'UnknownError') }
    helpers.repair = () => { IDBDatabase.prototype.transaction = transaction }
  })
  const told = world.server.room('cart')
  for (let count = 1; count <= 3_000; count += 1) {
    await told.set('count', count)
    await new Promise((done) => setImmediate(done))
  }
  await b.ev(() => { helpers.note(room.add('n', 1)) })
  await a.ev(() => {
    const { postMessage } = BroadcastChannel.prototype
    helpers.said = 0
    BroadcastChannel.prototype.postMessage = function (message) {
      helpers.said += 1
      postMessage.call(this, message)
    }
    helpers.repair()
  })
  // It is tried again after ever longer pauses.
  await b.until(() => room.get('count') === 3_000 && helpers.ends().applied === 2, undefined, 60_000)
  assert.equal(await world.get('n'), 2)
  // Each change is a record, and something that is told.
  assert.ok(await a.ev(() => helpers.said) < 5_000)
})

test('what is no message of a tab is not heard', async (t) => {
  const world = await World.make(t)
  const [a, b] = [await world.tab(), await world.tab()]
  await b.ev(() => room.ready)
  await a.ev(() => {
    const channel = new BroadcastChannel('syncline:box')
    const nonsense = [
      undefined, null, 0, '', 'log', [], {}, { is: 'log' }, { language: 1 }, { language: 1, count: 1, message: null },
      { language: 1, count: 1, message: {} }, { language: 1, count: 1.5, message: { is: 'lead', from: 'x', term: 99 } },
      { language: 2, count: 1, message: { is: 'lead', from: 'x', term: 99 } }, { language: 1, count: 1, message: { is: 'nothing', from: 'x' } },
      new Uint8Array(10), new Map([['is', 'state']]),
    ]
    for (const each of nonsense) channel.postMessage(each)
  })
  await b.ev(() => helpers.note(room.add('n', 1)).settled)
  await a.until(() => room.get('n') === 1)
  assert.deepEqual([...a.errors, ...b.errors], [])
  assert.equal(world.connections, 1)
})
