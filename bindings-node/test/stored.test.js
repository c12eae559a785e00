// When an edit is stored, and who says so.

import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { test } from 'node:test'

import { ClosedError } from 'syncline'

import { directory, join } from './support/world.js'

const NOWHERE = 'ws://127.0.0.1:1'

test('what is said to be stored is there in a copy of the storage', async (t) => {
  const storage = `${directory()}/outbox`
  const client = await join(t, NOWHERE, { storage })
  await client.stored()
  const room = client.room('cart')
  for (let n = 0; n < 50; n += 1) room.set(`k${n}`, n)
  await Promise.all([client.stored(), client.stored()])
  const copy = `${directory()}/outbox`
  cpSync(storage, copy)
  const copied = await join(t, NOWHERE, { storage: copy })
  assert.equal(copied.pending, 50)
  assert.equal(copied.room('cart').get('k49'), 49)
})

test('whoever waits for storage hears of each edit by itself', async (t) => {
  const client = await join(t, NOWHERE, { storage: `${directory()}/outbox` })
  const room = client.room('cart')
  const order = []
  const waits = []
  for (let n = 0; n < 20; n += 1) {
    room.set('k', n)
    waits.push(client.stored().then(() => order.push(n)))
    if (n % 5 === 0) await new Promise(setImmediate)
  }
  await Promise.all(waits)
  assert.deepEqual(order, Array.from({ length: 20 }, (_, n) => n))
})

test('without a storage nothing is stored, and at the close nobody waits', async (t) => {
  const without = await join(t, NOWHERE)
  await assert.rejects(without.stored(), { code: 'WrongMode', actual: 'one without' })
  const client = await join(t, NOWHERE, { storage: `${directory()}/outbox` })
  client.room('cart').set('a', 1)
  const stored = client.stored()
  client.close()
  await stored.catch((error) => assert.ok(error instanceof ClosedError))
  await assert.rejects(client.stored(), ClosedError)
})
