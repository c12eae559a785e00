// What is recorded of a client and a server is replayed to the same by the engine's own program.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join as joined } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { connect } from 'syncline'
import { ClientHandle, ServerHandle } from 'syncline/handle'

import { directory, join, serve } from './support/world.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What the replay of a recording says. */
function replayed(path, ...options) {
  const words = ['run', '--quiet', '--locked', '-p', 'syncline-core', '--example', 'flight', '--', path, ...options]
  return execFileSync('cargo', words, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 })
}

test('what was recorded is replayed to the same', async (t) => {
  const folder = directory(t)
  const [client, server] = [joined(folder, 'client.flight'), joined(folder, 'server.flight')]
  // Who somebody is may be recorded, and the token by which they show it may not.
  const authorize = () => ({ principal: 'ada', write: true })
  const { server: running, port } = await serve(t, { authorize, flight: server, storage: joined(folder, 'rooms') })
  const storage = joined(folder, 'outbox')
  const connected = await join(t, `ws://127.0.0.1:${port}`, { flight: client, storage, token: 'ada-secret' })
  const room = connected.room('cart')
  for (let number = 0; number < 5; number++) await room.set('total', number).settled
  for (const [each, path] of [[connected, client], [running, server]]) {
    const status = each.flight()
    assert.deepEqual(status, { path, bytes: status.bytes, full: false, failed: false })
    assert.ok(status.bytes > 300, String(status.bytes))
  }
  await connected.close()
  await running.close()
  for (const path of [client, server]) {
    assert.match(replayed(path, '--quiet'), /\nthe same: \d+ calls\n$/)
    assert.ok(!readFileSync(path, 'latin1').includes('secret'))
  }
  const told = replayed(client, '--room', 'cart')
  assert.match(told, /key: "total"/)
  assert.match(told, /verdict: Applied/)
})

test('a recording stops where it is full', async (t) => {
  const flight = joined(directory(t), 'client.flight')
  const client = await connect('ws://localhost:1', { flight, flight_bytes: 2000 })
  const room = client.room('cart')
  for (let number = 0; number < 100; number++) room.set(`key ${number}`, number)
  const { full, bytes } = client.flight()
  assert.ok(full && bytes > 1000 && bytes <= 2000, String(bytes))
  await client.close()
  assert.ok(statSync(flight).size < 2200)
  assert.match(replayed(flight), /the recording was full/)
})

test('handles tell how far their recordings are, and nothing where nothing is recorded', async (t) => {
  const folder = directory(t)
  const seed = new Uint8Array(32)
  const paths = [joined(folder, 'client "1".flight'), joined(folder, 'server.flight')]
  const client = ClientHandle.manual({ flight: paths[0] }, seed, [], 0)
  const server = ServerHandle.manual({ flight: paths[1], flight_bytes: 2000 }, 'durable', seed, 0)
  assert.deepEqual([client, server].map((handle) => handle.flight().path), paths)
  const { bytes } = client.flight()
  client.open('cart')
  assert.ok(client.flight().bytes > bytes)
  for (let conn = 0; conn < 300 && !server.flight().full; conn++) server.connected(conn)
  assert.ok(server.flight().full && !client.flight().full)
  for (const handle of [client, server]) handle.close()
  const { server: running, port } = await serve(t, {})
  const connected = await join(t, `ws://127.0.0.1:${port}`, {})
  assert.deepEqual([running.flight(), connected.flight()], [undefined, undefined])
})
