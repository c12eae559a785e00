// Peers that mean no good, over real sockets: each ends as it should, and another client is served meanwhile.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'

import { WebSocket } from 'ws'

import { meet } from './support/world.js'

const greeting = (codec) => JSON.stringify({ type: 'hello', oldest: 1, newest: 1, codecs: [codec], token: 'eve' })
const join = JSON.stringify({
  type: 'join', channel: 1, room: 'noise', client: 'e'.repeat(32), writes: false, version: 0, heard: 0,
})
const PING = Uint8Array.of(6, 0)

/** A server with small limits, and somebody whose edits have to go on. */
async function served(t, { limits, timing } = {}) {
  const world = await meet(t, { limits, timing }, [{}])
  const [room] = world.rooms
  let edits = 0
  /** That as many edits as are made meanwhile are applied. */
  const served = async (many = 20) => {
    for (let n = 0; n < many; n += 1) {
      edits += 1
      assert.equal((await room.add('edits', 1).settled).kind, 'applied')
    }
    assert.equal(await world.server.room('cart').get('edits'), edits)
  }
  return { ...world, served }
}

/** An open socket that has said these. */
async function open(url, ...messages) {
  const socket = new WebSocket(url)
  socket.on('error', () => {})
  await once(socket, 'open')
  for (const message of messages) socket.send(message)
  return socket
}

const closed = async (socket) => {
  const [code, reason] = await once(socket, 'close')
  return [code, String(reason)]
}

