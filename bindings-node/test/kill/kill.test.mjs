// A short run of what `make kill` does at length, and a server that breaks its word.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { drive } from './drive.mjs'
import { Ghost } from './ghost.mjs'

for (const server of ['node', 'python']) {
  test(`a server in ${server} that is killed, and clients that are, lose nothing that they said`, async () => {
    const done = await drive({ kills: 12, server, working: 100 })
    assert.deepEqual(done.wrong, [], `seed ${done.seed}`)
    assert.deepEqual(done.killed, { server: 8, bob: 2, cyd: 2 })
    assert.ok(done.applied > 0)
  })
}

test('a server that tells before it is durable is found out', async () => {
  let wrong = []
  // It may be killed before it has told anything.
  for (let turn = 0; turn < 8 && wrong.length === 0; turn += 1) ({ wrong } = await drive({ kills: 3, server: 'node', volatile: true, working: 100 }))
  assert.match(wrong.join('\n'), /are lost|was told/)
})

test('whatever is wrong with a room is said', () => {
  const ghost = new Ghost()
  for (const line of ['m 1.0', 'a 1.0', 'm 1.1', 'a 1.1', 'm 1.2']) ghost.hear('ada', line)
  const right = { 'write/ada/1.0': '', 'write/ada/1.1': '', 'write/ada/1.2': '', 'sum/ada': 3, 'list/ada': ['1.0'] }
  assert.deepEqual(ghost.judge(right), [])
  const wrong = (change) => ghost.judge({ ...right, ...change }).join('\n')
  assert.match(wrong({ 'sum/ada': 4 }), /3 writes were added 4 times/)
  assert.match(wrong({ 'list/ada': ['1.0', '1.0'] }), /2 items/)
  assert.match(wrong({ 'write/ada/9.9': '' }), /nobody made 9.9/)
  const { 'write/ada/1.0': _, ...lost } = right
  assert.match(ghost.judge({ ...lost, 'sum/ada': 2, 'list/ada': [] }).join('\n'), /1 acknowledged writes are lost, such as 1.0/)
  const { 'write/ada/1.2': __, ...gone } = right
  assert.match(ghost.judge({ ...gone, 'sum/ada': 2 }).join('\n'), /never killed are gone, such as 1.2/)
  ghost.killed('ada')
  assert.deepEqual(ghost.judge({ ...gone, 'sum/ada': 2 }), [], 'what was not told may be gone with its client')
  ghost.hear('ada', 'w unknown Expired')
  assert.match(ghost.judge(right).join('\n'), /was told unknown Expired/)
})
