/** The state of elements as a browser has it: layout, scrolling and frames, which no page without a browser has. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { home, open, person, site } from './harness.mjs'

/** Opens the page that is driven; each drive returns what is seen, and what was written since the one before. */
async function visit(t) {
  const { origin } = await site(t, { mounts: { '/test/': `${home}test`, '/dist/browser/': `${home}dist/browser` } })
  const page = await open(t, await person(t), `${origin}/test/element/page/index.html`, { helpers: false })
  await page.waitForFunction(() => window.done)
  const first = await page.evaluate(() => window.first)
  const drive = async (name, ...args) => {
    const seen = await page.evaluate(([name, args]) => window.drive[name](...args), [name, args])
    assert.deepEqual(seen.room, seen.value, `${name}: the room has what is seen`)
    assert.deepEqual(await page.evaluate(() => window.failures), [])
    return seen
  }
  return { first, drive }
}

const merged = (patch) => [['merge', 'elements/a', patch]]

test('what is seen of an element is what the page makes of it, in as few writes as it takes', async (t) => {
  const { first, drive } = await visit(t)
  const begun = {
    isIntersecting: false, intersectionRatio: 0, childrenCount: 0, grandChildrenCount: 0,
    attributes: { id: 'a', class: 'card', 'data-step': '1' }, classList: ['card'], exists: true,
  }
  assert.deepEqual([first.value, first.writes], [begun, [['set', 'elements/a', begun]]])
  assert.deepEqual((await drive('look')).writes, [])
  assert.deepEqual((await drive('toggleClass', 'late')).writes, merged({ attributes: { class: 'card late' }, classList: ['card', 'late'] }))
  assert.deepEqual((await drive('flicker', 'short')).writes, [])
  assert.deepEqual((await drive('append', 2, 3)).writes, merged({ childrenCount: 2, grandChildrenCount: 6 }))
  assert.deepEqual((await drive('removeAttribute')).writes, merged({ attributes: { 'data-step': null } }))
})

test('an element is followed into view and out of it, and not with every frame', async (t) => {
  const { drive } = await visit(t)
  const near = await drive('scrollIntoView')
  assert.deepEqual([near.value.isIntersecting, near.value.intersectionRatio], [true, 1])
  const far = await drive('scrollAway')
  assert.deepEqual([far.value.isIntersecting, far.value.intersectionRatio], [false, 0])
  const { writes } = await drive('scrollSlowly')
  assert.ok(writes.length > 0 && writes.length < 60, `${writes.length} writes`)
  for (const [kind, , patch] of [...near.writes, ...far.writes, ...writes]) {
    assert.equal(kind, 'merge')
    for (const name of Object.keys(patch)) assert.ok(['isIntersecting', 'intersectionRatio'].includes(name), name)
  }
})

test('an element that leaves the page and comes back, or another in its place, is noticed; the end of the room ends it', async (t) => {
  const { drive } = await visit(t)
  await drive('scrollIntoView')
  const gone = await drive('remove')
  assert.deepEqual([gone.value.exists, gone.value.attributes, gone.value.isIntersecting, gone.writes.length], [false, {}, false, 1])
  const back = await drive('putBack')
  assert.deepEqual([back.value.exists, back.value.attributes['data-step'], back.value.isIntersecting], [true, '1', true])
  const other = await drive('replace')
  assert.deepEqual([other.value.exists, other.value.classList], [true, ['card', 'another']])
  for (const [, , patch] of other.writes) assert.equal(patch.exists, undefined)
  const ended = await drive('toRoomEnd')
  assert.deepEqual([ended.status, ended.writes], ['roomClosed', []])
})
