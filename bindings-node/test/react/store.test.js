// What a store shows, and whom it tells.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { conflictsStore, entriesStore, keyStore, presenceStore, refusalsStore, statusStore, versionStore } from 'syncline/store'

import { connect, KEEP_MINE, KEEP_THEIRS } from 'syncline'
import { heard, meet, network, shows, until } from '../support/world.js'

/** What a store tells, without the value that it begins with. */
function told(store) {
  const values = []
  const forget = store.subscribe((value) => values.push(value))
  // Beside the values, so that they compare as an array.
  return Object.defineProperties(values, { begun: { value: values.splice(0) }, forget: { value: forget } })
}

const alone = (t, options) => meet(t, options, [{}])

test('a value stays the same object until its key is another', async (t) => {
  const { rooms: [room], server } = await alone(t)
  const list = keyStore(room, 'list', [])
  const values = told(list)
  room.set('list', [{ id: 1 }])
  const shown = list.getSnapshot()
  assert.deepEqual(shown, [{ id: 1 }])
  room.set('list', [{ id: 1 }])
  room.set('other', 1)
  await room.batch((batch) => { batch.set('list', [{ id: 1 }]); batch.set('third', 1) }).settled
  await server.room('cart').set('list', [{ id: 1 }])
  await server.room('cart').set('end', 1)
  await shows(room, 'end', 1)
  assert.equal(list.getSnapshot(), shown)
  assert.equal(keyStore(room, 'list').getSnapshot(), shown)
  assert.deepEqual(values.begun, [[]])
  assert.deepEqual(values, [shown])
  assert.equal(values[0], shown)
})

test('a value that nobody listens to is fresh at each look, and the same while it is equal', async (t) => {
  const { rooms: [room] } = await alone(t)
  const initial = { n: 0 }
  const store = keyStore(room, 'a', initial)
  assert.equal(store.getSnapshot(), initial)
  assert.equal(store.getServerSnapshot(), initial)
  room.set('a', { n: 1 })
  const shown = store.getSnapshot()
  assert.deepEqual(shown, { n: 1 })
  assert.equal(store.getSnapshot(), shown)
  const values = told(store)
  assert.equal(values.begun[0], shown)
  room.set('a', { n: 2 })
  assert.deepEqual(store.getSnapshot(), { n: 2 })
  room.delete('a')
  assert.equal(store.getSnapshot(), initial)
  assert.deepEqual(values, [{ n: 2 }, initial])
})

test('an edit is told before the call that makes it returns, however it is made', async (t) => {
  const { rooms: [room] } = await alone(t)
  const values = told(keyStore(room, 'n', 0))
  room.set('n', 1)
  room.add('n', 1)
  room.batch((batch) => { batch.add('n', 1); batch.add('n', 1); batch.expect('n') })
  assert.deepEqual(values, [1, 2, 4])
  const list = told(keyStore(room, 'list', []))
  room.insert('list', 0, 'a')
  room.insert('list', 1, 'b')
  room.move('list', 0, 1)
  room.replace('list', 0, 'c')
  room.remove('list', 1)
  assert.deepEqual(list, [['a'], ['a', 'b'], ['b', 'a'], ['c', 'a'], ['c']])
  // The events that follow say nothing new.
  await room.set('end', 1).settled
  assert.deepEqual(values, [1, 2, 4])
})

test('who sees an initial value is not told when the key is set to the same', async (t) => {
  const { rooms: [room] } = await alone(t)
  const values = told(keyStore(room, 'n', 0))
  room.set('n', 0)
  room.set('n', 1)
  assert.deepEqual(values, [1])
})

test('nobody sees half of a batch', async (t) => {
  const { rooms: [room] } = await alone(t)
  const [left, right] = [keyStore(room, 'left', 0), keyStore(room, 'right', 0)]
  const sums = []
  for (const store of [left, right]) store.subscribe(() => sums.push(left.getSnapshot() + right.getSnapshot()))
  const move = (amount) => room.batch((batch) => { batch.add('left', amount); batch.add('right', -amount) })
  move(5)
  await move(2).settled
  assert.ok(sums.length >= 4)
  assert.deepEqual([...new Set(sums)], [0])
})

test('a change costs as much as there are listeners of its key, among thousands of keys', async (t) => {
  const { rooms: [room] } = await alone(t)
  let calls = 0
  const forgets = Array.from({ length: 2_000 }, (_, n) => keyStore(room, `k${n}`, 0).subscribe(() => { calls += 1 }))
  calls = 0
  let looks = 0
  const { getJson } = room
  room.getJson = (key) => {
    looks += 1
    return getJson.call(room, key)
  }
  room.set('k7', 1)
  assert.deepEqual([calls, looks], [1, 1])
  await room.set('k8', 1).settled
  assert.equal(calls, 2)
  assert.ok(looks < 8, String(looks))
  for (const forget of forgets) forget()
})

