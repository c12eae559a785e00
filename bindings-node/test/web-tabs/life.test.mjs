// A page that nobody saw, that was put to sleep, or that was left, has lost its server, and waits for long.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { until } from '../web/harness.mjs'
import { World } from './world.mjs'

const timing = { backoff_first_ms: 600_000, backoff_most_ms: 600_000 }

/** How a page is away, and comes back. */
const RETURNS = {
  'is seen again': {
    away: async (tab, window) => {
      await window.tab({ connect: false })
      await until(() => tab.ev(() => document.visibilityState === 'hidden'), 'a hidden page')
    },
    back: (tab) => tab.look(),
  },
  'is woken': {
    init: () => { document.addEventListener('freeze', () => { window.slept = true }) },
    away: async (tab) => {
      await tab.freeze()
      await until(() => tab.ev(() => window.slept), 'a page that sleeps')
    },
    back: (tab) => tab.thaw(),
  },
  'is gone back to': {
    // As in browsers where nothing else tells of it.
    init: () => {
      for (const name of ['visibilitychange', 'freeze', 'resume']) document.addEventListener(name, (event) => { event.stopImmediatePropagation() })
    },
    away: async (tab) => {
      await tab.ev(() => { location.href = '/elsewhere' })
      await until(() => tab.ev(() => location.pathname === '/elsewhere' && document.readyState === 'complete').catch(() => false), 'another page')
    },
    back: async (tab) => {
      await tab.ev(() => { history.back() })
      await until(() => tab.ev(() => location.pathname === '/' && document.readyState === 'complete').catch(() => false), 'the page')
      const reasons = () => tab.ev(() => JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons))
      assert.ok(await tab.ev(() => window.client !== undefined), `the browser kept the page: ${await reasons()}`)
    },
  },
}

/** The server goes while a page is there, and is back before the page is. */
async function outage(world, tab, { away, back }, window) {
  await tab.ev(() => room.ready)
  await world.stop()
  await until(() => tab.ev(() => client.status === 'offline'), 'a page that waits')
  await tab.ev(() => { helpers.note(room.add('n', 1)) })
  await away(tab, window)
  await world.start()
  assert.deepEqual([await world.get('n'), world.connections], [undefined, 0])
  await back(tab)
  await until(() => tab.ev(() => helpers.edits[0].end === 'applied'), 'a verdict')
  assert.deepEqual([await world.get('n'), world.connections], [1, 1])
}

for (const [name, course] of Object.entries(RETURNS)) {
  for (const [who, tabs] of [['tabs together', true], ['one alone', false]]) {
    test(`a page does not wait out a pause when it ${name}: ${who}`, async (t) => {
      const world = await World.make(t, {}, { browse: false })
      const window = await world.window()
      const tab = await window.tab({ init: course.init, timing, tabs })
      await outage(world, tab, course, window)
    })
  }
}

test('a tab that is seen again does not wait out a pause of a hidden one that leads', async (t) => {
  const world = await World.make(t, {}, { browse: false })
  const window = await world.window()
  const leads = await window.tab({ timing })
  const tab = await window.tab({ timing })
  await outage(world, tab, RETURNS['is seen again'], window)
  assert.equal(await leads.ev(() => document.visibilityState), 'hidden')
})
