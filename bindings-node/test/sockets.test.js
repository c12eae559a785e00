// Sockets of both shapes: who may come in, what is too much, who reads slowly, and how they end.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'

import { connect, Server } from 'syncline'
import { WebSocket, WebSocketServer } from 'ws'

import { byName, heard, join, meet, serve, shows, timing, until } from './support/world.js'
import { outcome } from './support/outcome.js'
import { lone, pairs } from './support/pair.js'

test('only pages of known origins come in', async (t) => {
  const cases = [
    [undefined, undefined, true],
    [undefined, (host) => `http://${host}`, true],
    [undefined, (host) => `https://${host}`, true],
    [undefined, (host) => `http://${host}.evil.example`, false],
    [undefined, (host) => `http://evil.example/${host}`, false],
    [undefined, () => 'http://127.0.0.1:1', false],
    [undefined, () => 'null', false],
    [undefined, () => '', false],
    [['https://app.example'], () => 'https://app.example', true],
    [['https://app.example'], undefined, true],
    [['https://app.example'], () => 'https://app.example.evil.example', false],
    [['https://app.example'], () => 'http://app.example', false],
    [['https://app.example'], (host) => `http://${host}`, false],
    [['HTTPS://App.Example:443/'], () => 'https://app.example', true],
    [['app://local', 'null'], () => 'app://local', true],
    [['app://local', 'null'], () => 'null', true],
    [[], (host) => `http://${host}`, false],
    ['*', () => 'https://anywhere.example', true],
  ]
  for (const [origins, from, allowed] of cases) {
    const records = []
    const log = (record) => records.push(record)
    const { server, port, url } = await serve(t, { ...(origins && { origins }), log })
    const host = `127.0.0.1:${port}`
    const headers = from === undefined ? {} : { origin: from(host) }
    const name = `${JSON.stringify(origins)} ${headers.origin}`
    const socket = new WebSocket(url, { headers })
    assert.equal(await outcome(socket), allowed ? 'open' : 403, name)
    assert.equal(records.some(({ event }) => event === 'originRefused'), !allowed, name)
    socket.terminate()

    // The same for a socket that is attached: it is closed before the engine hears of it.
    const side = lone()
    const conn = server.attach(side, { headers: { host, ...headers } })
    assert.equal(conn !== undefined, allowed, name)
    assert.deepEqual(side.closed, allowed ? undefined : { code: 1008, reason: 'Forbidden' }, name)
    const standard = lone()
    assert.equal(server.attach(standard, new Request(`http://${host}/`, { headers: { host } })) !== undefined, true)
    await server.close()
  }
})

test('a socket without its request is refused, unless anyone may come in', async (t) => {
  const { server } = await serve(t)
  const side = lone()
  assert.equal(server.attach(side), undefined)
  assert.equal(side.closed.code, 1008)
  const { server: open } = await serve(t, { origins: '*' })
  assert.equal(typeof open.attach(lone()), 'number')
  for (const origins of [
    'https://app.example', [1], 7, null, ['app.example'], [''], ['*'], ['file://'], ['https://app.example/page'], ['https://app.example?a'],
    ['https://ada@app.example'], ['https://app.example#a'], ['data:x'],
  ]) {
    assert.throws(() => new Server({ authorize: byName, origins }), { code: 'InvalidArgument' })
  }
})

test('what is no socket is refused, and told what it lacks', async (t) => {
  const { server } = await serve(t, { origins: '*' })
  for (const [socket, lacking] of [
    [undefined, 'send'],
    ['x', 'send'],
    [{}, 'send'],
    [{ send() {}, close() {} }, 'addEventListener, bufferedAmount, readyState'],
    [{ send() {}, close() {}, on() {}, terminate() {}, readyState: 1 }, 'pause, resume'],
    [{ send() {}, close() {}, addEventListener() {}, readyState: 1 }, 'bufferedAmount'],
  ]) {
    assert.throws(() => server.attach(socket), (error) => error.code === 'InvalidArgument' && error.actual.includes(lacking))
  }
})

