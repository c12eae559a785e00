// Who is in a room.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { meet, network, until } from './support/world.js'

test('clients see each other, and what each shows of itself', async (t) => {
  const { server, rooms: [ada, bob], clients: [client] } = await meet(t)
  assert.equal(ada.presence.self, null)
  ada.presence.update({ name: 'Ada', cursor: 1 })
  assert.deepEqual(ada.presence.self, { name: 'Ada', cursor: 1 })
  const seen = () => JSON.stringify(bob.presence.others.get(ada.presence.id))
  await until(bob, 'presence', () => seen() === '{"name":"Ada","cursor":1}')
  ada.presence.update({ cursor: null, typing: true })
  await until(bob, 'presence', () => seen() === '{"name":"Ada","typing":true}')
  bob.presence.update({ name: 'Bob' })
  await until(ada, 'presence', () => ada.presence.others.size === 1)
  assert.equal(typeof bob.presence.id, 'number')
  assert.equal((await server.room('cart').presences()).size, 2)
  assert.deepEqual([...ada.presence.others], [[bob.presence.id, { name: 'Bob' }]])
  assert.throws(() => ada.presence.update({ x: 'x'.repeat(5_000) }), { code: 'ValueTooLarge' })
  assert.throws(() => ada.presence.update(() => {}), { code: 'InvalidArgument' })
  ada.presence.clear()
  assert.equal(ada.presence.self, null)
  await until(bob, 'presence', () => bob.presence.others.size === 0)
  ada.presence.update({ name: 'Ada' })
  await until(bob, 'presence', () => bob.presence.others.size === 1)
  client.close()
  await until(bob, 'presence', () => bob.presence.others.size === 0)
})

test('what a client shows of itself stays over a reconnect', async (t) => {
  const net = network()
  const { rooms: [ada, bob], clients: [client] } = await meet(t, {}, [{ WebSocket: net.WebSocket }, {}])
  ada.presence.update({ name: 'Ada' })
  await until(bob, 'presence', () => bob.presence.others.size === 1)
  await net.down(client)
  assert.equal(ada.presence.id, undefined)
  assert.deepEqual(ada.presence.self, { name: 'Ada' })
  await until(bob, 'presence', () => bob.presence.others.size === 0)
  net.up(client)
  await until(bob, 'presence', () => bob.presence.others.size === 1)
  assert.deepEqual([...bob.presence.others.values()], [{ name: 'Ada' }])
})
