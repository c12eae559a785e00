// Rooms, presence, tokens and the ends of clients, where several tabs are one client.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { connect } from 'syncline'

import { mutes, wait, World } from './world.mjs'

/** A world with two tabs, of which the first leads, and another program in the same room. */
async function pair(t, first = {}, second = {}, options = {}) {
  const world = await World.make(t, options)
  return { world, a: await world.tab(first), b: await world.tab(second) }
}

async function outside(t, world, name = 'cart', options = {}) {
  const client = await connect(world.url, { token: 'eve', ...options })
  t.after(() => client.close())
  const room = client.room(name)
  await room.ready
  return room
}

async function until(holds, timeout = 10_000) {
  for (const end = Date.now() + timeout; !(await holds()); await wait(20)) {
    if (Date.now() > end) throw new Error(`waits for ${holds}`)
  }
}

test('a room that only a follower has open is in sync there', async (t) => {
  const { world, a, b } = await pair(t, { room: undefined }, { room: 'own' })
  await b.ev(() => room.ready)
  assert.equal(await b.ev(() => room.add('n', 1).settled.then(({ kind }) => kind)), 'applied')
  assert.equal(await world.get('n', 'own'), 1)
  const other = await outside(t, world, 'own')
  await other.add('n', 1).settled
  await b.until(() => room.get('n') === 2)
  assert.deepEqual(await b.ev(() => [room.status, room.version, room.durability, typeof room.lastSynced?.getTime()]), ['synced', 2, 'durable', 'number'])
  assert.equal(await a.ev(() => client.status), 'synced')
})

test('a room that one tab reads and another writes can be written, and one that a tab closes stays open elsewhere', async (t) => {
  const { world, a, b } = await pair(t, { write: false })
  await a.ev(() => room.ready)
  await b.ev(() => room.ready)
  assert.equal(await b.ev(() => room.set('k', 1).settled.then(({ kind }) => kind)), 'applied')
  await a.until(() => room.get('k') === 1)
  assert.equal(await a.ev(() => { try { room.set('k', 2) } catch (error) { return error.code } }), 'Forbidden')
  await a.ev(() => room.close())
  assert.equal(await b.ev(() => room.set('k', 3).settled.then(({ kind }) => kind)), 'applied')
  await a.ev(() => helpers.enter('cart'))
  await a.until(() => room.get('k') === 3)
  await b.ev(() => room.close())
  assert.equal(await a.ev(() => room.set('k', 4).settled.then(({ kind }) => kind)), 'applied')
  await a.ev(() => room.close())
  await until(() => world.server.metrics().readers === 0)
})

test('rooms that tabs have open beyond the limit of all together are told of, and are there once others are closed', async (t) => {
  const limited = { limits: { connection_rooms: 2 } }
  const { world, a, b } = await pair(t, limited, limited)
  await b.ev(() => room.ready)
  await a.ev(async () => { await (helpers.other = client.room('other')).ready })
  await b.ev(() => {
    helpers.enter('third')
    helpers.note(room.add('n', 1))
  })
  await b.until(() => helpers.seen.includes('denied TooMany'))
  await wait(300)
  assert.deepEqual(await b.ev(() => [room.status, helpers.ends()]), ['offline', { open: 1 }])
  // What is edited in the moment in which there is space comes after what was edited before.
  await b.ev(() => { helpers.note(room.set('k', 1)) })
  await wait(300)
  await Promise.all([a.ev(() => helpers.other.close()), b.ev(() => { for (let count = 2; count < 50; count += 1) setTimeout(() => helpers.note(room.set('k', count)), count) })])
  await b.until(() => helpers.edits.length === 50 && helpers.edits.every(({ end }) => end === 'applied') && room.status === 'synced')
  assert.deepEqual([await world.get('n', 'third'), await world.get('k', 'third'), await b.ev(() => room.get('k'))], [1, 49, 49])
  assert.equal(await b.ev(() => helpers.seen.filter((each) => each === 'denied TooMany').length), 1)
})

test('a room that is forgotten as soon as it is edited does not keep the storage of a client that is closed', async (t) => {
  const { world, a, b } = await pair(t)
  await b.ev(() => room.ready)
  await a.ev(() => {
    helpers.note(room.add('n', 1))
    room.forget()
  })
  await a.until(() => helpers.edits[0].end !== undefined)
  await a.freeze()
  await b.ev(() => room.add('n', 2).settled)
  await a.thaw()
  for (const tab of [a, b]) await tab.ev(() => client.close())
  const c = await world.tab({ tabs: false })
  assert.equal(await c.ev(() => client.storage), 'durable')
})

