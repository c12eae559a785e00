// Where a server listens: on a port, at an HTTP server of an application, or for handshakes that it is given.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createConnection } from 'node:net'
import { test } from 'node:test'

import { Server } from 'syncline'
import { WebSocket, WebSocketServer } from 'ws'

import { byName, join, serve } from './support/world.js'
import { outcome } from './support/outcome.js'
import { run } from './support/process.js'

test('a server shares the HTTP server of an application', async (t) => {
  const http = createServer((_, response) => response.end('page'))
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => http.close())
  const { server, url } = await serve(t, {}, { server: http, path: '/sync', port: undefined, host: undefined })
  assert.match(url, /^ws:\/\/127\.0\.0\.1:\d+\/sync$/)
  const client = await join(t, url)
  assert.equal((await client.room('cart').set('a', 1).settled).kind, 'applied')
  assert.equal(await (await fetch(url.replace('ws', 'http').replace('/sync', '/'))).text(), 'page')
  assert.equal(await outcome(new WebSocket(url.replace('/sync', '/other'))), 404)
  client.close()
  await server.close()
})

test('other endpoints of an HTTP server are left alone', async (t) => {
  const http = createServer()
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => http.close())
  const where = { server: http, port: undefined, host: undefined }
  const [one, two] = [await serve(t, {}, { ...where, path: '/one' }), await serve(t, {}, { ...where, path: '/two' })]
  const own = new WebSocketServer({ noServer: true })
  http.on('upgrade', (request, socket, head) => {
    if (request.url === '/own') own.handleUpgrade(request, socket, head, (opened) => opened.close(4321))
  })
  for (const { server, url } of [one, two]) {
    const client = await join(t, `${url}?from=test`)
    assert.equal((await client.room('cart').set('a', 1).settled).kind, 'applied')
    assert.equal(server.metrics().connections, 1)
    client.close()
  }
  const other = new WebSocket(one.url.replace('/one', '/own'))
  assert.equal((await once(other, 'close'))[0], 4321)
  await one.server.close()
  await two.server.close()
  assert.equal(http.listenerCount('upgrade'), 1)
})

test('a request that is never finished does not hold up the close', async (t) => {
  const { server, port } = await serve(t)
  const socket = createConnection(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  // The answer to the first request says that the second, of which half has come, is there too.
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\nPOST / HTTP/1.1\r\nHost: x\r\n')
  await once(socket, 'data')
  await server.close()
  await closed
})

test('an HTTP server that fails does so as without a listener', async (t) => {
  const { port } = await serve(t)
  const http = createServer()
  const { server } = await serve(t, {}, { server: http, port: undefined, host: undefined })
  http.listen(port, '127.0.0.1')
  const [error] = await once(http, 'error')
  assert.equal(error.code, 'EADDRINUSE')
  await server.close()
  const { code, output } = await run('taken.js', String(port))
  assert.deepEqual([code, output], [0, 'uncaught EADDRINUSE\n'])
})

test('a server takes over the handshakes that it is given', async (t) => {
  const { server } = await serve(t)
  const http = createServer()
  http.on('upgrade', (request, socket, head) => server.upgrade(request, socket, head))
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => http.close())
  const url = `ws://127.0.0.1:${http.address().port}/`
  const client = await join(t, url)
  assert.equal((await client.room('cart').set('a', 1).settled).kind, 'applied')
  assert.equal(await outcome(new WebSocket(url, { origin: 'https://evil.example' })), 403)
})

test('handshakes of an application do not throw after the close', async (t) => {
  const { server } = await serve(t)
  const http = createServer()
  http.on('upgrade', (request, socket, head) => server.upgrade(request, socket, head))
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => http.close())
  await server.close()
  assert.equal(await outcome(new WebSocket(`ws://127.0.0.1:${http.address().port}/`)), 503)
})

test('a port that is taken is an error of the listener', async (t) => {
  const { port } = await serve(t)
  const server = new Server({ authorize: byName })
  t.after(() => server.close())
  await assert.rejects(server.listen({ port, host: '127.0.0.1' }), { code: 'EADDRINUSE' })
  await assert.rejects(server.listen({ prot: 1 }), { code: 'InvalidArgument' })
})
