/** What the tabs of a browser share: one connection and one outbox, every edit at once, also when the tab that leads is gone. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { KINDS, open, person, serve, site, until } from './harness.mjs'

const { origin } = await site()

/** Tabs of one person, the first of which leads. */
async function tabs(t, server, count, options = {}) {
  const context = await person(t)
  const pages = []
  for (let at = 0; at < count; at += 1) {
    const page = await open(t, context, origin, { init: options.init?.[at] })
    await page.evaluate(([url, options]) => join(url, { storage: 'drafts', ...options }), [server.url, options.connect ?? {}])
    pages.push(page)
  }
  return pages
}

const shows = (page, key, value) =>
  page.evaluate(([key, value]) => until(() => JSON.stringify(room.get(key)) === value), [key, JSON.stringify(value)])
const settle = (page) => page.evaluate(() => client.flush({ timeout: 20_000 }))

/** Ends the tab that leads, while every tab types. */
async function takeOver(t, kind, end) {
  const server = await serve(t, { kind })
  const [first, ...others] = await tabs(t, server, 3)
  for (const page of [first, ...others]) {
    await page.evaluate(() => {
      globalThis.made = 0
      globalThis.typing = setInterval(() => { made += 1; globalThis.last = room.add('visits', 1) }, 5)
    })
  }
  await others[0].evaluate(() => until(() => verdicts() > 3))
  const byFirst = await first.evaluate(async () => {
    clearInterval(typing)
    await last.settled
    return made
  })
  await end(first)
  await others[1].evaluate((before) => until(() => verdicts() > before + 3), await others[1].evaluate(() => verdicts()))
  let made = byFirst
  for (const page of others) made += await page.evaluate(() => { clearInterval(typing); return made })
  for (const page of others) assert.equal(await settle(page), 0)
  assert.deepEqual(await server.entries(), { visits: made })
  for (const page of others) await shows(page, 'visits', made)
  await until(() => server.connections() === 1, 'one connection')
}

for (const kind of Object.keys(KINDS)) {
  test(`tabs have one connection, and each shows what any of them edits: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const pages = await tabs(t, server, 3)
    for (const [at, page] of pages.entries()) await page.evaluate((at) => { room.set(`of-${at}`, at); room.add('visits', 1) }, at)
    for (const page of pages) {
      for (const at of pages.keys()) await shows(page, `of-${at}`, at)
      await shows(page, 'visits', 3)
      assert.equal(await settle(page), 0)
    }
    assert.equal(server.connections(), 1)
    assert.deepEqual(await server.entries(), { 'of-0': 0, 'of-1': 1, 'of-2': 2, visits: 3 })
    assert.ok((await pages[0].evaluate(() => client.metrics().applied)) > 0)
    for (const page of pages) assert.equal(await page.evaluate(() => String(client.flight())), 'undefined')
  })

  test(`tabs show each other's edits without a network, and each edit arrives once: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    server.cut()
    const [first, second] = await tabs(t, server, 2)
    await first.evaluate(() => { room.add('visits', 1); room.set('title', 'tea') })
    await shows(second, 'title', 'tea')
    await second.evaluate(() => { room.add('visits', 1); room.set('title', 'milk') })
    await shows(first, 'title', 'milk')
    await first.evaluate(() => stored())
    for (const page of [second, first]) {
      await page.again()
      await page.evaluate((url) => join(url, { storage: 'drafts' }), server.url)
      await shows(page, 'visits', 2)
    }
    server.mend()
    for (const page of [first, second]) assert.equal(await settle(page), 0)
    assert.deepEqual(await server.entries(), { title: 'milk', visits: 2 })
  })

  test(`tabs that lose their network do not go on as synced, and are back with it: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const pages = await tabs(t, server, 2)
    for (const page of pages) await page.evaluate(() => until(() => client.status === 'synced'))
    await pages[0].context().setOffline(true)
    for (const page of pages) await page.evaluate(() => until(() => offline() && client.status !== 'synced'))
    await pages[1].evaluate(() => { room.add('visits', 1) })
    await pages[0].context().setOffline(false)
    for (const page of pages) {
      assert.equal(await settle(page), 0)
      await page.evaluate(() => until(() => client.status === 'synced'))
    }
    assert.deepEqual(await server.entries(), { visits: 1 })
    await until(() => server.connections() === 1, 'one connection')
  })

  test(`another tab leads when the one that led is closed, and no edit is lost or made twice: ${kind}`, (t) => takeOver(t, kind, (page) => page.close()))

  test(`another tab leads when the one that led goes elsewhere: ${kind}`, (t) => takeOver(t, kind, (page) => page.goto('about:blank')))

  test(`another tab leads when the one that led crashes: ${kind}`, (t) => takeOver(t, kind, async (page) => {
    const session = await page.context().newCDPSession(page)
    const crashed = new Promise((resolve) => { page.once('crash', resolve) })
    void session.send('Page.crash').catch(() => {})
    await crashed
  }))

  test(`tabs hear that the one that leads has no space left: ${kind}`, async (t) => {
    const full = `
      const { put } = IDBObjectStore.prototype
      IDBObjectStore.prototype.put = function (...args) {
        if (this.name === 'log' && globalThis.full) throw new DOMException('no space left', 'QuotaExceededError')
        return put.apply(this, args)
      }
    `
    const server = await serve(t, { kind })
    const [first, second] = await tabs(t, server, 2, { init: [full] })
    assert.equal(await second.evaluate(() => client.storage), 'durable')
    await first.evaluate(() => { globalThis.full = true })
    await second.evaluate(() => { room.add('visits', 1) })
    for (const page of [first, second]) {
      assert.deepEqual(await page.evaluate(async () => [(await told('storageFailed')).code, client.storage]), ['StorageFailed', 'volatile'])
    }
    for (const page of [first, second]) assert.equal(await settle(page), 0)
    assert.deepEqual(await server.entries(), { visits: 1 })
  })
}

test('a storage is one client\'s alone where that is wanted, until it is closed', async (t) => {
  const server = await serve(t)
  const [first] = await tabs(t, server, 1, { connect: { tabs: false } })
  const second = await open(t, first.context(), origin)
  const attempt = () => second.evaluate((url) => join(url, { storage: 'drafts', tabs: false }).catch(({ code }) => code), server.url)
  assert.equal(await attempt(), 'StorageInUse')
  await first.evaluate(() => { room.add('visits', 1); client.close() })
  assert.equal(await attempt(), 'durable')
  assert.equal(await settle(second), 0)
  assert.deepEqual(await server.entries(), { visits: 1 })
})

test('tabs that are to share something say what', async (t) => {
  const server = await serve(t)
  const page = await open(t, await person(t), origin)
  for (const options of [{ tabs: true }, { tabs: true, storage: 'drafts', cache: false }, { storage: '' }]) {
    const asked = page.evaluate(([url, options]) => join(url, options).catch(({ code }) => code), [server.url, options])
    assert.equal(await asked, 'InvalidArgument', JSON.stringify(options))
  }
})

test('a page that is left and come back to is not in its own way', async (t) => {
  const server = await serve(t)
  const [page] = await tabs(t, server, 1, { connect: { tabs: false } })
  for (let round = 0; round < 3; round += 1) {
    await page.evaluate(() => { room.add('visits', 1) })
    await page.again()
    assert.equal(await page.evaluate((url) => join(url, { storage: 'drafts', tabs: false }), server.url), 'durable')
  }
  assert.equal(await settle(page), 0)
})
