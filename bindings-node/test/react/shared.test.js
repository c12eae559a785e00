// What components show of keys, and when they are rendered.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { calm, counter, flushSync, h, memo, open, useState } from './support/page.js'
import { useEntries, useSharedState, useSyncStatus } from 'syncline/react'

import { meet, network, shows, until } from '../support/world.js'

const alone = (t, options, person = {}) => meet(t, options, [person])

/** A component that shows a key. */
function shower(room, rendered) {
  return memo(function Shower({ name }) {
    const { state } = useSharedState(room, name, 0)
    rendered(name)
    return h('i', { id: name }, JSON.stringify(state))
  })
}

test('a component is rendered for its key and for no other', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  const page = open(t)
  const rendered = counter()
  const Shower = shower(ada, rendered)
  page.show([h(Shower, { name: 'a', key: 'a' }), h(Shower, { name: 'b', key: 'b' })])
  assert.deepEqual([page.text, rendered.counts], ['00', { a: 1, b: 1 }])
  await ada.set('b', 1).settled
  await bob.set('b', 2).settled
  await bob.set('c', 1).settled
  await shows(ada, 'c', 1)
  await calm()
  assert.deepEqual([page.text, rendered.counts], ['02', { a: 1, b: 3 }])
  // An equal value is no change.
  await ada.set('b', 2).settled
  await calm()
  assert.equal(rendered.counts.b, 3)
})

test('a component that reads only its state is not rendered for the version and the status', async (t) => {
  const { rooms: [room] } = await alone(t)
  const page = open(t)
  const rendered = counter()
  const views = {}
  const part = (name, read) => {
    const Part = () => {
      rendered(name)
      views[name] = useSharedState(room, 'a', 0)
      return h('i', { id: name }, read(views[name]))
    }
    return h(Part, { key: name })
  }
  page.show([
    part('state', ({ state, set, merge }) => `${state} ${typeof set} ${typeof merge}`),
    part('set', ({ set }) => typeof set),
    part('version', ({ version }) => `v${version}`),
    part('status', ({ status, pending }) => `${status} ${pending}`),
  ])
  assert.equal(page.container.querySelector('#version').textContent, 'v0')
  rendered.reset()
  await room.set('b', 1).settled
  await room.set('c', 1).settled
  await until(room, 'status', () => room.status === 'synced')
  await page.sees(() => page.container.querySelector('#version').textContent === 'v2')
  await page.sees(() => page.container.querySelector('#status').textContent === 'synced 0')
  assert.deepEqual(Object.keys(rendered.counts).sort(), ['status', 'version'])
  await room.set('a', 1).settled
  await page.sees(() => page.container.querySelector('#state').textContent.startsWith('1'))
  assert.equal(rendered.counts.set, undefined)
  assert.equal(rendered.counts.state, 1)
})

test('the functions stay the same, and the result does as long as nothing is another', async (t) => {
  const { rooms: [room] } = await alone(t)
  const page = open(t)
  const seen = []
  let again
  const All = () => {
    again = useState(0)[1]
    const view = useSharedState(room, 'a', {})
    seen.push({ view, state: view.state, set: view.set, merge: view.merge, remove: view.delete })
    return null
  }
  page.show(h(All))
  flushSync(() => again(1))
  flushSync(() => room.set('a', { n: 1 }))
  assert.equal(seen.length, 3)
  assert.equal(seen[0].view, seen[1].view)
  assert.notEqual(seen[1].view, seen[2].view)
  for (const name of ['set', 'merge', 'remove']) assert.equal(seen[0][name], seen[2][name])
  assert.equal(seen[0].state, seen[1].state)
})

test('a hundred edits in one tick are one rendering', async (t) => {
  const { rooms: [room] } = await alone(t)
  const page = open(t)
  const rendered = counter()
  const Shower = shower(room, rendered)
  page.show(h(Shower, { name: 'a' }))
  for (let n = 1; n <= 100; n += 1) room.set('a', n)
  await page.sees(() => page.text === '100')
  await room.set('end', 1).settled
  await calm()
  assert.equal(rendered.counts.a, 2)
})

test('of a thousand components one edit renders one', async (t) => {
  const { rooms: [room] } = await alone(t)
  const page = open(t)
  const rendered = counter()
  const Shower = shower(room, rendered)
  page.show(Array.from({ length: 1_000 }, (_, n) => h(Shower, { name: `k${n}`, key: n })))
  rendered.reset()
  flushSync(() => room.set('k500', 1))
  assert.deepEqual(rendered.counts, { k500: 1 })
  page.leave()
  assert.equal(room.watchers.size, 0)
})

