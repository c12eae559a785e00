// What is recorded of a client and a server is replayed to the same by the engine's own program.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join as joined } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { connect } from 'syncline'

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
  await client.close()
  assert.ok(statSync(flight).size < 2200)
  assert.match(replayed(flight), /the recording was full/)
})