test('a refusal that a tab missed is told to it once', async (t) => {
  const { a, b } = await pair(t, { init: mutes }, {}, { authorize: () => ({ principal: 'ada', write: false }) })
  await b.until(() => room.ready && client.status === 'synced')
  await a.ev(() => { window.mute = true })
  await b.ev(() => {
    client.on('refused', ({ code, key }) => helpers.seen.push(`refused ${code} ${key}`))
    helpers.note(room.set('k', 1))
  })
  await wait(500)
  await a.ev(() => {
    window.mute = false
    room.presence.update({ a: 1 })
  })
  await b.until(() => helpers.edits[0].end === 'refused')
  await wait(300)
  const told = await b.ev(() => helpers.seen.filter((each) => /refused/.test(each)))
  assert.deepEqual(told, ['refused true', 'refused Forbidden k'])
})

test('what a tab forgets is handed back, and begins anew in the others', async (t) => {
  const { world, a, b } = await pair(t)
  await b.ev(() => room.set('kept', 1).settled)
  await world.stop()
  await b.ev(() => { helpers.note(room.add('n', 1)); helpers.note(room.add('n', 2)) })
  await a.until(() => room.get('n') === 3)
  await b.ev(() => room.forget())
  await b.until(() => helpers.seen.some((one) => one.startsWith('unknown')))
  await a.until(() => room.get('n') === undefined)
  await world.start()
  await a.until(() => room.get('kept') === 1)
  assert.equal(await a.ev(() => room.add('n', 10).settled.then(({ kind }) => kind)), 'applied')
  assert.equal(await world.get('n'), 10)
  await b.ev(() => helpers.enter('cart'))
  await b.until(() => room.get('n') === 10)
  assert.deepEqual([...a.errors, ...b.errors], [])
})

test('objects of rooms and edits stay what they are over a take-over', async (t) => {
  const { world, a, b } = await pair(t)
  await b.ev(() => Promise.all([room.ready, (window.other = client.room('other')).ready]))
  await b.ev(() => other.set('k', 1).settled)
  await world.stop()
  await b.ev(() => { window.edit = helpers.note(other.set('k', 2)) })
  await a.until(() => client.pending === 1)
  await a.close()
  await world.start()
  await b.until(() => helpers.edits[0].end === 'applied')
  assert.deepEqual(await b.ev(() => [client.room('other') === other, other.get('k'), room.closed, edit.verdict.kind]), [true, 2, false, 'applied'])
  assert.equal(await world.get('k', 'other'), 2)
})

test('what the client shows of itself is one, stays over a take-over and goes with the last tab', async (t) => {
  const { world, a, b } = await pair(t)
  const other = await outside(t, world)
  await a.ev(() => room.ready)
  await b.ev(() => { room.presence.update({ name: 'Ada', tab: 'b' }) })
  const shown = () => JSON.stringify([...other.presence.others.values()])
  await until(() => shown() === '[{"name":"Ada","tab":"b"}]')
  await a.until(() => room.presence.self?.tab === 'b')
  await a.ev(() => { room.presence.update({ tab: 'a' }) })
  await until(() => shown() === '[{"name":"Ada","tab":"a"}]')
  await b.until(() => room.presence.self?.tab === 'a')
  other.presence.update({ eve: true })
  await b.until(() => [...room.presence.others.values()].some(({ eve }) => eve))
  assert.equal(typeof await b.ev(() => room.presence.id), 'number')

  await a.close()
  await b.until(() => client.status === 'synced' && [...room.presence.others.values()].some(({ eve }) => eve))
  await until(() => shown() === '[{"name":"Ada","tab":"a"}]')
  await b.close()
  await until(() => shown() === '[]')
})

test('what is shown may be a proxy, as frameworks hand out, in every tab', async (t) => {
  const { world, a, b } = await pair(t)
  const other = await outside(t, world)
  await a.ev(() => room.ready)
  for (const [at, tab] of [a, b].entries()) {
    await tab.ev((at) => { room.presence.update(new Proxy({ [`of-${at}`]: new Proxy([at], {}) }, {})) }, at)
  }
  await until(() => JSON.stringify([...other.presence.others.values()]) === '[{"of-0":[0],"of-1":[1]}]')
})

