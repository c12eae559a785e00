// Where the client of components comes from, and which rooms they hold open.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { calm, Component, flushSync, h, memo, open, renderToString, startTransition, Suspense, useState } from './support/page.js'
import { connect } from 'syncline'
import { SynclineProvider, useClient, useConflict, usePresence, useRoom, useSharedState, useSyncStatus } from 'syncline/react'

import { directory, join, meet, serve, timing, until } from '../support/world.js'

const GRACE_MS = 1_000
const grace = () => new Promise((resolve) => setTimeout(resolve, GRACE_MS + 100))

const Count = ({ room = 'cart', name = 'n' }) => {
  const { state, set } = useSharedState(room, name, 0)
  return h('button', { onClick: () => set((n) => n + 1) }, state)
}

test('components below a provider share its client and its rooms', async (t) => {
  const { url } = await serve(t)
  const client = await join(t, url)
  const page = open(t)
  page.show(h(SynclineProvider, { client }, h(Count), h(Count)))
  page.click('button')
  await page.sees(() => page.text === '11')
  assert.equal(client.rooms.length, 1)
  await client.flush()
})

test('a promise of a client is waited for with the initial values', async (t) => {
  const { url } = await serve(t)
  const page = open(t)
  const client = join(t, url)
  const Who = () => (useClient() === undefined ? 'none' : 'one')
  page.show(h(SynclineProvider, { client }, h(Count), h(Who)))
  assert.equal(page.text, '0none')
  await page.sees(() => page.text === '0one')
  page.click('button')
  await page.sees(() => page.text === '1one')
  page.leave()
  assert.equal((await client).closed, false)
  // It is there already for who comes later.
  page.show(h(SynclineProvider, { client: undefined }, h(Who)))
  assert.equal(page.text, 'none')
})

test('a client that cannot be made is an error for the next boundary', async (t) => {
  class Boundary extends Component {
    state = {}
    static getDerivedStateFromError(error) { return { error } }
    render() { return this.state.error === undefined ? this.props.children : `failed: ${this.state.error.code ?? this.state.error}` }
  }
  const storage = `${directory()}/outbox`
  const { url } = await serve(t)
  await join(t, url, { storage })
  for (const props of [{ client: Promise.reject(new Error('mine')) }, { url: 'http://x' }, { url, options: { storage } }, { url, client: 7 }, { client: 7 }]) {
    const page = open(t)
    page.show(h(Boundary, null, h(SynclineProvider, props, h(Count))))
    await page.sees(() => page.text.startsWith('failed: '))
    assert.match(page.text, props.options ? /StorageInUse/ : props.client instanceof Promise ? /mine/ : /InvalidArgument/)
    assert.equal(page.caught.length > 0, true)
  }
})

test('a provider with a URL connects when it is on the page, and closes when it is gone', async (t) => {
  const { url, server } = await serve(t)
  const page = open(t, { strict: true })
  let client
  const Who = () => {
    client = useClient()
    return null
  }
  const tree = () => h(SynclineProvider, { url: new URL(url), options: { token: 'ada', timing } }, h(Who), h(Count))
  page.show(tree())
  await page.sees(() => client !== undefined)
  const first = client
  await first.room('cart').ready
  page.show(tree())
  await calm()
  assert.equal(client, first)
  assert.equal(server.metrics().connections, 1)
  page.leave()
  assert.equal(first.closed, false)
  await page.sees(() => first.closed)
  await page.sees(() => server.metrics().connections === 0)
})

test('StrictMode connects once and opens each room once', async (t) => {
  const { url, server } = await serve(t)
  let joined = 0
  server.on('joined', () => { joined += 1 })
  const page = open(t, { strict: true })
  page.show(h(SynclineProvider, { url, options: { token: 'ada', timing } }, h(Count), h(Count, { room: 'other' })))
  await until(server, 'joined', () => joined === 2)
  await grace()
  assert.deepEqual([joined, server.metrics().connections], [2, 1])
  page.click('button')
  await page.sees(() => page.text === '10')
})

