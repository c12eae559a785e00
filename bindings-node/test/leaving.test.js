// Workers and processes that end in the middle of everything: no crash, no hang, and what was told is on the disk.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { Server } from 'syncline'

import { run } from './support/process.js'
import { byName, directory } from './support/world.js'

/** The rooms that were left hold what was told of them, and nobody else has them open. */
async function tell(folder, count) {
  const left = readdirSync(folder).filter((name) => name.endsWith('-rooms'))
  assert.equal(left.length, count)
  for (const name of left) {
    const server = new Server({ storage: join(folder, name), authorize: byName })
    assert.equal(await server.room('cart').get('first'), 1)
    await server.close()
  }
}

test('workers end in every way with everything open, and the process goes on and ends well', async () => {
  const folder = directory()
  const { code, signal, output } = await run('workers.js', folder, '21')
  assert.deepEqual([code, signal, output], [0, null, 'all ended\n'])
  await tell(folder, 21)
})

test('a process ends in every way with everything open', async () => {
  const folder = directory()
  const ends = [
    ['exit', 0], ['exit in a listener', 0], ['throw', 1], ['throw in a listener', 1], ['close and exit', 0], ['nothing left', 0],
  ]
  const ended = await Promise.all(ends.map(async ([end, expected]) => {
    const { code, signal } = await run('leaving.js', folder, end)
    assert.deepEqual([code, signal], [expected, null], end)
  }))
  await tell(folder, ended.length)
})