test('typing into a field that shows a key keeps what is typed', async (t) => {
  const { rooms: [room] } = await alone(t)
  const page = open(t)
  const Field = () => {
    const { state, set } = useSharedState(room, 'title', '')
    return h('input', { value: state, onChange: ({ target }) => set(target.value) })
  }
  page.show(h(Field))
  const field = page.container.querySelector('input')
  page.type('input', 'tea')
  field.setSelectionRange(1, 1)
  // Were the state another only later, React would set the field back and the caret would jump.
  assert.deepEqual([field.value, field.selectionStart, room.get('title')], ['tea', 1, 'tea'])
  await room.set('end', 1).settled
  await calm()
  assert.deepEqual([field.value, field.selectionStart], ['tea', 1])
})

test('an edit shows at once, and a refused one is taken back on the screen', async (t) => {
  const net = network()
  const { rooms: [ada], server, clients: [client] } = await alone(t, { policy: { 'stock/': 'strict' } }, { WebSocket: net.WebSocket })
  await server.room('cart').set('stock/tea', 5)
  await shows(ada, 'stock/tea', 5)
  const page = open(t)
  const verdicts = []
  const Stock = () => {
    const { state, set } = useSharedState(ada, 'stock/tea', 0)
    const take = async () => verdicts.push(await set((previous) => previous - 1).settled)
    return h('button', { onClick: take }, state)
  }
  page.show(h(Stock))
  await net.down(client)
  await server.room('cart').set('stock/tea', 0)
  page.click('button')
  await Promise.resolve()
  assert.equal(page.text, '4')
  net.up(client)
  await page.sees(() => page.text === '0')
  await page.sees(() => verdicts.length === 1)
  const [{ kind, code, mine, base, theirs }] = verdicts
  assert.deepEqual([kind, code, mine, base, theirs], ['refused', 'Stale', 4, 5, 0])
})

test('a write without permission is taken back on the screen', async (t) => {
  const { rooms: [room] } = await alone(t, { authorize: () => ({ principal: 'a', write: ['own/'] }) })
  const page = open(t)
  let set
  const seen = []
  const Part = () => {
    const view = useSharedState(room, 'a', 'initial')
    set = view.set
    seen.push(view.state)
    return view.state
  }
  page.show(h(Part))
  const edit = set('mine')
  const { kind, code } = await edit.settled
  assert.deepEqual([kind, code], ['refused', 'Forbidden'])
  await page.sees(() => page.text === 'initial')
  assert.deepEqual(seen, ['initial', 'mine', 'initial'])
  assert.throws(() => set(() => undefined), { code: 'InvalidArgument' })
  assert.throws(() => set('x'.repeat(2_000_000)), { code: 'ValueTooLarge' })
  assert.equal(page.text, 'initial')
})

test('another key or room is shown at once, with its own initial value', async (t) => {
  const { rooms: [room], clients: [client] } = await alone(t)
  const other = client.room('other')
  await other.ready
  other.set('a', 'other')
  room.set('a', 'cart')
  const page = open(t)
  const Part = ({ room, name, initial }) => useSharedState(room, name, initial).state
  for (const [where, name, initial, text] of [[room, 'a', 'x', 'cart'], [room, 'b', 'y', 'y'], [other, 'a', 'x', 'other'], [undefined, 'a', 'z', 'z'], [room, 'a', 'x', 'cart']]) {
    page.show(h(Part, { room: where, name, initial }))
    assert.equal(page.text, text)
  }
  flushSync(() => other.set('a', 'unseen'))
  flushSync(() => room.set('a', 'seen'))
  assert.equal(page.text, 'seen')
})

test('edits without a room say what is missing', async (t) => {
  const page = open(t)
  let view
  const Part = () => {
    view = useSharedState(undefined, 'a', 1)
    return `${view.state} ${view.status} ${view.pending} ${view.version} ${view.room}`
  }
  page.show(h(Part))
  assert.equal(page.text, '1 offline 0 undefined undefined')
  for (const edit of ['set', 'merge', 'delete']) assert.throws(() => view[edit](1), { code: 'Unavailable' })
})

