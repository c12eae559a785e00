// Who decides about a stale edit where several tabs are one client: one function, or whoever answers first.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { mutes, noStorage, wait, World } from './world.mjs'

const strict = { policy: { 'stock/': 'strict' } }

/** Tabs of a client, which show the key. */
async function meet(t, options) {
  const world = await World.make(t, strict)
  const tabs = []
  for (const each of options) tabs.push(await world.tab(each))
  for (const tab of tabs) await tab.ev(() => room.ready)
  await tabs[0].ev(() => room.set('stock/tea', 1).settled)
  for (const tab of tabs) await tab.until(() => room.get('stock/tea') === 1)
  return { world, tabs }
}

/** An edit that is made while there is no server, which then has another value. */
async function refuse(world, tab, value = 5) {
  await world.stop()
  await tab.ev((value) => { helpers.note(room.set('stock/tea', value)) }, value)
  await world.start((server) => server.room('cart').set('stock/tea', 3))
}

test('an edit that is refused is taken back in every tab', async (t) => {
  const { world, tabs: [a, b] } = await meet(t, [{}, {}])
  await refuse(world, b)
  await b.until(() => helpers.edits[0].end === 'refused')
  for (const tab of [a, b]) await tab.until(() => room.get('stock/tea') === 3 && client.pending === 0)
  const { mine, base, theirs } = await b.ev(() => helpers.edits[0].edit.verdict)
  assert.deepEqual({ mine, base, theirs }, { mine: 5, base: 1, theirs: 3 })
})

test('a resolver runs once, in one tab, and its answer is an edit in every tab', async (t) => {
  const resolvers = { 'stock/': { sum: true, ms: 50 } }
  const { world, tabs } = await meet(t, [{ resolvers }, { resolvers }, { resolvers }])
  await refuse(world, tabs[1])
  for (const tab of tabs) await tab.until(() => room.get('stock/tea') === 8 && client.pending === 0)
  assert.equal(await world.get('stock/tea'), 8)
  const runs = await Promise.all(tabs.map((tab) => tab.ev(() => helpers.resolved)))
  assert.deepEqual(runs, [1, 0, 0])
  assert.deepEqual(await tabs[1].ev(() => [helpers.edits[0].end, helpers.edits[0].edit.verdict.by !== undefined]), ['refused', true])
})

test('a resolver of a follower decides where the tab that leads has the room closed', async (t) => {
  const resolvers = { 'stock/': { sum: true, ms: 0 } }
  const { world, tabs: [a, b] } = await meet(t, [{ resolvers }, { resolvers }])
  await a.ev(() => room.close())
  await refuse(world, b)
  await b.until(() => room.get('stock/tea') === 8 && client.pending === 0)
  assert.deepEqual([await a.ev(() => helpers.resolved), await b.ev(() => helpers.resolved)], [0, 1])
})

test('a conflict whose resolver is lost with its tab is decided by another', async (t) => {
  const slow = { 'stock/': { sum: true, ms: 60_000 } }
  const quick = { 'stock/': { sum: true, ms: 0 } }
  const { world, tabs: [a, b] } = await meet(t, [{ resolvers: slow }, { resolvers: quick }])
  await refuse(world, b)
  await a.until(() => helpers.resolved === 1)
  await b.until(() => client.pending === 1)
  await a.close()
  await b.until(() => room.get('stock/tea') === 8 && client.pending === 0)
  assert.equal(await world.get('stock/tea'), 8)
})

for (const [when, early] of [['sleeps', true], ['is put to sleep', false]]) {
  test(`a conflict is not left to a tab that ${when}`, async (t) => {
    const slow = { 'stock/': { sum: true, ms: 60_000 } }
    const quick = { 'stock/': { sum: true, ms: 0 } }
    const { world, tabs: [a, b, c] } = await meet(t, [{ resolvers: quick }, { resolvers: slow }, { resolvers: quick }])
    await a.ev(() => room.close())
    if (early) await b.freeze()
    await refuse(world, c)
    if (!early) {
      await b.until(() => helpers.resolved === 1)
      await b.freeze()
    }
    await c.until(() => room.get('stock/tea') === 8 && client.pending === 0)
    await b.thaw()
    await b.until(() => room.get('stock/tea') === 8 && client.pending === 0)
    assert.equal(await world.get('stock/tea'), 8)
  })
}

test('a tab that missed how a conflict was decided does not wait for that', async (t) => {
  const ask = { resolvers: { 'stock/': 'ask' }, ask: true }
  const { world, tabs: [a, b] } = await meet(t, [{ ...ask, init: mutes }, ask])
  await refuse(world, b)
  for (const tab of [a, b]) await tab.until(() => helpers.conflict !== undefined)
  await a.ev(() => {
    window.mute = true
    helpers.conflict.resolve(20)
  })
  await a.until(() => client.pending === 0 && room.get('stock/tea') === 20)
  assert.equal(await b.ev(() => client.pending), 1)
  await a.ev(() => {
    window.mute = false
    helpers.note(room.set('next', 1))
  })
  for (const tab of [a, b]) await tab.until(() => room.get('next') === 1 && client.pending === 0)
  assert.deepEqual(await b.ev(() => helpers.ends()), { refused: 1 })
  assert.equal(await b.ev(() => client.flush({ timeout: 1_000 })), 0)
})

