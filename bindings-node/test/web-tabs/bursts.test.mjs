// A burst of edits is few messages and few transactions, in whichever tab it is made.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { World } from './world.mjs'

const EDITS = 1_000

/** Counts what crosses. */
const counts = () => {
  window.counts = { messages: 0, transactions: 0 }
  const { postMessage } = BroadcastChannel.prototype
  BroadcastChannel.prototype.postMessage = function (message) {
    window.counts.messages += 1
    return postMessage.call(this, message)
  }
  const { transaction } = IDBDatabase.prototype
  IDBDatabase.prototype.transaction = function (...given) {
    window.counts.transactions += 1
    return transaction.apply(this, given)
  }
}

for (const [who, index] of [['a follower', 1], ['the tab that leads', 0]]) {
  test(`a thousand edits at once in ${who} cross in few messages`, async (t) => {
    const world = await World.make(t)
    const tabs = [await world.tab({ init: counts }), await world.tab({ init: counts })]
    for (const tab of tabs) await tab.ev(() => room.ready)
    for (const tab of tabs) await tab.ev(() => { Object.assign(window.counts, { messages: 0, transactions: 0 }) })
    const [maker, other] = [tabs[index], tabs[1 - index]]
    await other.ev((edits) => {
      room.on('change', () => { if (room.get('list')?.length === edits) helpers.visible ??= Date.now() })
    }, EDITS)
    const made = await maker.ev(async (edits) => {
      const begun = Date.now()
      const all = []
      for (let count = 0; count < edits; count += 1) all.push(room.insert('list', 0, count).settled)
      const made = Date.now()
      await Promise.all(all)
      return { begun, made, settled: Date.now() }
    }, EDITS)
    await other.until(() => helpers.visible)
    const visible = await other.ev(() => helpers.visible)
    const [leader, follower] = [await tabs[0].ev(() => window.counts), await tabs[1].ev(() => window.counts)]
    t.diagnostic(`made in ${made.made - made.begun} ms, seen elsewhere after ${visible - made.begun} ms, settled after ${made.settled - made.begun} ms; ` +
      `messages: ${leader.messages} of the leader, ${follower.messages} of the follower; transactions: ${leader.transactions}`)
    assert.ok(leader.messages < 100, `${leader.messages} messages of the leader`)
    assert.ok(follower.messages < 30, `${follower.messages} messages of the follower`)
    assert.ok(leader.transactions < 60, `${leader.transactions} transactions`)
    assert.equal(follower.transactions, 0)
    assert.equal((await world.get('list')).length, EDITS)
  })
}

test('many that are present in a room are told of once, not with every edit', async (t) => {
  const world = await World.make(t)
  const bytes = () => {
    window.bytes = 0
    const { postMessage } = BroadcastChannel.prototype
    BroadcastChannel.prototype.postMessage = function (message) {
      window.bytes += JSON.stringify(message).length
      return postMessage.call(this, message)
    }
  }
  const [a, b] = [await world.tab({ init: bytes }), await world.tab()]
  await b.ev(() => room.ready)
  const { connect } = await import('syncline')
  const others = []
  for (let count = 0; count < 20; count += 1) {
    const client = await connect(world.url, { token: `other-${count}` })
    t.after(() => client.close())
    others.push(client)
    client.room('cart').presence.update({ text: 'x'.repeat(200) })
  }
  await b.until(() => room.presence.others.size === 20)
  await a.ev(() => { window.bytes = 0 })
  await b.ev(async () => { for (let count = 0; count < 50; count += 1) await room.add('n', 1).settled })
  const sent = await a.ev(() => window.bytes)
  t.diagnostic(`${sent} characters for 50 edits`)
  assert.ok(sent < 50 * 4_000, `${sent}`)
})
