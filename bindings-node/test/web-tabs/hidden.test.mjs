// The tab that leads is not the one that somebody looks at: a browser slows its timers down.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { wait, World } from './world.mjs'

/** Milliseconds from an edit to its verdict: many times what it takes among tabs that are seen, half of what it takes on slow timers. */
const SOON_MS = 300

test('edits are sent as soon where the tab that leads is hidden as where it is seen', async (t) => {
  const world = await World.make(t)
  const window = await world.window()
  const [a, b] = [await window.tab(), await window.tab()]
  for (const tab of [a, b]) await tab.ev(() => room.ready)
  // From hidden to slowed down takes a moment.
  for (const end = performance.now() + 10_000; await a.ev(() => document.visibilityState) !== 'hidden'; await wait(50)) {
    assert.ok(performance.now() < end, 'the first tab is hidden')
  }
  const slow = () => a.ev(async () => {
    const from = performance.now()
    for (let round = 0; round < 3; round += 1) await new Promise((done) => { setTimeout(done, 5) })
    return performance.now() - from
  })
  for (const end = performance.now() + 30_000; await slow() < 1_000; await wait(50)) assert.ok(performance.now() < end, 'its timers are slowed down')
  assert.equal(await b.ev(() => document.visibilityState), 'visible')
  const took = []
  for (let at = 0; at < 7; at += 1) {
    await wait(230)
    took.push(await b.ev(async (at) => {
      const from = performance.now()
      await room.set('at', at).settled
      return Math.round(performance.now() - from)
    }, at))
  }
  const [median] = [...took].sort((one, other) => one - other).slice(3)
  assert.ok(median < SOON_MS, `milliseconds: ${took.join(', ')}`)
  assert.equal(world.connections, 1)
})