test('a socket that is over or not open yet can be attached', async (t) => {
  const accepted = []
  const { server } = await serve(t, { origins: '*' })
  const over = lone()
  over.readyState = 3
  server.attach(over)
  const early = lone()
  early.readyState = 0
  server.attach(early)
  assert.equal(server.metrics().connections, 0)
  early.readyState = 1
  early.dispatchEvent(new Event('open'))
  assert.equal(server.metrics().connections, 1)
  early.close()
  await new Promise(setImmediate)
  assert.equal(server.metrics().connections, 0)
  assert.deepEqual(accepted, [])
})

test('clients and servers meet over sockets of the standard shape', async (t) => {
  const server = new Server({ authorize: byName, origins: '*' })
  t.after(() => server.close())
  const clients = []
  for (const [index, codec] of ['binary', 'json'].entries()) {
    const client = await join(t, 'wss://sync.example/path', {
      token: `person-${index}`, codec, WebSocket: pairs((side) => { if (!server.closed) server.attach(side) }),
    })
    clients.push(client)
  }
  const [ada, bob] = clients.map((client) => client.room('cart'))
  assert.equal((await ada.set('a', { b: 1 }).settled).kind, 'applied')
  await bob.ready
  await shows(bob, 'a', { b: 1 })
})

test('a slow reader costs a number and not a queue', async (t) => {
  let far
  const { server, rooms: [ada], url } = await meet(t, { origins: '*' }, [{}])
  const slow = await join(t, url, { token: 'bob', WebSocket: pairs((side) => { far = side; if (!server.closed) server.attach(side) }) })
  const room = slow.room('cart')
  await room.ready
  const before = far.sent
  far.stalled = true
  const text = 'x'.repeat(10_000)
  for (let n = 0; n < 100; n += 1) await server.room('cart').batch((write) => { write.set('n', n); write.set('text', text + n) })
  // One frame is under way, and none is sent before it has left.
  assert.equal(far.sent, before + 1)
  assert.ok(far.bufferedAmount < 20_000, String(far.bufferedAmount))
  await shows(ada, 'n', 99)
  far.release()
  await shows(room, 'n', 99)
  assert.ok(far.sent <= before + 3, String(far.sent - before))
  assert.equal(room.get('text'), `${text}99`)
})

test('a slow reader over a network costs a number too', async (t) => {
  const { server } = await serve(t)
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  t.after(() => sockets.close())
  await once(sockets, 'listening')
  let far
  sockets.on('connection', (socket, request) => { far = socket; server.attach(socket, request) })
  class Reader extends WebSocket {
    constructor(url) {
      super(url)
      Reader.latest = this
    }
  }
  const client = await join(t, `ws://127.0.0.1:${sockets.address().port}`, { WebSocket: Reader })
  const room = client.room('cart')
  await room.ready
  Reader.latest.pause()
  const sent = []
  const { send } = far
  far.send = function (...args) { sent.push(args[0].length); return send.apply(this, args) }
  const text = 'x'.repeat(60_000)
  for (let n = 0; n < 400; n += 1) await server.room('cart').batch((write) => { write.set('n', n); write.set('text', text + n) })
  assert.ok(far.bufferedAmount < 2 * 65_536, String(far.bufferedAmount))
  assert.ok(sent.length < 400, String(sent.length))
  Reader.latest.resume()
  await shows(room, 'n', 399)
})

