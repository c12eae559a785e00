/** That outputs arrive whole and in order, however many and large they are. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { manualClient, manualServer, pump } from './pair.mjs'

test('more outputs than one buffer holds come in order', () => {
  const server = manualServer()
  const names = Array.from({ length: 5_000 }, (_, at) => `${at}-${'é'.repeat(at % 40)}`)
  for (const name of names) server.roomOpen(name)
  const outputs = server.drain()
  assert.deepEqual(
    outputs.map((output) => [output.kind, output.name]),
    names.map((name) => ['opened', name]),
  )
  assert.deepEqual(server.drain(), [])
  server.close()
})

test('outputs of every size around that of the buffer come whole', () => {
  const client = manualClient({ limits: { key_bytes: 1_024, room_name_bytes: 1_024 } })
  const server = manualServer()
  // A name of up to 1024 bytes fills what is left of the buffer to the last byte, in one of the rounds.
  for (let length = 1; length <= 128; length += 1) {
    const names = Array.from({ length: 700 }, (_, at) => `${at}`.padEnd(length, '.').slice(0, 128))
    for (const name of names) server.roomOpen(name)
    const opened = server.drain().filter((output) => output.kind === 'opened')
    for (const { room, name } of opened) {
      assert.ok(names.includes(name))
      server.roomDelete(room)
    }
    server.drain()
  }
  client.close()
  server.close()
})

test('frames and records far larger than the buffer come whole', () => {
  const limits = { frame_bytes: 16_777_216, value_bytes: 1_048_576, mutation_bytes: 1_048_576, window_bytes: 16_777_216, bytes_minute: 4_294_967_295 }
  const client = manualClient({ limits })
  const server = manualServer({ limits })
  const room = client.open('cart')
  // The server's limits are told first.
  pump(client, server)
  const values = Array.from({ length: 8 }, (_, at) => String(at).repeat(1_000_000))
  for (const [at, value] of values.entries()) client.set(room, `k${at}`, value)
  client.flush()
  const frames = client.drain()
  const sizes = frames.filter((output) => output.kind === 'transmit').map((output) => output.bytes.length)
  assert.ok(Math.max(...sizes) > 1_000_000, `${sizes}`)
  for (const frame of frames) if (frame.kind === 'transmit') server.receive(1, frame.bytes)
  pump(client, server, { conn: 1 })
  const number = server.room('cart')
  for (const [at, value] of values.entries()) assert.equal(server.roomGet(number, `k${at}`)?.[1], value)
  assert.ok(server.roomExport(number).length > 8_000_000)
  client.close()
  server.close()
})

test('bytes that were given out do not change later', () => {
  const client = manualClient()
  client.open('cart')
  const [connect] = client.drain().filter((output) => output.kind === 'connect')
  assert.ok(connect)
  client.connected('ada')
  const [hello] = client.drain().filter((output) => output.kind === 'transmit')
  const copy = Uint8Array.from(hello.bytes)
  client.set(client.open('other'), 'k', 'x'.repeat(1_000))
  client.drain()
  assert.deepEqual(hello.bytes, copy)
  assert.equal(hello.bytes.buffer.byteLength, hello.bytes.length)
  client.close()
})
