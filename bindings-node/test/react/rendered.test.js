// Pages that are rendered on a server first.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { calm, counter, flushSync, h, open, renderToString } from './support/page.js'
import { SynclineProvider, useClient, useConflict, useEntries, usePresence, useRefusals, useRoom, useSharedState, useSyncStatus } from 'syncline/react'

import { heard, join, meet, serve, shows, timing } from '../support/world.js'
import { start } from '../support/process.js'

const rendered = counter()

const Everything = ({ initial }) => {
  rendered('everything')
  const { state, version } = useSharedState('cart', 'n', initial)
  const whole = useSharedState({ room: 'cart', initialState: { title: 'none' } })
  const { self, others } = usePresence('cart', { name: 'Ada' })
  const { status, pending } = useSyncStatus()
  const { refusals } = useRefusals()
  const { waiting } = useConflict('cart')
  const known = [useClient(), useRoom('cart')].map((it) => it !== undefined)
  return h('p', null, JSON.stringify([
    state, version ?? null, whole.state, self, others.size, status, pending, refusals.length, waiting, useEntries('cart').length, ...known,
  ]))
}

test('a server renders what is initially shown, and connects to nothing', async (t) => {
  const { url, server } = await serve(t)
  let opened = 0
  server.on('opened', () => { opened += 1 })
  const client = await join(t, url)
  for (const props of [{ url: 'ws://127.0.0.1:1' }, { client: Promise.resolve(client) }, { client: undefined }, { client }]) {
    const html = renderToString(h(SynclineProvider, props, h(Everything, { initial: 7 })))
    const said = JSON.parse(html.slice(3, -4).replaceAll('&quot;', '"'))
    assert.deepEqual(said, [7, null, { title: 'none' }, { name: 'Ada' }, 0, 'offline', 0, 0, 0, 0, props.client === client, false])
  }
  await calm()
  assert.deepEqual(client.rooms, [])
  assert.equal(opened, 0)
})

test('a page that comes from a server comes alive without a warning, and then shows the room', async (t) => {
  const { url } = await serve(t)
  const [client, other] = [await join(t, url), await join(t, url, { token: 'bob' })]
  const cart = other.room('cart')
  await cart.set('n', 8).settled
  for (const props of [{ client }, { client: Promise.resolve(client) }, { url, options: { token: 'ada', timing } }]) {
    const page = open(t)
    const tree = () => h(SynclineProvider, props, h(Everything, { initial: 7 }))
    page.hydrate(renderToString(tree()), tree())
    await page.sees(() => page.text.startsWith('[8,'))
    flushSync(() => page.leave())
  }
})

test('a component that came alive is rendered again only if the room shows something else', async (t) => {
  const { rooms: [room] } = await meet(t, {}, [{}])
  room.set('same', 7)
  room.set('other', 8)
  await room.set('end', 1).settled
  const page = open(t)
  const counts = counter()
  const Part = ({ name, initial }) => {
    counts(name)
    return h('i', null, useSharedState(room, name, initial).state)
  }
  const tree = () => [h(Part, { key: 1, name: 'absent', initial: 7 }), h(Part, { key: 2, name: 'same', initial: 7 }), h(Part, { key: 3, name: 'other', initial: 7 })]
  const html = renderToString(tree())
  assert.equal(html, '<i>7</i><i>7</i><i>7</i>')
  counts.reset()
  page.hydrate(html, tree())
  assert.equal(page.text, '778')
  assert.deepEqual(counts.counts, { absent: 1, same: 1, other: 2 })
  flushSync(() => room.set('same', 9))
  assert.equal(page.text, '798')
})

test('rendering on a server loads no engine', async () => {
  const { code, output } = await start(new URL('../programs/rendering.js', import.meta.url).pathname)
  assert.deepEqual([code, output], [0, '<p>7 offline</p>\n'])
})