test('a message above the limit ends its connection', async (t) => {
  const limits = { frame_bytes: 300_000 }
  const { server, url } = await serve(t, { limits, origins: '*' })
  const socket = new WebSocket(url)
  socket.on('error', () => {})
  await once(socket, 'open')
  socket.send(new Uint8Array(300_001))
  assert.equal((await once(socket, 'close'))[0], 1009)

  for (const message of [new Uint8Array(300_001), 'x'.repeat(300_001), 'ü'.repeat(150_001), new Blob(['x'])]) {
    const side = lone()
    server.attach(side)
    const before = server.metrics().frames_in
    side.dispatchEvent(Object.assign(new Event('message'), { data: message }))
    assert.deepEqual(side.closed, { code: 1009, reason: 'FrameTooLarge' })
    assert.equal(server.metrics().frames_in, before)
  }
  const side = lone()
  server.attach(side)
  const before = server.metrics().frames_in
  side.dispatchEvent(Object.assign(new Event('message'), { data: 'x'.repeat(300_000) }))
  assert.equal(server.metrics().frames_in, before + 1)
})

test('a peer that talks nonsense is told so and closed', async (t) => {
  const { url } = await serve(t, { timing: { hello_ms: 50 } })
  for (const [message, code] of [['nonsense', 1002], [new Uint8Array([255, 255]), 1002], [undefined, 1013]]) {
    const socket = new WebSocket(url)
    await once(socket, 'open')
    if (message !== undefined) socket.send(message)
    const [number, reason] = await once(socket, 'close')
    assert.equal(number, code, String(reason))
    assert.match(String(reason), /^[A-Z][A-Za-z]+$/)
  }
})

test('the late words of an old socket are not heard', async (t) => {
  const sides = []
  const { server } = await serve(t, { origins: '*' })
  const client = await join(t, 'ws://x', { WebSocket: pairs((side) => { sides.push(side); if (!server.closed) server.attach(side) }) })
  const room = client.room('cart')
  await room.ready
  const first = sides[0].peer
  const resumed = heard(room, 'resumed')
  first.readyState = 3
  first.dispatchEvent(Object.assign(new Event('close'), { code: 1006, reason: '' }))
  client.reconnect()
  await resumed
  assert.equal(sides.length, 2)
  const { frames_in } = client.metrics()
  first.dispatchEvent(Object.assign(new Event('message'), { data: new Uint8Array([1, 2, 3]).buffer }))
  first.dispatchEvent(new Event('open'))
  first.dispatchEvent(Object.assign(new Event('close'), { code: 1006, reason: '' }))
  assert.equal(client.metrics().frames_in, frames_in)
  assert.equal((await room.set('a', 1).settled).kind, 'applied')
  assert.equal(sides.length, 2)
})

test('a socket that cannot be made is an attempt that failed', async (t) => {
  let calls = 0
  const Broken = pairs(() => {})
  const WebSocket = class extends Broken {
    constructor(url) {
      super(url)
      calls += 1
      if (calls < 3) throw new RangeError('no socket')
    }
  }
  const client = await join(t, 'ws://x', { WebSocket })
  const failed = heard(client, 'failed', ({ error }) => error instanceof RangeError)
  client.room('cart')
  await failed
  await heard(client, 'failed')
  assert.ok(calls >= 2)
  for (const url of ['nonsense', 'http://x', 'ftp://x', 'ws://x/#a', undefined, 7]) await assert.rejects(connect(url), { code: 'InvalidArgument' })
  for (const options of [null, 7, { log: 7 }, { resolvers: null }, { resolvers: { a: 5 } }, { storge: 'x' }, { token: 7 }, { WebSocket: 'x' }, { limits: { x: 1 } }, { codec: 'x' }, { resolvers: { a: 'x' } }, { storage: '' }]) {
    await assert.rejects(connect('ws://x', options), { code: 'InvalidArgument' }, JSON.stringify(options))
  }
})

test('a server says good-bye, and clients come back to the next one', async (t) => {
  const { server, port, url } = await serve(t)
  const client = await connect(url, { token: 'ada', timing })
  t.after(() => client.close())
  const room = client.room('cart')
  await room.ready
  const failed = heard(client, 'failed')
  server.shutdown(1)
  const { error, retries } = await failed
  assert.deepEqual([error.code, retries], ['ShuttingDown', true])
  const edit = room.set('a', 1)
  await server.close()
  await serve(t, {}, { port })
  client.reconnect()
  assert.equal((await edit.settled).kind, 'applied')
})