test('the edit that decides a conflict has its verdict where a tab missed that', async (t) => {
  const ask = { resolvers: { 'stock/': 'ask' }, ask: true }
  const { world, tabs: [a, b] } = await meet(t, [{ ...ask, init: mutes }, ask])
  await refuse(world, b)
  await b.until(() => helpers.conflict !== undefined)
  await world.stop()
  await b.ev(() => { helpers.conflict.resolve(20) })
  await b.until(() => helpers.edits[0].end === 'refused')
  await b.ev(() => { helpers.note(helpers.edits[0].edit.verdict.by) })
  await world.start(() => a.ev(() => { window.mute = true }))
  await a.until(() => client.pending === 0 && room.confirmed('stock/tea') === 20)
  await a.ev(() => {
    window.mute = false
    room.set('next', 1)
  })
  await b.until(() => room.get('next') === 1 && helpers.edits[1].end !== undefined)
  assert.deepEqual(await b.ev(() => helpers.ends()), { refused: 1, applied: 1 })
})

test('the edit that decides a conflict ends once where another tab leads on in memory', async (t) => {
  const ask = { resolvers: { 'stock/': 'ask' }, ask: true, init: noStorage }
  const { world, tabs: [a, b] } = await meet(t, [ask, ask])
  await refuse(world, b)
  await b.until(() => helpers.conflict !== undefined)
  await world.stop()
  await b.ev(() => { helpers.conflict.resolve(20) })
  await b.until(() => helpers.edits[0].end === 'refused')
  await b.ev(() => {
    helpers.seen.length = 0
    helpers.note(helpers.edits[0].edit.verdict.by)
  })
  await a.close()
  await wait(500)
  await world.start()
  await b.until(() => helpers.edits[1].end !== undefined)
  assert.deepEqual(await b.ev(() => [helpers.ends(), helpers.seen.filter((each) => / (true|false)$/.test(each))]), [{ refused: 1, applied: 1 }, ['applied true']])
})

test('every tab that listens is asked, and the first answer is the answer', async (t) => {
  const ask = { resolvers: { 'stock/': 'ask' }, ask: true }
  const { world, tabs: [a, b, c] } = await meet(t, [{ ...ask, ask: false }, ask, ask])
  await refuse(world, c)
  await b.until(() => helpers.seen.includes('conflict false'))
  await c.until(() => helpers.seen.includes('conflict true'))
  await wait(1_300)
  for (const tab of [b, c]) assert.equal(await tab.ev(() => client.pending), 1)
  // One that comes later is asked too.
  const late = await world.tab(ask)
  await late.until(() => helpers.seen.includes('conflict false'))
  await b.ev(() => { helpers.conflict.resolve(20) })
  await a.until(() => room.get('stock/tea') === 20)
  await c.ev(() => { try { helpers.conflict.resolve(30) } catch (error) { helpers.seen.push(error.code) } })
  for (const tab of [a, b, c, late]) await tab.until(() => room.get('stock/tea') === 20 && client.pending === 0)
  assert.equal(await world.get('stock/tea'), 20)
  assert.equal(await c.ev(() => helpers.edits[0].end), 'refused')
})

test('an answer may be a proxy, as frameworks hand out, in every tab', async (t) => {
  const resolvers = { 'stock/': 'ask' }
  const { world, tabs: [a, b] } = await meet(t, [{ resolvers }, { resolvers, ask: true }])
  await refuse(world, a)
  await b.until(() => helpers.seen.includes('conflict false'))
  await b.ev(() => { helpers.conflict.resolve(new Proxy({ tea: new Proxy([20], {}) }, {})) })
  for (const tab of [a, b]) await tab.until(() => room.get('stock/tea').tea?.[0] === 20 && client.pending === 0)
  assert.deepEqual(await world.get('stock/tea'), { tea: [20] })
})

test('an answer that is no value is an error in every tab, and one that is too large leaves no edit without a verdict', async (t) => {
  const ask = { resolvers: { 'stock/': 'ask' }, ask: true }
  const { world, tabs: [a, b] } = await meet(t, [ask, ask])
  await refuse(world, b)
  for (const tab of [a, b]) {
    await tab.until(() => helpers.conflict !== undefined)
    assert.equal(await tab.ev(() => { try { return helpers.conflict.resolve(() => {}) } catch ({ code }) { return code } }), 'InvalidArgument')
  }
  assert.equal(await a.ev(() => { try { return helpers.conflict.resolve('x'.repeat(4_000_000)) } catch ({ code }) { return code } }), 'ValueTooLarge')
  assert.deepEqual([await a.ev(() => client.pending), await b.ev(() => helpers.ends())], [1, { open: 1 }])
  // A tab that follows does not know what the one that leads can take.
  await b.ev(() => { helpers.conflict.resolve('x'.repeat(4_000_000)) })
  await b.until(() => helpers.edits[0].end === 'refused')
  for (const tab of [a, b]) await tab.until(() => room.get('stock/tea') === 3 && client.pending === 0)
})

test('where no tab listens the server keeps its value, also if the last that listened is closed', async (t) => {
  const resolvers = { 'stock/': 'ask' }
  const { world, tabs: [a, b, c] } = await meet(t, [{ resolvers }, { resolvers }, { resolvers, ask: true }])
  await refuse(world, b)
  await c.until(() => helpers.seen.includes('conflict false'))
  await wait(1_300)
  assert.equal(await b.ev(() => helpers.edits[0].end), undefined)
  await c.close()
  await b.until(() => helpers.edits[0].end === 'refused' && client.pending === 0)
  for (const tab of [a, b]) await tab.until(() => room.get('stock/tea') === 3)
})
