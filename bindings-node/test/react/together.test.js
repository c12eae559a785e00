// Presence, status, conflicts and refusals as components show them.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { calm, counter, flushSync, h, open } from './support/page.js'
import { KEEP_MINE } from 'syncline'
import { SynclineProvider, useConflict, usePresence, useRefusals, useSharedState, useSyncStatus } from 'syncline/react'

import { meet, network, shows, until } from '../support/world.js'

test('components show who is there, until the last of them has gone', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  const page = open(t, { strict: true })
  let update
  const Here = () => {
    const presence = usePresence(ada, { name: 'Ada' })
    update = presence.update
    return `${JSON.stringify(presence.self)} ${JSON.stringify([...presence.others.values()])} ${typeof presence.id}`
  }
  page.show([h(Here, { key: 1 }), h(Here, { key: 2 })])
  assert.match(page.text, /^\{"name":"Ada"\} \[\]/)
  await until(bob, 'presence', () => bob.presence.others.size === 1)
  bob.presence.update({ name: 'Bob' })
  await page.sees(() => page.text.startsWith('{"name":"Ada"} [{"name":"Bob"}] number'))
  update({ cursor: 1 })
  await page.sees(() => page.text.includes('"cursor":1'))
  page.show([h(Here, { key: 2 })])
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  assert.equal(bob.presence.others.size, 1)
  page.leave()
  assert.deepEqual(ada.presence.self, { name: 'Ada', cursor: 1 })
  await until(bob, 'presence', () => bob.presence.others.size === 0)
  assert.equal(ada.presence.self, null)
})

test('what the application has cleared is not on the screen any more, and stays cleared', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  const page = open(t, { strict: true })
  const Here = ({ name }) => {
    const { self, others } = usePresence(ada, name && { name })
    return `${JSON.stringify(self)} ${others.size}`
  }
  page.show(h(Here, { name: 'Ada' }))
  assert.equal(page.text, '{"name":"Ada"} 0')
  flushSync(() => ada.presence.update({ name: 'Eve' }))
  assert.equal(page.text, '{"name":"Eve"} 0')
  flushSync(() => ada.presence.clear())
  assert.equal(page.text, 'null 0')
  bob.presence.update({ name: 'Bob' })
  await page.sees(() => page.text === 'null 1')
  assert.equal(ada.presence.self, null)
  // The next component says it again.
  page.show([h(Here, { name: 'Ada', key: 1 }), h(Here, { name: 'Eve', key: 2 })])
  assert.equal(page.text, '{"name":"Ada"} 1'.repeat(2))
})

test('what is said after the last component has gone is taken back too', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  const page = open(t)
  let update
  page.show(h(() => { ({ update } = usePresence(ada, { name: 'Ada' })) }))
  page.leave()
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  assert.equal(ada.presence.self, null)
  update({ cursor: 1 })
  await until(bob, 'presence', () => bob.presence.others.size === 1)
  await until(bob, 'presence', () => bob.presence.others.size === 0)
})

test('components that only look take nobody off the screens', async (t) => {
  const { rooms: [ada] } = await meet(t)
  ada.presence.update({ name: 'Ada' })
  const page = open(t)
  page.show(h(() => JSON.stringify(usePresence(ada).self)))
  assert.equal(page.text, '{"name":"Ada"}')
  page.leave()
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  assert.deepEqual(ada.presence.self, { name: 'Ada' })
})

test('a component is rendered for the part of the presence that it reads', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  const page = open(t)
  const rendered = counter()
  const updates = new Set()
  const part = (name, read) => h(() => {
    rendered(name)
    const presence = usePresence(ada)
    updates.add(presence.update)
    return read(presence)
  })
  page.show([part('self', ({ self }) => JSON.stringify(self)), part('others', ({ others }) => others.size), part('update', () => null)].map((it, key) => h('i', { key }, it)))
  rendered.reset()
  bob.presence.update({ x: 1 })
  await page.sees(() => page.text === 'null1')
  assert.deepEqual(rendered.counts, { others: 1 })
  flushSync(() => [...updates][0]({ y: 1 }))
  assert.deepEqual([page.text, rendered.counts], ['{"y":1}1', { others: 1, self: 1 }])
})