test('a room that is denied is denied in every tab, and a token from any of them helps', async (t) => {
  const authorize = ({ token, room }) => (room === 'secret' && token !== 'key' ? false : { principal: 'ada', write: true })
  const { a, b } = await pair(t, { room: undefined }, { room: 'secret' }, { authorize })
  assert.match(await b.ev(() => room.ready.then(() => 'ready', ({ code }) => code)), /Forbidden|Unauthorized/)
  await a.ev(() => helpers.enter('secret'))
  assert.match(await a.ev(() => room.ready.then(() => 'ready', ({ code }) => code)), /Forbidden|Unauthorized/)
  await b.ev(() => { client.setToken('key') })
  await b.until(() => room.status === 'synced')
  await a.until(() => room.status === 'synced')
  // Whoever leads next has it too.
  await a.close()
  await b.until(() => room.status === 'synced')
  assert.equal(await b.ev(() => room.add('n', 1).settled.then(({ kind }) => kind)), 'applied')
})

test('a token of a follower is that of later connections of the tab that leads', async (t) => {
  const tokens = []
  const authorize = ({ token }) => {
    tokens.push(token)
    return { principal: 'ada', write: true }
  }
  const { world, a, b } = await pair(t, {}, {}, { authorize })
  await b.ev(() => room.ready)
  await b.ev(() => { client.setToken('newer') })
  await world.stop()
  tokens.length = 0
  await world.start()
  await a.until(() => client.status === 'synced')
  assert.deepEqual([...new Set(tokens)], ['newer'])
})

test('status, pending edits and flush are those of the client in every tab', async (t) => {
  const { world, a, b } = await pair(t)
  await b.ev(() => room.ready)
  await b.ev(() => { helpers.statuses = []; client.on('status', ({ status, room }) => { if (room === undefined) helpers.statuses.push(status) }) })
  await b.until(() => client.status === 'synced')
  await world.stop()
  await b.until(() => client.status === 'offline' || client.status === 'degraded')
  await a.ev(() => { room.add('n', 1) })
  await b.until(() => client.pending === 1)
  assert.equal(await b.ev(() => client.flush({ timeout: 50 })), 1)
  await world.start()
  assert.equal(await b.ev(() => client.flush({ timeout: 8_000 })), 0)
  await b.until(() => client.status === 'synced' && room.status === 'synced')
  const statuses = await b.ev(() => helpers.statuses)
  assert.equal(statuses.at(-1), 'synced')
  assert.ok(statuses.includes('offline') || statuses.includes('degraded'), String(statuses))
})

for (const [who, index] of [['the tab that leads', 0], ['a follower', 1]]) {
  test(`edits of ${who} just before the close of its client are not lost, and it may connect again`, async (t) => {
    const { world, a, b } = await pair(t)
    const tab = [a, b][index]
    await tab.ev(() => room.ready)
    await tab.ev(() => {
      room.add('n', 1)
      room.on('change', () => { if (!client.closed) { room.add('n', 2); client.close() } })
      room.add('n', 4)
    })
    await tab.until(() => client.closed)
    await tab.connect()
    await tab.until(() => room.get('n') === 7)
    assert.equal(await tab.ev(() => client.flush({ timeout: 5_000 })), 0)
    assert.equal(await world.get('n'), 7)
    assert.equal(world.connections, 1)
  })
}

test('edits of a follower just before its close are not lost with the tab that leads', async (t) => {
  const { world, a, b } = await pair(t)
  await b.ev(() => room.ready)
  a.hang(6_000)
  await wait(200)
  await b.ev(() => { room.add('n', 1); client.close() })
  await b.connect()
  await b.until(() => room.get('n') === 1, undefined, 15_000)
  await until(async () => (await world.get('n')) === 1)
})

test('two clients of one page with the same storage are one client too', async (t) => {
  const world = await World.make(t)
  const a = await world.tab()
  const { url } = world
  await a.ev(async (url) => {
    const { connect } = await import('/index.js')
    window.second = await connect(url, { storage: 'box', token: 'ada' })
    window.there = second.room('cart')
    await there.ready
    await Promise.all([there.add('n', 1).settled, room.add('n', 2).settled])
  }, url)
  await a.until(() => there.get('n') === 3 && room.get('n') === 3)
  await a.ev(() => { client.close(); helpers.note(there.add('n', 4)) })
  await a.until(() => helpers.edits[0].end === 'applied')
  assert.equal(await world.get('n'), 7)
  assert.equal(world.connections, 1)
})
