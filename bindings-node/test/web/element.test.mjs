/** The state of elements as a browser has it: layout, scrolling and frames, which no page without a browser has. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'

import { home, open, person, serve, site, until } from './harness.mjs'

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

test('a room has of an element what changes, field by field, and so does the room of another browser', async (t) => {
  const KEY = 'elements/shelf'
  const server = await serve(t)
  await server.set('title', 'tea')
  const shelf = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
    <style>body { margin: 0 } .space { height: 3000px } #shelf { height: 200px }</style>
    <div class="space"></div><section id="shelf" class="shelf" data-step="1"><p></p></section><div class="space"></div>
    <script type="module">
      import { connect } from '/dist/browser/index.js'
      import { observe } from '/dist/browser/element.js'
      const client = await connect('${server.url}', { token: 'ada' })
      const room = client.room('cart')
      const merge = room.merge.bind(room)
      globalThis.writes = 0
      room.merge = (...given) => { writes += 1; return merge(...given) }
      globalThis.seen = observe('#shelf', { room, key: '${KEY}' })
    </script>`
  const { origin } = await site(t, { pages: { '/shelf': shelf } })
  const bob = await open(t, await person(t), origin)
  await bob.evaluate((url) => join(url, { token: 'bob' }), server.url)
  await bob.evaluate(async () => {
    await room.ready
    globalThis.told = []
    room.on('change', ({ keys, origin }) => { told.push([keys, origin]) })
  })
  const context = await person(t)
  const frames = []
  context.on('page', (page) => page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => { frames.push(String(payload)) })))
  const ada = await open(t, context, `${origin}/shelf`, { helpers: false })
  const [element, space] = [ada.locator('#shelf'), ada.locator('.space').first()]

  const begun = {
    isIntersecting: false, intersectionRatio: 0, childrenCount: 1, grandChildrenCount: 0,
    attributes: { id: 'shelf', class: 'shelf', 'data-step': '1' }, classList: ['shelf'], exists: true,
  }
  let known
  /** Waits until the server and Bob have it, with nothing else sent or told; gives which members are others than the last time. */
  const arrives = async (wanted) => {
    const holds = (value) => value !== undefined && isDeepStrictEqual({ ...value, ...wanted }, value)
    await until(async () => holds((await server.entries())[KEY]), `the server has ${JSON.stringify(wanted)}`)
    await until(async () => isDeepStrictEqual(await bob.evaluate((key) => room.get(key), KEY), (await server.entries())[KEY]), 'so has Bob')
    const [value, changes] = await bob.evaluate((key) => [room.get(key), told.splice(0)], KEY)
    assert.ok(changes.length > 0)
    for (const change of changes) assert.deepEqual(change, [[KEY], 'remote'])
    const isSent = (name) => frames.some((frame) => frame.includes(name))
    await until(() => Object.keys(wanted).every(isSent), 'what was sent is known here')
    for (const name of Object.keys(begun)) assert.equal(isSent(name), name in wanted, `${name} is sent only if it is another`)
    frames.length = 0
    const changed = Object.fromEntries(Object.entries(value).filter(([name, member]) => !isDeepStrictEqual(member, known?.[name])))
    known = value
    return changed
  }

  assert.deepEqual(await arrives(begun), begun)
  // A value that is written whole would not have this.
  await bob.evaluate((key) => room.merge(key, { note: 'mine' }).settled, KEY)
  await until(async () => (await server.entries())[KEY].note === 'mine', 'a note')
  await bob.evaluate(() => { told.length = 0 })
  known = { ...known, note: 'mine' }

  await element.evaluate((it) => { it.scrollIntoView({ block: 'center' }) })
  const near = { isIntersecting: true, intersectionRatio: 1 }
  assert.deepEqual(await arrives(near), near)
  await element.evaluate((it) => { it.classList.add('late') })
  const late = { attributes: { ...begun.attributes, class: 'shelf late' }, classList: ['shelf', 'late'] }
  assert.deepEqual(await arrives(late), late)
  await element.evaluate((it) => { it.append(document.createElement('p')); it.firstElementChild.append('tea', document.createElement('b')) })
  const more = { childrenCount: 2, grandChildrenCount: 1 }
  assert.deepEqual(await arrives(more), more)
  await space.evaluate((it) => { it.scrollIntoView() })
  const far = { isIntersecting: false, intersectionRatio: 0 }
  assert.deepEqual(await arrives(far), far)

  const [version, before] = [await bob.evaluate(() => room.version), await ada.evaluate(() => writes)]
  await element.evaluate(async (it) => {
    for (let step = 2; step <= 101; step += 1) {
      it.dataset.step = String(step)
      // What no pause holds back is done before this. From a timer itself it would be slow.
      await new Promise((done) => { setTimeout(done) })
      await new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0) })
    }
  })
  const last = { attributes: { ...late.attributes, 'data-step': '101' } }
  assert.deepEqual(await arrives(last), last)
  const [versions, written] = [await bob.evaluate(() => room.version) - version, await ada.evaluate(() => writes) - before]
  assert.ok(versions > 0 && versions <= written && written < 50, `${versions} versions of ${written} writes`)
  assert.deepEqual(await server.entries(), { title: 'tea', [KEY]: { ...begun, ...far, ...more, ...late, ...last, note: 'mine' } })
  assert.equal(await ada.evaluate(() => seen.status), 'observing')
})