test('a socket that comes after the close is closed', async (t) => {
  const { server } = await serve(t, { origins: '*' })
  await server.close()
  assert.equal(server.closed, true)
  const side = lone()
  assert.equal(server.attach(side), undefined)
  assert.deepEqual(side.closed, { code: 1001, reason: 'ShuttingDown' })
  assert.equal(server.attach({}), undefined)
})

test('a socket that throws costs nobody else anything', async (t) => {
  const records = []
  const { server, url } = await serve(t, { origins: '*', log: (record) => records.push(record) })
  const ada = (await join(t, url)).room('cart')
  await ada.ready
  let far
  const WebSocket = pairs((side) => { far = side; if (!server.closed) server.attach(side) })
  const bob = (await join(t, 'ws://x', { token: 'bob', WebSocket })).room('cart')
  await bob.ready
  const broken = far
  broken.send = () => { throw new RangeError('no sending') }
  const left = heard(server, 'left', ({ principal }) => principal === 'bob')
  const write = server.room('cart').set('a', 1)
  await left
  assert.equal(await write, 1)
  assert.equal((await ada.set('b', 1).settled).kind, 'applied')
  assert.deepEqual(broken.closed, { code: 1011, reason: 'Internal' })
  assert.ok(records.some(({ event, error }) => event === 'socketFailed' && error instanceof RangeError))
  await shows(bob, 'b', 1)
})

test('a client whose socket throws connects again', async (t) => {
  const { server } = await serve(t, { origins: '*' })
  let breaks = false
  class Breaking extends pairs((side) => { if (!server.closed) server.attach(side) }) {
    send(data) {
      if (breaks) {
        breaks = false
        throw new RangeError('no sending')
      }
      super.send(data)
    }
  }
  const client = await join(t, 'ws://x', { WebSocket: Breaking })
  const room = client.room('cart')
  await room.ready
  breaks = true
  const failed = heard(client, 'failed')
  const edit = room.set('a', 1)
  const { error, retries } = await failed
  assert.deepEqual([error.message, retries], ['no sending', true])
  assert.equal((await edit.settled).kind, 'applied')
})

test('a handshake that nobody answers is given up, and told', async (t) => {
  const sockets = []
  class Silent extends EventTarget {
    readyState = 0
    bufferedAmount = 0
    send() {}
    close() { this.readyState = 3 }
    constructor() { super(); sockets.push(this) }
  }
  const client = await join(t, 'ws://x', { WebSocket: Silent, timing: { ...timing, stall_ms: 1 } })
  const failed = heard(client, 'failed')
  client.room('cart')
  const { error, retries } = await failed
  assert.deepEqual([error.code, retries, sockets[0].readyState], ['Stalled', true, 3])
})

test('a handshake that nobody answers can be given up for another', async (t) => {
  const { server } = await serve(t, { origins: '*' })
  const sockets = []
  const Pair = pairs((side) => { if (!server.closed) server.attach(side) })
  const Silent = function Silent(url) {
    const silent = sockets.length < 2
    const socket = silent ? Object.assign(lone(), { readyState: 0 }) : new Pair(url)
    sockets.push(socket)
    return socket
  }
  const client = await join(t, 'ws://x', { WebSocket: Silent })
  const room = client.room('cart')
  await until(client, 'status', () => sockets.length === 1)
  client.reconnect()
  await new Promise(setImmediate)
  assert.equal(sockets.length, 2)
  client.setToken('bob')
  await room.ready
  assert.equal(sockets.length, 3)
  assert.deepEqual(sockets.slice(0, 2).map(({ closed }) => closed?.code), [1000, 1000])
})
