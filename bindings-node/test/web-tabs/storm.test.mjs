// Tabs that open, close, reload and crash, and a server that comes and goes, while everybody edits.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { wait, World } from './world.mjs'

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const STORM_MS = Number(process.env.STORM_MS ?? 10_000)

function randomness(seed) {
  let state = seed
  const random = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { below: (most) => Math.floor(random() * most), pick: (from) => from[Math.floor(random() * from.length)] }
}

let pages = 0

/** Has a page edit at random, by names that no other page has; a batch counts its pairs, so that it is seen to be whole. */
const work = (tab, seed) => tab.ev(({ name, seed }) => {
  helpers.name = name
  let state = seed
  const below = (most) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 8) % most
  }
  let count = 0
  helpers.worker = setInterval(() => {
    count += 1
    const item = `${name}-${count}`
    switch (below(4)) {
      case 0: return helpers.note(room.add('sum', 1), 1)
      case 1: return helpers.note(room.insert('list', 0, item), { item })
      case 2: return helpers.note(room.set(`set-${name}`, count), { set: count })
      default: return helpers.note(room.batch((batch) => { batch.add('pairs', 1); batch.insert('list', 0, `pair-${item}`) }), { item: `pair-${item}` })
    }
  }, 4 + below(20))
}, { name: `page${pages += 1}`, seed })

/** What a page made, by what became of it. */
const tally = (tab) => tab.ev(() => {
  const of = (some) => ({
    sum: some.reduce((sum, { amount }) => sum + (typeof amount === 'number' ? amount : 0), 0),
    items: some.map(({ amount }) => amount.item).filter((item) => item !== undefined),
    set: some.map(({ amount }) => amount.set).filter((set) => set !== undefined).at(-1),
  })
  return { made: of(helpers.edits), applied: of(helpers.edits.filter(({ end }) => end === 'applied')), name: helpers.name }
})

test('all agree after a storm, and every edit is there once', async (t) => {
  t.diagnostic(`SEED=${seed}`)
  const { below, pick } = randomness(seed)
  const world = await World.make(t)
  const tabs = []
  /** What was applied, and what was made, in pages that are gone: the latter may be lost with its tab. */
  const before = []
  const open = async () => {
    const tab = await world.tab()
    tabs.push(tab)
    await work(tab, below(2 ** 30))
  }
  const leave = async (tab) => {
    before.push(await tally(tab))
    tabs.splice(tabs.indexOf(tab), 1)
  }
  const happenings = {
    open: () => (tabs.length < 5 ? open() : undefined),
    close: async (tab) => { await leave(tab); await tab.close() },
    crash: async (tab) => { await leave(tab); await tab.crash(); await tab.close().catch(() => {}) },
    reload: async (tab) => {
      before.push(await tally(tab))
      await tab.page.reload()
      await tab.connect()
      await work(tab, below(2 ** 30))
    },
    freeze: async (tab) => { await tab.freeze(); await wait(below(3_000)); await tab.thaw() },
    restart: async () => { await world.stop(); await wait(below(800)); await world.start() },
  }
  for (let count = 0; count < 4; count += 1) await open()
  for (const end = Date.now() + STORM_MS; Date.now() < end; ) {
    await wait(below(600))
    const name = pick(Object.keys(happenings))
    if (process.env.SAYS) console.log(name)
    if (tabs.length > 2 || name === 'open' || name === 'restart') await happenings[name](pick(tabs))
  }
  for (const tab of tabs) await tab.ev(() => { clearInterval(helpers.worker) })
  for (const tab of tabs) await tab.until(() => helpers.edits.every(({ end }) => end === 'applied'), undefined, 30_000)
  assert.equal(await tabs[0].ev(() => client.flush({ timeout: 10_000 })), 0)

  const text = await world.server.room('cart').entriesJson()
  for (const tab of tabs) {
    await tab.until((text) => room.entriesJson() === text, text)
    assert.deepEqual(tab.errors, [])
  }
  const list = await world.get('list')
  const there = new Set(list)
  assert.equal(there.size, list.length, 'an item is there twice')
  const live = await Promise.all(tabs.map(tally))
  for (const item of [...live.flatMap(({ made }) => made.items), ...before.flatMap(({ applied }) => applied.items)]) {
    assert.ok(there.has(item), `${item} is lost`)
  }
  const total = (which, some) => some.reduce((sum, each) => sum + each[which].sum, 0)
  const sum = await world.get('sum')
  const least = total('made', live) + total('applied', before)
  assert.ok(sum >= least, `${sum} of at least ${least}`)
  for (const { made, name } of live) if (made.set !== undefined) assert.equal(await world.get(`set-${name}`), made.set)
  assert.equal(list.filter((item) => item.startsWith('pair-')).length, await world.get('pairs'), 'half of a batch')
  assert.equal(world.connections, 1)
  t.diagnostic(`${tabs.length} tabs and ${before.length} that are gone; ${sum} added, ${list.length} items`)
})
