// Who may do what: tokens, grants, denials, and taking back.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DenyError, Server } from 'syncline'

import { heard, join, meet, network, serve, shows, timing, until } from './support/world.js'

test('a token function is asked at each connect, and may fail', async (t) => {
  const net = network()
  const tokens = []
  const { url } = await serve(t, { authorize: ({ token }) => { tokens.push(token); return { principal: 'ada', write: true } } })
  let calls = 0
  const records = []
  const token = async () => {
    calls += 1
    if (calls === 1) throw new RangeError('no token today')
    return `token-${calls}`
  }
  const client = await join(t, url, { token, WebSocket: net.WebSocket, log: (record) => records.push(record) })
  const failed = heard(client, 'failed')
  const room = client.room('cart')
  const { error, retries } = await failed
  assert.ok(error instanceof RangeError)
  assert.equal(retries, true)
  await room.ready
  assert.deepEqual(tokens, ['token-2'])
  assert.ok(records.some(({ event, level }) => event === 'tokenFailed' && level === 'warn'))
  const resumed = heard(room, 'resumed')
  await net.down(client)
  net.up(client)
  await resumed
  assert.ok(tokens.length > 1)
  assert.equal(tokens.at(-1), `token-${calls}`)
})

test('what a token function returns has to be a string', async (t) => {
  for (const token of [() => 7, async () => undefined, () => '\ud800', '\ud800']) {
    const client = await join(t, 'ws://127.0.0.1:1', { token })
    const failed = heard(client, 'failed')
    client.room('cart')
    assert.ok((await failed).error instanceof TypeError)
  }
})

test('authorize answers at once or later, and whatever it does there is an answer', async (t) => {
  const records = []
  const answers = {
    reader: () => ({ principal: 'p', write: false }),
    default: () => ({ principal: 'p' }),
    writer: async () => { await new Promise(setImmediate); return { principal: 'p', write: true } },
    some: () => ({ principal: 'p', write: ['own/'] }),
    nothing: () => undefined,
    no: async () => false,
    null: () => null,
    code: () => { throw new DenyError('Unauthorized') },
    odder: () => { throw new DenyError('Nope') },
    throws: () => { throw new RangeError('secret') },
    rejects: async () => { throw new RangeError('secret') },
    yes: () => true,
    nobody: () => ({ write: true }),
    empty: () => ({ principal: '', write: true }),
    number: () => ({ principal: 7, write: true }),
    odd: () => ({ principal: 'p', write: 'yes' }),
    oddList: () => ({ principal: 'p', write: [1] }),
  }
  const asked = []
  const authorize = (question) => {
    asked.push(question)
    return answers[question.room]()
  }
  const { url } = await serve(t, { authorize, log: (record) => records.push(record) })
  const client = await join(t, url, { schema: 'shop-2', token: 'tok' })
  const enter = async (name) => {
    const room = client.room(name)
    const denied = heard(room, 'denied')
    const refused = denied.then(({ code, retries }) => `${code} ${retries}`)
    return Promise.race([room.ready.then(() => room, () => refused), refused])
  }
  for (const name of ['reader', 'default']) {
    const room = await enter(name)
    assert.throws(() => room.set('a', 1), { code: 'Forbidden', name: 'RefusedError' })
  }
  assert.equal((await (await enter('writer')).set('a', 1).settled).kind, 'applied')
  const some = await enter('some')
  assert.equal((await some.set('own/a', 1).settled).kind, 'applied')
  assert.equal((await some.set('a', 1).settled).code, 'Forbidden')
  for (const name of ['nothing', 'no', 'null']) assert.equal(await enter(name), 'Forbidden false', name)
  assert.equal(await enter('code'), 'Unauthorized false')
  for (const name of ['odder', 'throws', 'rejects', 'yes', 'nobody', 'number', 'odd', 'oddList']) {
    assert.equal(await enter(name), 'Unavailable true', name)
    client.room(name).close()
  }
  assert.match(await enter('empty'), /Unavailable|Forbidden/)
  const [{ token, schema, request }] = asked
  assert.deepEqual([token, schema], ['tok', 'shop-2'])
  assert.equal(typeof request.headers.host, 'string')
  assert.ok(records.filter(({ event, level }) => event === 'authorizeFailed' && level === 'error').length >= 7)
})

