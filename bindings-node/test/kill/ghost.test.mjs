// What the judge of `make kill` finds wrong, told by hand.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Ghost } from './ghost.mjs'

test('whatever is wrong with a room is said', () => {
  const ghost = new Ghost()
  ghost.started('ada')
  for (const line of ['m 1.0', 'a 1.0', 'm 1.1', 'a 1.1', 'm 1.2', 's 0']) ghost.hear('ada', line)
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
  ghost.hear('ada', 'd 1.2')
  assert.match(ghost.judge({ ...gone, 'sum/ada': 2 }).join('\n'), /1 stored writes are gone, such as 1.2/)
  ghost.hear('ada', 'w unknown Expired')
  assert.match(ghost.judge(right).join('\n'), /was told unknown Expired/)
})

test('a client that never settles is found out', () => {
  const ghost = new Ghost()
  ghost.started('bob')
  assert.deepEqual(ghost.judge({}), ['bob did not say in the end that everything is settled'])
  ghost.hear('bob', 's 3')
  assert.deepEqual(ghost.judge({}), ['bob: 3 writes have no verdict in the end'])
  ghost.hear('bob', 's undefined')
  assert.equal(ghost.judge({}).length, 1, 'that is no count')
  ghost.hear('bob', 's 0')
  assert.deepEqual(ghost.judge({}), [])
  ghost.killed('bob')
  ghost.started('bob')
  assert.equal(ghost.judge({}).length, 1, 'what it said before it was killed does not count')
})