test('a whole room is one state, and a component is rendered for the members that it reads', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  const page = open(t)
  const rendered = counter()
  const initialState = { title: 'none', user: { name: 'Ada', age: 36 }, open: true }
  let view
  const Title = () => {
    rendered('title')
    view = useSharedState({ room: ada, initialState: { ...initialState } })
    return h('i', { id: 'title' }, view.state.title)
  }
  const All = () => {
    rendered('all')
    const { state } = useSharedState({ room: ada, initialState })
    return h('i', { id: 'all' }, JSON.stringify(state))
  }
  const Got = () => {
    rendered('got')
    const { get } = useSharedState({ room: ada, initialState })
    return h('i', { id: 'got' }, String(get('open')))
  }
  page.show([h(Title, { key: 't' }), h(All, { key: 'a' }), h(Got, { key: 'g' })])
  assert.equal(page.text, `none${JSON.stringify(initialState)}true`)
  rendered.reset()
  flushSync(() => view.set('open', (previous) => !previous))
  assert.deepEqual(rendered.counts, { all: 1, got: 1 })
  flushSync(() => view.merge({ title: 'x', user: { age: 37 }, open: undefined }))
  assert.deepEqual(ada.entries(), [['open', false], ['title', 'x'], ['user', { name: 'Ada', age: 37 }]])
  assert.deepEqual(rendered.counts, { all: 2, got: 1, title: 1 })
  flushSync(() => view.merge({ title: null, user: { name: null }, open: null }))
  assert.deepEqual(ada.entries(), [['user', { age: 37 }]])
  assert.equal(view.state.title, 'none')
  await bob.set('more', [null]).settled
  await shows(ada, 'more', [null])
  await page.sees(() => page.container.querySelector('#all').textContent === '{"title":"none","user":{"age":37},"open":true,"more":[null]}')
  assert.equal(rendered.counts.title, 2)
  assert.deepEqual([Object.keys(view.state), 'more' in view.state, 'less' in view.state, `${view.state}`], [['title', 'user', 'open', 'more'], true, false, '[object Object]'])
  await ada.set('nothing', null).settled
  assert.equal(view.state.nothing, null)
  for (const wrong of [() => { view.state.title = 'y' }, () => { delete view.state.title }, () => Object.defineProperty(view.state, 'x', { value: 1 })]) {
    assert.throws(wrong, { code: 'InvalidArgument' })
  }
  assert.equal((await view.set('title', 'z').settled).kind, 'applied')
})

test('a batch is one rendering of a component that reads several keys', async (t) => {
  const { rooms: [room] } = await alone(t)
  const page = open(t)
  const seen = []
  const Sum = () => {
    const { state } = useSharedState({ room, initialState: { left: 0, right: 0 } })
    seen.push(state.left + state.right)
    return `${state.left} ${state.right}`
  }
  page.show(h(Sum))
  room.batch((batch) => { batch.add('left', 5); batch.add('right', -5) })
  await page.sees(() => page.text === '5 -5')
  await room.set('end', 1).settled
  await calm()
  assert.deepEqual(seen, [0, 0])
})

test('of a list of entries only the one that changed is rendered', async (t) => {
  const { rooms: [room] } = await alone(t)
  for (const n of [1, 2, 3]) room.set(`todo/${n}`, { n })
  const page = open(t)
  const rendered = counter()
  const Item = memo(({ entry: [key, { n }] }) => {
    rendered(key)
    return h('li', null, n)
  })
  const List = () => useEntries(room, 'todo/').map((entry) => h(Item, { key: entry[0], entry }))
  page.show(h(List))
  rendered.reset()
  flushSync(() => room.set('todo/2', { n: 5 }))
  flushSync(() => room.set('title', 'x'))
  flushSync(() => room.delete('todo/1'))
  assert.deepEqual([page.text, rendered.counts], ['53', { 'todo/2': 1 }])
})

test('a room that is closed under its components shows what was there last', async (t) => {
  const { rooms: [room], clients: [client] } = await alone(t)
  room.set('a', 1)
  const page = open(t)
  let set
  const Part = () => {
    const view = useSharedState(room, 'a', 0)
    set = view.set
    return `${view.state} ${useSyncStatus(room).status}`
  }
  page.show(h(Part))
  await client.flush()
  await page.sees(() => page.text === '1 synced')
  room.close()
  await page.sees(() => page.text === '1 offline')
  assert.throws(() => set(2), { code: 'Closed' })
  page.show(h('div', null, h(Part)))
  assert.equal(page.text, '1 offline')
  client.close()
  page.show(h(Part))
  assert.equal(page.text, '1 offline')
})

test('what is no room, no key or no option is refused by name', async (t) => {
  const { rooms: [room] } = await alone(t)
  for (const [args, message] of [
    [[7, 'a', 0], /a room or its name for useSharedState, got 7/],
    [[room, 7, 0], /a string as key/],
    [[{ room, initialState: 7 }], /an object as initialState/],
    [[{ room, initialState: {}, rom: 1 }], /options of useSharedState: room, initialState, got rom/],
    [['cart', 'a', 0], /useSharedState below a SynclineProvider, or with an open room, got neither/],
  ]) {
    const page = open(t)
    const Part = () => useSharedState(...args).state
    page.show(h(Part))
    assert.match(page.caught[0].message, message)
    assert.equal(page.caught[0].code, 'InvalidArgument')
  }
})