test('a badge shows what there is to send, and when all was last well', async (t) => {
  const net = network()
  const { rooms: [room], clients: [client] } = await meet(t, {}, [{ WebSocket: net.WebSocket }])
  const page = open(t)
  const rendered = counter()
  const badge = (name, ...of) => h(() => {
    rendered(name)
    const { status, pending, lastSynced } = useSyncStatus(...of)
    return `${status} ${pending} ${lastSynced instanceof Date}; `
  })
  const Only = () => {
    rendered('only')
    return useSyncStatus().status
  }
  page.show(h(SynclineProvider, { client }, badge('client'), badge('room', room), badge('name', 'cart'), badge('none', undefined), h(Only)))
  await page.sees(() => page.text === `${'synced 0 true; '.repeat(3)}offline 0 false; synced`)
  await net.down(client)
  room.set('a', 1)
  await page.sees(() => page.text.includes(`${'1 true; '}offline 0 false; `) && /^(offline|degraded) 1 true;/.test(page.text))
  await until(client, 'status', () => client.status === 'degraded')
  await page.sees(() => page.text.endsWith('degraded'))
  rendered.reset()
  room.set('b', 1)
  await page.sees(() => page.text.startsWith('degraded 2'))
  assert.equal(rendered.counts.only, undefined)
  net.up(client)
  await page.sees(() => page.text === `${'synced 0 true; '.repeat(3)}offline 0 false; synced`)
})

/** A person whose edits of strict keys are stale, and who is asked. */
async function clash(t, page) {
  const net = network()
  const world = await meet(t, { policy: { '': 'strict' } }, [{ WebSocket: net.WebSocket, resolvers: { 'note/': 'ask' } }, {}])
  const { rooms: [ada, bob], clients: [client] } = world
  return {
    ...world,
    async clash(key) {
      await ada.set(key, 'base').settled
      await shows(bob, key, 'base')
      await net.down(client)
      ada.set(key, 'mine')
      await bob.set(key, 'theirs').settled
      net.up(client)
    },
    page,
  }
}

test('a person decides about a conflict, and the decision is on the screen', async (t) => {
  const page = open(t, { strict: true })
  const world = await clash(t, page)
  const { rooms: [ada, bob], clients: [client] } = world
  const Dialog = () => {
    const { conflict, waiting } = useConflict()
    if (conflict === undefined) return null
    const { mine, base, theirs, resolve } = conflict
    return h('div', null, `${waiting} ${mine} ${base} ${theirs} `, h('button', { onClick: () => resolve(KEEP_MINE) }))
  }
  const Note = ({ name }) => useSharedState('cart', name, '').state
  const tree = () => h(SynclineProvider, { client }, h(Note, { name: 'note/1' }), h(Dialog))
  page.show(tree())
  await world.clash('note/1')
  await page.sees(() => page.text === 'theirs1 mine base theirs ')
  // What waits is there for the next dialog.
  page.leave()
  page.show(tree())
  assert.equal(page.text, 'theirs1 mine base theirs ')
  page.click('button')
  await page.sees(() => page.text === 'mine')
  await client.flush()
  await shows(bob, 'note/1', 'mine')
  assert.equal(ada.get('note/1'), 'mine')
})

test('refusals are shown until they are dismissed', async (t) => {
  const page = open(t)
  const world = await clash(t, page)
  const { rooms: [ada], clients: [client] } = world
  let view
  const Toasts = () => {
    view = useRefusals()
    return view.refusals.map(({ key, code }) => h('p', { key }, `${key} ${code}`))
  }
  const OfRoom = () => useRefusals(ada).refusals.length
  page.show(h(SynclineProvider, { client }, h(OfRoom), h(Toasts)))
  await world.clash('a')
  await page.sees(() => page.text === '1a Stale')
  await world.clash('b')
  await page.sees(() => page.text === '2a Staleb Stale')
  const { dismiss } = view
  flushSync(() => view.dismiss(view.refusals[0]))
  assert.equal(page.text, '2b Stale')
  flushSync(() => dismiss())
  assert.equal(page.text, '2')
  assert.equal(view.dismiss, dismiss)
  await calm()
})
