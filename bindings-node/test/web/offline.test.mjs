/** What people lose, see and wait for when the network, the browser or the server fails them: against each server. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { directory, KINDS, open, persistent, person, serve, site, until } from './harness.mjs'

const { origin } = await site()

/** A page of a person, in the room. */
async function enter(t, server, options = {}, context) {
  const page = await open(t, context ?? (await person(t)), origin)
  await page.evaluate(([url, options]) => join(url, options), [server.url, options])
  return page
}

/** Waits until all edits of a page have a verdict. */
const settle = (page) => page.evaluate(() => client.flush({ timeout: 20_000 }))

/** What a page shows on the screen. */
const screen = async (page) => JSON.parse(await page.evaluate(() => document.body.textContent))

for (const kind of Object.keys(KINDS)) {
  test(`what is typed offline survives a reload and is applied once: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const page = await enter(t, server, { storage: 'drafts' })
    await page.evaluate(() => room.ready)
    assert.equal(await page.evaluate(() => client.storage), 'durable')
    server.cut()
    await page.evaluate(() => until(() => offline()))
    await page.evaluate(async () => {
      for (const amount of [1, 2, 4]) room.add('visits', amount)
      room.set('draft', 'a line')
      await stored()
    })
    await page.again()
    await page.evaluate((url) => join(url, { storage: 'drafts' }), server.url)
    assert.deepEqual(await screen(page), { draft: 'a line', visits: 7 })
    assert.ok(await page.evaluate(() => client.pending) > 0)
    server.mend()
    assert.equal(await settle(page), 0)
    assert.deepEqual(await server.entries(), { draft: 'a line', visits: 7 })
    await page.again()
    await page.evaluate((url) => join(url, { storage: 'drafts' }), server.url)
    await page.evaluate(() => room.ready)
    assert.equal(await settle(page), 0)
    assert.deepEqual(await screen(page), { draft: 'a line', visits: 7 })
    assert.deepEqual(await server.entries(), { draft: 'a line', visits: 7 })
  })

  test(`a page that knows its network is back does not wait out a pause: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const context = await person(t)
    server.cut()
    const page = await enter(t, server, { timing: { backoff_first_ms: 600_000, backoff_most_ms: 600_000 } }, context)
    await page.evaluate(() => { room.add('visits', 1) })
    await context.setOffline(true)
    server.mend()
    await context.setOffline(false)
    assert.equal(await settle(page), 0)
    assert.deepEqual(await server.entries(), { visits: 1 })
  })

  test(`a page that loses its network does not go on as synced, and is back with it: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const context = await person(t)
    const page = await enter(t, server, {}, context)
    await page.evaluate(() => until(() => client.status === 'synced'))
    await context.setOffline(true)
    await page.evaluate(() => until(() => offline() && client.status !== 'synced'))
    await page.evaluate(() => { room.add('visits', 1) })
    await context.setOffline(false)
    assert.equal(await settle(page), 0)
    await page.evaluate(() => until(() => client.status === 'synced'))
    assert.deepEqual(await server.entries(), { visits: 1 })
    await until(() => server.connections() === 1, 'one connection')
  })

  test(`a page whose network is gone tries nevertheless, as its server may be near: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const page = await enter(t, server)
    await page.evaluate(() => until(() => client.status === 'synced'))
    await page.evaluate(() => { heard.length = 0; dispatchEvent(new Event('offline')) })
    await page.evaluate(() => told('status', ({ status }) => status === 'offline'))
    await page.evaluate(() => until(() => client.status === 'synced'))
    assert.equal(await page.evaluate(() => room.set('a', 1).settled.then(({ kind }) => kind)), 'applied')
    await until(() => server.connections() === 1, 'one connection')
  })

  test(`a browser that is killed keeps what was typed: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const folder = directory()
    const killed = await persistent(t, folder)
    let page = await enter(t, server, { storage: 'drafts' }, killed)
    await page.evaluate(async () => {
      await room.ready
      room.add('visits', 1)
      await client.flush()
    })
    server.cut()
    await page.evaluate(async () => {
      await until(() => offline())
      for (let line = 0; line < 20; line += 1) room.set(`line-${line}`, line)
      room.add('visits', 1)
      await stored()
    })
    await killed.kill()
    server.mend()
    page = await enter(t, server, { storage: 'drafts' }, await persistent(t, folder))
    assert.equal(await settle(page), 0)
    const entries = await server.entries()
    assert.deepEqual([entries.visits, entries['line-19'], Object.keys(entries).length], [2, 19, 21])
    assert.deepEqual(await page.evaluate(() => Object.fromEntries(room.entries())), entries)
  })

  test(`two browsers see each other's edits: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const [ada, bob] = [await enter(t, server), await enter(t, server, { token: 'bob' })]
    await ada.evaluate(() => { room.set('title', 'tea'); room.insert('list', 0, 'a'); room.insert('list', 1, 'b') })
    await bob.evaluate(() => until(() => room.get('list')?.length === 2))
    await bob.evaluate(() => { room.insert('list', 1, 'between'); room.add('visits', 1) })
    await ada.evaluate(() => { room.insert('list', 2, 'last'); room.add('visits', 1) })
    for (const page of [ada, bob]) await page.evaluate(() => until(() => room.get('visits') === 2 && room.get('list').length === 4))
    await Promise.all([settle(ada), settle(bob)])
    const seen = [await screen(ada), await screen(bob), await server.entries()]
    assert.deepEqual(seen[0], seen[2])
    assert.deepEqual(seen[1], seen[2])
    assert.deepEqual([...seen[0].list].sort(), ['a', 'b', 'between', 'last'])
    assert.ok(await ada.evaluate(() => heard.some(([event, { origin }]) => event === 'change' && origin === 'remote')))
  })

  test(`a server that is killed amid edits gets each of them once: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const page = await enter(t, server, { storage: 'drafts' })
    await page.evaluate(() => {
      globalThis.made = 0
      globalThis.typing = setInterval(() => {
        made += 1
        room.add('visits', 1)
        room.set(`line-${made % 10}`, made)
      }, 2)
    })
    for (let round = 0; round < 3; round += 1) {
      const before = await page.evaluate(() => verdicts())
      await page.evaluate((before) => until(() => verdicts() > before), before)
      await server.stop({ kill: true })
      await page.evaluate(() => until(() => offline()))
      await server.start()
    }
    const made = await page.evaluate(() => { clearInterval(typing); return made })
    assert.equal(await settle(page), 0)
    const { visits, ...lines } = await server.entries()
    assert.equal(visits, made)
    assert.ok(Object.values(lines).includes(made))
    assert.deepEqual(await screen(page), { visits, ...lines })
  })

  test(`a thousand edits of one key are few frames and one value: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const [ada, bob] = [await enter(t, server), await enter(t, server)]
    for (const page of [ada, bob]) await page.evaluate(() => room.ready)
    const [sent, heard] = [ada.sent, await bob.evaluate(() => heard.length)]
    await ada.evaluate(() => { for (let at = 1; at <= 1_000; at += 1) room.set('cursor', at) })
    assert.equal(await ada.evaluate(() => room.get('cursor')), 1_000)
    assert.equal(await settle(ada), 0)
    await bob.evaluate(() => until(() => room.get('cursor') === 1_000))
    assert.deepEqual(await server.entries(), { cursor: 1_000 })
    assert.ok(ada.sent - sent < 20, `${ada.sent - sent} frames`)
    const changes = await bob.evaluate((from) => heard.slice(from).filter(([event]) => event === 'change').length, heard)
    assert.ok(changes < 20, `${changes} changes`)
  })

  test(`a thousand keys at once arrive in few frames, and in few changes: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const [ada, bob] = [await enter(t, server, { storage: 'drafts' }), await enter(t, server)]
    for (const page of [ada, bob]) await page.evaluate(() => room.ready)
    const [sent, heard] = [ada.sent, await bob.evaluate(() => heard.length)]
    await ada.evaluate(() => { for (let at = 0; at < 1_000; at += 1) room.set(`key-${at}`, at) })
    assert.equal(await settle(ada), 0)
    await bob.evaluate(() => until(() => room.entries().length === 1_000))
    const wanted = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`key-${at}`, at]))
    for (const entries of [await server.entries(), await screen(ada), await screen(bob)]) assert.deepEqual(entries, wanted)
    assert.ok(ada.sent - sent < 100, `${ada.sent - sent} frames`)
    const changes = await bob.evaluate((from) => heard.slice(from).filter(([event]) => event === 'change').length, heard)
    assert.ok(changes < 100, `${changes} changes`)
  })

  test(`a refused edit is taken back on the screen: ${kind}`, async (t) => {
    const server = await serve(t, { kind, policy: { 'stock/': 'strict' } })
    await server.set('stock/tea', 9)
    const page = await enter(t, server, { token: 'ada:stock/' })
    await page.evaluate(() => room.ready)
    server.cut()
    await page.evaluate(() => until(() => offline()))
    const optimistic = await page.evaluate(() => {
      room.set('stock/tea', 3)
      room.set('price/tea', 1)
      return document.body.textContent
    })
    await server.set('stock/tea', 5)
    await page.evaluate(() => until(() => room.get('stock/tea') === 3))
    assert.deepEqual([optimistic === '', (await screen(page))['stock/tea']], [false, 3])
    server.mend()
    assert.equal(await settle(page), 0)
    const refused = await page.evaluate(() => heard.filter(([event]) => event === 'refused').map(([, { key, code }]) => [key, code]))
    assert.deepEqual(refused.sort(), [['price/tea', 'Forbidden'], ['stock/tea', 'Stale']])
    assert.deepEqual(await screen(page), { 'stock/tea': 5 })
    assert.deepEqual(await server.entries(), { 'stock/tea': 5 })
  })

  test(`who closes a tab is not there any more: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const [ada, bob] = [await enter(t, server), await enter(t, server, { token: 'bob' })]
    await bob.evaluate(async () => { await room.ready; room.presence.update({ name: 'Bob' }) })
    const others = () => ada.evaluate(() => [...room.presence.others.values()])
    await until(async () => (await others()).length === 1, 'Bob is there')
    assert.deepEqual(await others(), [{ name: 'Bob' }])
    await bob.close()
    await until(async () => (await others()).length === 0, 'Bob is gone')
  })

  test(`a token is asked for at each connect, and a wrong one is told to the page: ${kind}`, async (t) => {
    const server = await serve(t, { kind })
    const page = await open(t, await person(t), origin)
    await page.evaluate(async (url) => {
      globalThis.tokens = ['wrong', 'ada', 'ada']
      globalThis.asked = 0
      await join(url, { token: async () => { asked += 1; return tokens.shift() ?? 'ada' } })
    }, server.url)
    assert.equal((await page.evaluate(() => told('denied'))).code, 'Unauthorized')
    assert.equal(await page.evaluate(() => room.ready.then(() => 'ready', ({ code }) => code)), 'Unauthorized')
    assert.equal(await page.evaluate(() => asked), 1)
    server.cut()
    await page.evaluate(() => until(() => client.status !== 'synced' && asked >= 1))
    server.mend()
    await page.evaluate(() => until(() => room.status === 'synced'))
    assert.ok(await page.evaluate(() => asked >= 2))
    assert.equal(await page.evaluate(() => room.set('a', 1).settled.then(({ kind }) => kind)), 'applied')
  })

  test(`a page from elsewhere is kept out, and one that is named is let in: ${kind}`, async (t) => {
    const server = await serve(t, { kind, origins: [origin] })
    const page = await enter(t, server)
    assert.equal(await page.evaluate(() => room.set('a', 1).settled.then(({ kind }) => kind)), 'applied')
    const foreign = await site(t)
    const stranger = await open(t, await person(t), foreign.origin)
    await stranger.evaluate((url) => join(url), server.url)
    await stranger.evaluate(() => { room.set('b', 2) })
    await stranger.evaluate(() => until(() => room.status === 'degraded'))
    assert.deepEqual(await server.entries(), { a: 1 })
    assert.equal(await stranger.evaluate(() => client.pending), 1)
  })
}