test('another URL is another client; a storage goes from one to the next', async (t) => {
  const [one, two] = [await serve(t), await serve(t)]
  const storage = `${directory()}/outbox`
  const page = open(t)
  const clients = new Set()
  const Who = () => {
    const client = useClient()
    if (client !== undefined) clients.add(client)
    return null
  }
  const tree = (url) => h(SynclineProvider, { url, options: { token: 'ada', storage, timing } }, h(Who), h(Count))
  page.show(tree(one.url))
  await page.sees(() => clients.size === 1)
  page.show(tree(two.url))
  await page.sees(() => clients.size === 2)
  assert.deepEqual([...clients].map(({ closed }) => closed), [true, false])
  page.leave()
  await page.sees(() => [...clients].every(({ closed }) => closed))
})

test('a room stays open over a short absence of its components, and is closed after a long one', async (t) => {
  const { url } = await serve(t)
  const client = await join(t, url)
  const page = open(t)
  const tree = (...children) => h(SynclineProvider, { client }, ...children)
  page.show(tree(h(Count, { key: 1 })))
  const [room] = client.rooms
  await room.ready
  page.show(tree())
  await calm()
  page.show(tree(h(Count, { key: 2 })))
  await grace()
  assert.equal(room.closed, false)
  page.show(tree(h(Count, { key: 2 }), h(Count, { key: 3 })))
  page.show(tree(h(Count, { key: 3 })))
  await grace()
  assert.equal(room.closed, false)
  page.show(tree())
  await page.sees(() => room.closed)
  assert.deepEqual(client.rooms, [])
  page.show(tree(h(Count)))
  page.click('button')
  await page.sees(() => page.text === '1')
  assert.notEqual(client.rooms[0], room)
})

test('a room that the application opened is left to it', async (t) => {
  const { rooms: [room], clients: [client] } = await meet(t, {}, [{}])
  const page = open(t)
  const Both = () => (useRoom('cart') === room && useRoom(room) === room ? 'same' : 'other')
  page.show(h(SynclineProvider, { client }, h(Both)))
  assert.equal(page.text, 'same')
  page.leave()
  await grace()
  assert.equal(room.closed, false)
})

test('a room that the application asks for while components show it is left to it', async (t) => {
  const { url } = await serve(t)
  const client = await join(t, url)
  const page = open(t)
  page.show(h(SynclineProvider, { client }, h(Count)))
  const room = client.room('cart')
  page.show(h(SynclineProvider, { client }, h(Count), h(Count, { key: 2 })))
  page.leave()
  await grace()
  assert.equal(room.closed, false)
  // What the application has closed and a component opens again is the component's.
  room.close()
  page.show(h(SynclineProvider, { client }, h(Count)))
  const [again] = client.rooms
  page.leave()
  await page.sees(() => again.closed)
})

test('a component that never comes onto the page leaves no room open', async (t) => {
  const { url } = await serve(t)
  const client = await join(t, url)
  const page = open(t)
  const never = new Promise(() => {})
  const Waiting = () => {
    useRoom('cart')
    throw never
  }
  let turnOn
  const App = () => {
    const [on, setOn] = useState(false)
    turnOn = setOn
    return h(Suspense, { fallback: 'waiting' }, on ? h(Waiting) : 'off')
  }
  page.show(h(SynclineProvider, { client }, h(App)))
  startTransition(() => turnOn(true))
  await page.sees(() => client.rooms.length === 1)
  assert.equal(page.text, 'off')
  await page.sees(() => client.rooms.length === 0)
})

test('a room that was closed before its component came onto the page is opened again', async (t) => {
  const { url } = await serve(t)
  const client = await join(t, url)
  const page = open(t)
  let go
  const gate = new Promise((resolve) => { go = resolve })
  let gone = false
  const Late = () => {
    const room = useRoom('cart')
    if (!gone) throw gate
    return room.closed ? 'closed' : 'open'
  }
  page.show(h(SynclineProvider, { client }, h(Suspense, { fallback: 'waiting' }, h(Late))))
  const [first] = client.rooms
  await page.sees(() => first.closed)
  gone = true
  go()
  await page.sees(() => page.text === 'open')
})

test('a room that the application closed is opened again for the next component', async (t) => {
  const { url } = await serve(t)
  const client = await join(t, url)
  const page = open(t)
  const tree = (...children) => h(SynclineProvider, { client }, ...children)
  page.show(tree(h(Count)))
  client.rooms[0].close()
  page.show(tree(h(Count)))
  assert.equal(page.text, '0')
  page.show(tree())
  page.show(tree(h(Count)))
  page.click('button')
  await page.sees(() => page.text === '1')
  assert.equal(client.rooms.length, 1)
})