test('when the last listener has gone nothing is left in the room', async (t) => {
  const { rooms: [room], clients: [client] } = await alone(t)
  const symbol = Object.getOwnPropertySymbols(Object.getPrototypeOf(Object.getPrototypeOf(room))).find(({ description }) => description === 'syncline.hears')
  const hears = () => ['change', 'status', 'presence', 'verdict', 'conflict', 'refused'].some((name) => room[symbol](name) || client[symbol](name))
  const stores = [
    keyStore(room, 'a'), entriesStore(room), presenceStore(room), statusStore(room), versionStore(room), statusStore(client),
    conflictsStore(room), conflictsStore(client), refusalsStore(room), refusalsStore(client),
  ]
  assert.equal(hears(), false)
  const forgets = stores.flatMap((store) => [store.subscribe(() => {}), store.subscribe(() => {})])
  assert.equal(hears(), true)
  assert.equal(room.watchers.size, 1)
  for (const forget of forgets) {
    forget()
    forget()
  }
  assert.equal(hears(), false)
  assert.equal(room.watchers.size, 0)
  assert.equal(client.whenEnded.size, 0)
})

test('keys that are shown no more are not kept', async (t) => {
  const { rooms: [room] } = await alone(t)
  const refs = Array.from({ length: 100 }, (_, n) => {
    const store = keyStore(room, `k${n}`, {})
    room.set(`k${n}`, { n })
    store.subscribe(() => {})()
    return new WeakRef(store.getSnapshot())
  })
  await new Promise((resolve) => setTimeout(resolve, 20))
  globalThis.gc()
  await new Promise((resolve) => setTimeout(resolve, 20))
  globalThis.gc()
  assert.ok(refs.filter((ref) => ref.deref() !== undefined).length < 5)
})

test('a listener that throws or leaves stops nobody', async (t) => {
  const { rooms: [room] } = await alone(t)
  const store = keyStore(room, 'a', 0)
  const uncaught = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error.message))
  t.after(() => {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  })
  store.subscribe((value) => { if (value === 1) throw new Error('mine') })
  let leave
  const gone = []
  store.subscribe(() => leave?.())
  leave = store.subscribe((value) => gone.push(value))
  const values = told(store)
  room.set('a', 1)
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual([values, gone, uncaught], [[1], [0], ['mine']])
  assert.throws(() => store.subscribe('x'), { code: 'InvalidArgument' })
})

test('of many entries only those that changed are others', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  for (const n of [1, 2, 3]) await bob.set(`todo/${n}`, { n }).settled
  await shows(ada, 'todo/3', { n: 3 })
  const store = entriesStore(ada, 'todo/')
  const before = store.getSnapshot()
  assert.equal(store.getSnapshot(), before)
  assert.deepEqual(store.getServerSnapshot(), [])
  const values = told(store)
  assert.equal(values.begun[0], before)
  ada.set('title', 'x')
  ada.set('todo/2', { n: 2 })
  assert.equal(store.getSnapshot(), before)
  ada.set('todo/2', { n: 22 })
  await bob.set('todo/0', { n: 0 }).settled
  await shows(ada, 'todo/0', { n: 0 })
  ada.delete('todo/1')
  const after = store.getSnapshot()
  assert.deepEqual(after, [['todo/0', { n: 0 }], ['todo/2', { n: 22 }], ['todo/3', { n: 3 }]])
  assert.equal(after[2], before[2])
  assert.notEqual(after[1], before[1])
  assert.equal(values.length, 3)
  assert.equal(values[0][0], before[0])
})

test('edits by a store: functions see what is there, and a first patch builds on the initial value', async (t) => {
  const { rooms: [room] } = await alone(t)
  const count = keyStore(room, 'count', 10)
  count.set((previous) => previous + 1)
  count.update((previous) => previous + 1)
  assert.equal((await count.set((previous) => previous + 1).settled).kind, 'applied')
  assert.equal(room.get('count'), 13)
  const user = keyStore(room, 'user', { name: 'Ada', age: 36 })
  user.merge({ age: 37 })
  assert.deepEqual(room.get('user'), { name: 'Ada', age: 37 })
  await user.merge({ age: null }).settled
  assert.deepEqual(user.getSnapshot(), { name: 'Ada' })
  user.delete()
  assert.deepEqual(user.getSnapshot(), { name: 'Ada', age: 36 })
  keyStore(room, 'bare').merge({ a: 1 })
  assert.deepEqual(room.get('bare'), { a: 1 })
  assert.throws(() => count.set(() => {}), { code: 'InvalidArgument' })
  assert.equal(count.getSnapshot(), 13)
})

