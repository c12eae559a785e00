// A short run of what `make kill` does at length, and a server that breaks its word.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { drive } from './drive.mjs'

for (const server of ['node', 'python']) {
  test(`a server in ${server} that is killed, and clients that are, lose nothing that they said`, async () => {
    const done = await drive({ kills: 8, server, working: 100 })
    assert.deepEqual(done.wrong, [], `seed ${done.seed}`)
    assert.deepEqual(done.killed, { server: 8, bob: 2, cyd: 2 })
    assert.ok(done.applied > 0)
  })
}

test('a server that tells before it is durable is found out', async () => {
  let wrong = []
  // It may be killed before it has told anything.
  for (let turn = 0; turn < 8 && wrong.length === 0; turn += 1) ({ wrong } = await drive({ kills: 8, server: 'node', volatile: true, working: 100 }))
  assert.match(wrong.join('\n'), /are lost|was told/)
})