test('a room that the application closed or forgot is opened again for the components that show it', async (t) => {
  const { url } = await serve(t)
  const client = await join(t, url)
  const page = open(t, { strict: true })
  const tree = (...children) => h(SynclineProvider, { client }, ...children)
  let write
  const Writer = () => {
    const { state, set } = useSharedState('cart', 'n', 0)
    write = set
    return `written ${state} `
  }
  page.show(tree(h(Writer), h(Count, { key: 1 })))
  for (const [end, count] of [['close', 1], ['forget', 2]]) {
    await write(count).settled
    await client.rooms[0].ready
    client.rooms[0][end]()
    await page.sees(() => client.rooms.length === 1 && !client.rooms[0].closed)
    await calm()
    assert.equal((await write((previous) => previous + 10).settled).kind, 'applied')
    await page.sees(() => page.text.startsWith('written 1'))
    page.show(tree(h(Writer), h(Count, { key: count })))
    page.click('button')
  }
  await grace()
  const [room] = client.rooms
  assert.equal(room.closed, false)
  client.close()
  await calm()
  assert.match(page.text, /^written/)
})

test('who only reads a room lets it be read, and who writes it too asks for that', async (t) => {
  const { url } = await serve(t)
  const client = await join(t, url)
  const page = open(t)
  const Reader = () => useRoom('cart', { write: false })?.name
  let set
  const Writer = () => {
    const view = useSharedState('cart', 'a', 0)
    set = view.set
    return view.state
  }
  page.show(h(SynclineProvider, { client }, h(Reader)))
  await client.rooms[0].ready
  assert.throws(() => client.rooms[0].set('a', 1), { code: 'Forbidden' })
  page.show(h(SynclineProvider, { client }, h(Reader), h(Writer)))
  await until(client, 'status', () => client.status === 'synced')
  assert.equal((await set(1).settled).kind, 'applied')
  assert.equal(client.rooms.length, 1)
})

test('hooks without a provider say what they need', (t) => {
  for (const [hook, message] of [
    [() => useClient(), /expected useClient below a SynclineProvider, got none around/],
    [() => useRoom('cart'), /expected useRoom below a SynclineProvider, or with an open room, got neither/],
    [() => usePresence('cart'), /usePresence below/],
    [() => useSyncStatus(), /useClient below/],
    [() => useConflict(), /useConflict below/],
  ]) {
    const page = open(t)
    page.show(h(() => (hook(), null)))
    assert.match(page.caught[0].message, message)
    assert.equal(page.caught[0].code, 'InvalidArgument')
  }
  assert.throws(() => renderToString(h(() => useClient())), { code: 'InvalidArgument' })
})

test('an option that no room has is refused', async (t) => {
  const { rooms: [room] } = await meet(t, {}, [{}])
  for (const options of [{ wirte: true }, { write: 7 }]) {
    const page = open(t)
    page.show(h(() => (useRoom(room, options), null)))
    assert.equal(page.caught[0].code, 'InvalidArgument')
  }
})

test('a name that no room can have is an error for the next boundary', async (t) => {
  const client = await connect('ws://127.0.0.1:1', { timing })
  t.after(() => client.close())
  const page = open(t)
  page.show(h(SynclineProvider, { client }, h(Count, { room: '' })))
  assert.equal(page.caught[0].code, 'InvalidName')
  client.close()
  const other = open(t)
  other.show(h(SynclineProvider, { client }, h(Count)))
  assert.equal(other.caught[0].code, 'Closed')
})

test('an edit renders neither the provider nor what is beside', async (t) => {
  const { url } = await serve(t)
  const client = await join(t, url)
  const page = open(t)
  let beside = 0
  const Beside = memo(() => {
    beside += 1
    useClient()
    return null
  })
  page.show(h(SynclineProvider, { client }, h(Count), h(Beside)))
  flushSync(() => page.click('button'))
  await client.flush()
  await calm()
  assert.deepEqual([page.text, beside], ['1', 1])
})