test('an edit by a function begins at what is shown, which may be null', async (t) => {
  const { rooms: [room] } = await alone(t)
  room.set('a', null)
  const store = keyStore(room, 'a', 5)
  assert.equal(store.getSnapshot(), null)
  const seen = []
  for (const edit of [store.set, store.update]) {
    edit((previous) => {
      seen.push(previous)
      return null
    })
  }
  store.delete()
  store.set((previous) => previous + 1)
  assert.deepEqual([seen, store.getSnapshot()], [[null, null], 6])
})

test('a refused edit is taken back where it was shown', async (t) => {
  const { rooms: [ada], server } = await alone(t, { authorize: () => ({ principal: 'a', write: ['own/'] }) })
  await server.room('cart').set('price', 5)
  await shows(ada, 'price', 5)
  const price = keyStore(ada, 'price', 0)
  const values = told(price)
  const refusals = refusalsStore(ada, 2)
  const lists = told(refusals)
  assert.equal((await price.set(6).settled).kind, 'refused')
  assert.deepEqual(values, [6, 5])
  assert.deepEqual(lists.at(-1).map(({ key, code, theirs }) => [key, code, theirs]), [['price', 'Forbidden', 5]])
  for (const n of [7, 8]) await price.set(n).settled
  assert.deepEqual(refusals.getSnapshot().map(({ mine }) => mine), [7, 8])
  refusals.dismiss(refusals.getSnapshot()[0])
  assert.deepEqual(refusals.getSnapshot().map(({ mine }) => mine), [8])
  refusals.dismiss()
  assert.deepEqual(refusals.getSnapshot(), [])
})

test('a store of a room that was closed shows what was there last', async (t) => {
  const { rooms: [room], clients: [client] } = await alone(t)
  await room.set('a', 1).settled
  room.presence.update({ name: 'Ada' })
  const stores = [keyStore(room, 'a', 0), entriesStore(room), presenceStore(room), versionStore(room)]
  const before = stores.map((store) => store.getSnapshot())
  const status = statusStore(room)
  const [values, statuses] = [told(stores[0]), told(status)]
  const fresh = keyStore(room, 'never looked at', 7)
  const whole = told(statusStore(client))
  room.close()
  assert.deepEqual(stores.map((store) => store.getSnapshot()), before)
  assert.deepEqual([fresh.getSnapshot(), told(fresh).begun], [7, [7]])
  assert.equal(statuses.at(-1).status, 'offline')
  assert.throws(() => stores[0].set(2), { code: 'Closed' })
  values.forget()
  told(stores[0]).forget()
  for (const store of [entriesStore(room), presenceStore(room), statusStore(room), conflictsStore(room), refusalsStore(room)]) told(store).forget()
  client.close()
  assert.equal(whole.at(-1).status, 'offline')
  assert.equal(statusStore(client).getSnapshot().status, 'offline')
  told(statusStore(client)).forget()
})

test('the status is told when it changes, with when all was last well', async (t) => {
  const net = network()
  const { rooms: [room], clients: [client] } = await meet(t, {}, [{ WebSocket: net.WebSocket }])
  await until(room, 'status', () => room.status === 'synced')
  const [mine, all] = [statusStore(room), statusStore(client)]
  const [one, whole] = [told(mine), told(all)]
  assert.equal(one.begun[0].status, 'synced')
  assert.ok(one.begun[0].lastSynced instanceof Date)
  const before = mine.getSnapshot()
  room.presence.update({ x: 1 })
  assert.equal(mine.getSnapshot(), before)
  await net.down(client)
  room.set('a', 1)
  await until(client, 'status', () => client.status === 'degraded')
  for (const store of [mine, all]) {
    const { status, pending, lastSynced } = store.getSnapshot()
    assert.deepEqual([status, pending, typeof lastSynced.getTime()], ['degraded', 1, 'number'])
  }
  net.up(client)
  await client.flush()
  await until(client, 'status', () => client.status === 'synced')
  for (const values of [one, whole]) {
    assert.deepEqual([values.at(-1).status, values.at(-1).pending], ['synced', 0])
    assert.ok(values.some(({ status, pending }) => status === 'offline' && pending === 0))
  }
  assert.deepEqual(mine.getServerSnapshot(), { status: 'offline', pending: 0, lastSynced: null })
})