/** A TCP connection that has asked for a WebSocket, and says anything after that. */
async function raw(port) {
  const socket = createConnection(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  const key = randomBytes(16).toString('base64')
  socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`)
  await once(socket, 'data')
  return socket
}

/** Its end, also one by a reset, as of whoever still writes. */
const gone = (socket) => new Promise((resolve) => { socket.on('close', resolve) })

test('text where binary belongs ends its connection', async (t) => {
  const { url, served: others } = await served(t)
  for (const text of ['Integer out of range!', '{"type":"ping","count":1}', '']) {
    const socket = await open(url, greeting('binary'))
    await once(socket, 'message')
    const end = closed(socket)
    socket.send(text)
    const [code, reason] = await end
    assert.equal(code, 1002, `${text}: ${reason}`)
    await others(2)
  }
})

test('a greeting that is too large ends its connection', async (t) => {
  const { server, url, served: others } = await served(t)
  for (const message of [new Uint8Array(8_193), `{"type":"hello","token":"${'x'.repeat(8_192)}"}`]) {
    const socket = await open(url)
    const end = closed(socket)
    socket.send(message)
    assert.deepEqual(await end, [1009, 'FrameTooLarge'])
    await others(2)
  }
  assert.equal(server.metrics().connections, 1)
})

test('strangers that say nothing, or never finish, are closed and keep nobody out', async (t) => {
  const { server, url, port, served: others } = await served(t, { limits: { server_connections: 20 }, timing: { hello_ms: 1_500 } })
  const silent = await Promise.all(Array.from({ length: 10 }, () => open(url)))
  const ends = silent.map(closed)
  // A frame of a megabyte, of which a byte comes now and then.
  const slow = await Promise.all(Array.from({ length: 9 }, () => raw(port)))
  const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 2, 3, 4])
  const dribbling = setInterval(() => { for (const socket of slow) socket.write(Buffer.of(0)) }, 20)
  t.after(() => { clearInterval(dribbling) })
  for (const socket of slow) socket.write(head)
  const slowEnds = slow.map(gone)
  while (server.metrics().connections < 20) await pause(10)
  const refused = await open(url)
  assert.deepEqual(await closed(refused), [1013, 'TooMany'])
  await others()
  assert.deepEqual(await Promise.all(ends), silent.map(() => [1013, 'HelloTimeout']))
  await Promise.all(slowEnds)
  await others()
  assert.equal(server.metrics().connections, 1)
  assert.equal((await once(await open(url, greeting('json')), 'message')).length, 2)
})

test('a flood of tiny messages is not read, and others are served meanwhile', async (t) => {
  const { server, url, served: others } = await served(t, { limits: { frames_minute: 200 } })
  const pings = (count) => Array.from({ length: count }, () => PING)
  // What comes at once is held; after that the socket is paused.
  const socket = await open(url, greeting('binary'), ...pings(500))
  await once(socket, 'message')
  await others(5)
  await pause(100)
  for (const ping of pings(60_000)) socket.send(ping)
  await others()
  await pause(100)
  const { frames_in, closed: ends } = server.metrics()
  assert.ok(frames_in < 2_000, `${frames_in} messages were read`)
  assert.equal(ends['Flood'], undefined)
  assert.equal(socket.readyState, WebSocket.OPEN)
  const left = closed(socket)
  socket.terminate()
  await left
  await others()
})

test('a peer that never reads is closed, and others are served meanwhile', async (t) => {
  const { server, url, served: others } = await served(t, { timing: { stall_ms: 300 } })
  const socket = await open(url, greeting('json'), join)
  await once(socket, 'message')
  socket._socket.pause()
  const text = 'x'.repeat(60_000)
  const left = new Promise((resolve) => { server.on('left', resolve) })
  for (let n = 0; n < 300; n += 1) await server.room('noise').set('text', text + n)
  await others()
  const { code } = await left
  assert.equal(code, 'Stalled')
  assert.equal(server.metrics().closed['Stalled'], 1)
  await others()
  // Far less was sent than was written: what waited for it was one frame.
  assert.ok(server.metrics().bytes_out < 300 * 60_000 * 1.5, String(server.metrics().bytes_out))
  socket.terminate()
})

/** Sends bytes again and again until the connection ends; says how many were taken, or about the most. */
async function say(socket, bytes, most) {
  const end = new Promise((resolve) => { socket.on('close', resolve) })
  let said = 0
  for (; said < most && !socket.destroyed; said += bytes.length) {
    if (!socket.write(bytes)) await Promise.race([new Promise((resolve) => { socket.once('drain', resolve) }), end])
  }
  return said
}

test('a peer that pings and does not read makes nobody hold the answers', async (t) => {
  const { port, served: others } = await served(t, { timing: { hello_ms: 60_000 } })
  const socket = await raw(port)
  // Nobody reads here. The system holds some megabytes of the answers by itself.
  socket.pause()
  const ping = [0x89, 0xfd, 0, 0, 0, 0, ...new Uint8Array(125)]
  const said = await say(socket, Buffer.from(Array.from({ length: 500 }, () => ping).flat()), 64_000_000)
  assert.ok(said < 64_000_000, 'pings are answered although nobody reads that')
  await others()
})

test('a message of too many parts ends its connection', async (t) => {
  const { port, served: others } = await served(t, { timing: { hello_ms: 60_000 } })
  const socket = await raw(port)
  socket.resume()
  socket.write(Buffer.from([0x02, 0x80, 0, 0, 0, 0]))
  const end = gone(socket)
  // One without a byte takes no place.
  const part = [0x00, 0x81, 0, 0, 0, 0, 0]
  socket.write(Buffer.from(Array.from({ length: 20_000 }, () => part).flat()))
  await end
  await others()
})

test('frames that are no frames of a WebSocket end their connection', async (t) => {
  const { port, served: others } = await served(t)
  for (const bytes of [
    [0x82, 0x01, 0x06], // Without a mask.
    [0xf2, 0x80, 1, 2, 3, 4], // With bits that have no meaning, as of compression that was not agreed on.
    [0x83, 0x80, 1, 2, 3, 4], // Of a kind that there is not.
    [0x89, 0xfe, 0x00, 0x80, 1, 2, 3, 4], // A ping that is too long.
    [0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4], // Of 2^63 bytes.
  ]) {
    const socket = await raw(port)
    const end = gone(socket)
    socket.resume()
    socket.write(Buffer.from(bytes))
    await end
    await others(2)
  }
})