test('ready is rejected by a denial for good, and a newer token asks again', async (t) => {
  const authorize = ({ token }) => {
    if (token !== 'good') throw new DenyError('Unauthorized')
    return { principal: 'ada', write: true }
  }
  const { url } = await serve(t, { authorize })
  const client = await join(t, url, { token: 'bad' })
  const room = client.room('cart')
  const edit = room.set('a', 1)
  await assert.rejects(room.ready, { code: 'Unauthorized' })
  await assert.rejects(room.ready, { code: 'Unauthorized' })
  assert.equal(room.status, 'degraded')
  client.setToken('good')
  await room.ready
  assert.equal((await edit.settled).kind, 'applied')
  assert.throws(() => client.setToken(7), { code: 'InvalidArgument' })
})

test('a room that is denied for good is asked for again when it is opened again', async (t) => {
  let banned = true
  const { url } = await serve(t, { authorize: () => (banned ? null : { principal: 'ada', write: true }) })
  const client = await join(t, url)
  const room = client.room('cart')
  await assert.rejects(room.ready, { code: 'Forbidden', expected: 'a room that may be entered' })
  banned = false
  await assert.rejects(room.ready, { code: 'Forbidden' })
  assert.equal(client.room('cart'), room)
  await room.ready
})

test('a server without authorize is not made', () => {
  for (const authorize of [undefined, true, {}]) {
    assert.throws(() => new Server({ authorize }), { code: 'InvalidArgument' })
  }
})

test('what was granted can be taken back', async (t) => {
  let banned = false
  const authorize = ({ token }) => (banned && token === 'person-1' ? null : { principal: token, write: true })
  const { server, rooms: [ada, bob] } = await meet(t, { authorize })
  const left = heard(server, 'left')
  const denied = heard(bob, 'denied')
  banned = true
  server.revoke('person-1')
  const { room, principal } = await left
  assert.deepEqual([room, principal], ['cart', 'person-1'])
  assert.equal((await denied).code, 'Forbidden')
  assert.equal((await ada.set('a', 1).settled).kind, 'applied')
})

test('a server tells who comes, who goes, and what changes', async (t) => {
  const { server, url } = await serve(t)
  const told = []
  for (const name of ['opened', 'joined', 'left', 'change', 'closed']) server.on(name, (event) => told.push([name, event]))
  const client = await join(t, url, { token: 'ada' })
  const room = client.room('cart')
  const changed = heard(server, 'change')
  await room.set('a', 1).settled
  assert.deepEqual(await changed, { room: 'cart', keys: ['a'], version: 1, principals: ['ada'] })
  assert.deepEqual(server.rooms(), ['cart'])
  const left = heard(server, 'left')
  client.close()
  await left
  await server.room('cart').set('b', 1)
  assert.deepEqual(told.map(([name]) => name), ['opened', 'joined', 'change', 'left', 'change'])
  assert.deepEqual(told[0][1], { room: 'cart', droppedBytes: 0 })
  const { conn, channel, ...joined } = told[1][1]
  assert.deepEqual(joined, { room: 'cart', principal: 'ada' })
  assert.deepEqual([typeof conn, typeof channel], ['number', 'number'])
  assert.deepEqual(told[4][1].principals, [])
})

test('a connection that is refused for good stops asking', async (t) => {
  const { server, url } = await serve(t, { codecs: ['binary'] })
  const client = await join(t, url, { codec: 'json' })
  const failed = heard(client, 'failed')
  const room = client.room('cart')
  await assert.rejects(room.ready, { code: 'Unsupported' })
  assert.equal((await failed).retries, false)
  await assert.rejects(room.ready, { code: 'Unsupported' })
  client.setToken('another')
  await assert.rejects(room.ready, { code: 'Unsupported' })
  assert.deepEqual(server.rooms(), [])
})

test('both codecs work with each other', async (t) => {
  const { rooms: [ada, bob] } = await meet(t, {}, [{ codec: 'json' }, { codec: 'binary', timing }])
  ada.set('a', { b: [1, 2.5, 'ü'] })
  await shows(bob, 'a', { b: [1, 2.5, 'ü'] })
  bob.add('n', 1)
  await until(ada, 'change', () => ada.get('n') === 1)
})