test('versions follow verdicts and changes', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  const store = versionStore(ada)
  const versions = told(store)
  assert.deepEqual([versions.begun, store.getServerSnapshot()], [[0], undefined])
  await ada.set('a', 1).settled
  await bob.set('a', 2).settled
  await shows(ada, 'a', 2)
  assert.deepEqual(versions, [1, 2])
})

test('of those who are present only those that changed are others', async (t) => {
  const { rooms: [ada, bob, eve] } = await meet(t, {}, [{}, {}, {}])
  const store = presenceStore(ada)
  const values = told(store)
  assert.deepEqual([values.begun[0].self, values.begun[0].others.size], [null, 0])
  store.update({ name: 'Ada' })
  assert.deepEqual(values.at(-1).self, { name: 'Ada' })
  bob.presence.update({ name: 'Bob' })
  eve.presence.update({ name: 'Eve' })
  await until(ada, 'presence', () => ada.presence.others.size === 2)
  const before = store.getSnapshot()
  assert.equal(store.getSnapshot(), before)
  bob.presence.update({ cursor: 1 })
  await until(ada, 'presence', () => ada.presence.others.get(bob.presence.id).cursor === 1)
  const after = store.getSnapshot()
  assert.equal(after.others.get(eve.presence.id), before.others.get(eve.presence.id))
  assert.notEqual(after.others.get(bob.presence.id), before.others.get(bob.presence.id))
  assert.equal(after.self, before.self)
  const { others } = after
  store.clear()
  assert.equal(store.getSnapshot().self, null)
  assert.equal(store.getSnapshot().others, others)
})

/** Two writers of a strict key whose resolver asks: the first one's edit is stale. */
async function quarrel(t) {
  const net = network()
  const world = await meet(t, { policy: { '': 'strict' } }, [{ WebSocket: net.WebSocket, resolvers: { '': 'ask' } }, {}])
  const { rooms: [ada, bob], clients: [client] } = world
  const clash = async (key) => {
    await net.down(client)
    ada.set(key, 'mine')
    await bob.set(key, 'theirs').settled
    net.up(client)
  }
  return { ...world, clash }
}

test('a conflict waits for whoever looks, until somebody decides', async (t) => {
  const { rooms: [ada, bob], clients: [client], clash } = await quarrel(t)
  const [store, whole] = [conflictsStore(ada), conflictsStore(client)]
  const values = told(store)
  const all = told(whole)
  await clash('title')
  await heard(ada, 'conflict')
  const [{ key, mine, theirs }] = store.getSnapshot()
  assert.deepEqual([key, mine, theirs], ['title', 'mine', 'theirs'])
  values.forget()
  assert.deepEqual(told(store).begun[0].map(({ key }) => key), ['title'])
  const [conflict] = store.getSnapshot()
  assert.throws(() => conflict.resolve(undefined), { code: 'InvalidArgument' })
  assert.equal(store.getSnapshot().length, 1)
  const edit = conflict.resolve(KEEP_MINE)
  assert.deepEqual(store.getSnapshot(), [])
  assert.equal((await edit.settled).kind, 'applied')
  assert.deepEqual(all.at(-1), [])
  await shows(bob, 'title', 'mine')
  await clash('other')
  await heard(ada, 'conflict')
  all.at(-1)[0].resolve(KEEP_THEIRS)
  await client.flush()
  assert.deepEqual([store.getSnapshot(), whole.getSnapshot(), ada.get('other')], [[], [], 'theirs'])
})

test('a conflict goes with its room', async (t) => {
  const { rooms: [ada], clients: [client], clash } = await quarrel(t)
  const [values, all] = [told(conflictsStore(ada)), told(conflictsStore(client))]
  await clash('title')
  await heard(ada, 'conflict')
  assert.deepEqual([values.at(-1).length, all.at(-1).length], [1, 1])
  ada.close()
  assert.deepEqual([values.at(-1), all.at(-1)], [[], []])
  assert.equal(ada.watchers.size, 0)
})

test('arguments that are none are refused', async (t) => {
  const { rooms: [room] } = await alone(t)
  for (const bad of [undefined, null, 'cart', {}]) assert.throws(() => keyStore(bad, 'a'), { code: 'InvalidArgument' })
  for (const bad of [undefined, null, 'cart', {}]) assert.throws(() => statusStore(bad), { code: 'InvalidArgument' })
  assert.throws(() => keyStore(room, 7), { code: 'InvalidArgument' })
  assert.throws(() => entriesStore(room, 7), { code: 'InvalidArgument' })
  assert.equal(typeof connect, 'function')
})
