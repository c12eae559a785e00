/** What handles do with right and wrong use. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { View } from 'syncline/views'

import { ClientHandle, ClosedError, Edits, ServerHandle } from '../../dist/esm/handle.js'
import { manualClient, manualServer, pump } from './pair.mjs'

const SEED = new Uint8Array(32)

/** Calls of every method, with arguments that would be right for an open handle. */
const shown = new View('shown')

function callsOf(handle) {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(handle)).filter((name) => name !== 'constructor')
  const special = {
    batch: [1, new Edits()],
    roomWrite: [1, new Edits()],
    resolve: [1, 1, { keep: 'mine' }],
    receive: handle instanceof ClientHandle ? ['{}'] : [1, '{}'],
    grant: [1, 'ada', ['']],
    deny: [1, 'Forbidden'],
    roomOpened: [1, []],
    setNow: [1],
    move: [1, 'k', 0, 1],
    insert: [1, 'k', 0, 1],
    replace: [1, 'k', 0, 1],
    remove: [1, 'k', 0],
    add: [1, 'k', 1],
    setWake: [() => {}],
    prometheus: [{}],
    roomExpire: [1, 1],
    windDown: [1, 1],
    roomShow: [1, 'text', shown],
    persisted: handle instanceof ClientHandle ? [1] : [1, 1],
  }
  const texts = ['open', 'room', 'setToken', 'connected', 'persistFailed', 'revoke', 'roomOpen']
  return names.map((name) => {
    const isText = texts.includes(name) && !(name === 'connected' && handle instanceof ServerHandle)
    const args = special[name] ?? (isText ? ['text'] : [1, 'text', 'text'])
    return [name, () => handle[name](...args)]
  })
}

test('a closed handle refuses every call', () => {
  for (const handle of [manualClient(), ClientHandle.automatic(), manualServer(), ServerHandle.automatic()]) {
    handle.close()
    const calls = callsOf(handle)
    assert.ok(calls.length > 25)
    for (const [name, call] of calls) {
      assert.throws(call, (error) => error instanceof ClosedError && error.code === 'Closed', name)
    }
  }
})

test('calls of the other mode are refused', () => {
  const client = ClientHandle.automatic()
  assert.throws(() => client.setNow(1), { code: 'WrongMode' })
  assert.throws(() => client.persisted(1), { code: 'WrongMode' })
  assert.throws(() => client.persistFailed('x'), { code: 'WrongMode' })
  client.close()
  const server = ServerHandle.automatic()
  assert.throws(() => server.roomOpened(1, []), { code: 'WrongMode' })
  server.close()
})

test('configuration that is wrong is refused, and says where', () => {
  assert.throws(() => ClientHandle.automatic({ debounse: {} }), { code: 'InvalidArgument', actual: /debounse/ })
  assert.throws(() => ServerHandle.automatic({ limits: { frame_bytes: 0 } }), { code: 'InvalidArgument' })
  assert.throws(() => ClientHandle.manual({}, new Uint8Array(31), [], 0), { code: 'InvalidArgument', actual: '31' })
  assert.throws(() => ClientHandle.manual({}, [], [], 0), { code: 'InvalidArgument' })
  assert.throws(() => ClientHandle.manual({}, SEED, [[1]], 0), { code: 'InvalidArgument' })
  assert.throws(() => ClientHandle.manual({}, SEED, [], -1), { code: 'InvalidArgument' })
  assert.throws(() => ClientHandle.manual({}, SEED, [Uint8Array.of(1, 2, 3)], 0), { code: 'StorageCorrupt' })
  assert.throws(() => ClientHandle.automatic(1), { code: 'InvalidArgument' })
  assert.throws(() => ClientHandle.automatic({}, 1), { code: 'InvalidArgument' })
})

test('edits make a verdict, events and what the other side reads', () => {
  const [client, server] = [manualClient(), manualServer({ watch: true })]
  const state = { conn: 0 }
  const room = client.open('cart')
  client.set(room, 'a', 1)
  client.merge(room, 'user', { name: 'Ada' })
  client.add(room, 'visits', 2)
  client.insert(room, 'list', 0, 'x')
  client.insert(room, 'list', 1, 'y')
  client.move(room, 'list', 0, 1)
  client.replace(room, 'list', 0, 'z')
  const draft = client.batch(room, new Edits().insert('list', 2, 'w').remove('list', 1).set('b', true).expect('a').delete('a'))
  client.setPresence(room, { at: 1 })
  client.flush()
  const told = pump(client, server, state)
  const kinds = told.client.map((output) => output.kind)
  for (const kind of ['change', 'verdict', 'ready', 'status']) assert.ok(kinds.includes(kind), kind)
  const verdict = told.client.find((output) => output.kind === 'verdict' && output.draft === draft)
  assert.deepEqual(verdict, { kind: 'verdict', room, draft, verdict: { kind: 'applied', version: client.version(room) } })
  const number = server.room('cart')
  assert.deepEqual(server.rooms(), [[number, 'cart']])
  assert.deepEqual(server.roomEntries(number), [
    ['b', true],
    ['list', ['z', 'w']],
    ['user', { name: 'Ada' }],
    ['visits', 2],
  ])
  assert.deepEqual(server.roomEntries(number), client.entries(room))
  assert.deepEqual(client.items(room, 'list').map(([, value]) => value), ['z', 'w'])
  assert.equal(client.items(room, 'nothing'), undefined)
  assert.throws(() => client.items(room, 'b'), { code: 'WrongType' })
  assert.deepEqual(client.keys(room, 'u'), ['user'])
  assert.equal(client.confirmedGet(room, 'visits'), 2)
  assert.equal(client.epoch(room), server.roomReport(number).epoch)
  assert.equal(client.durability(room), 'volatile')
  assert.deepEqual([client.ready(room), client.pending(room), client.pendingTotal()], [true, 0, 0])
  assert.deepEqual(client.status(room), { status: 'synced', syncedAt: 0 })
  assert.deepEqual([client.overallStatus(), client.roomName(room), client.room('cart')], ['synced', 'cart', room])
  assert.deepEqual(client.presenceOwn(room), { at: 1 })
  assert.ok(client.metrics().applied > 0 && server.metrics().frames_in > 0)
  assert.match(client.prometheus({ shop: 'one' }), /shop="one"/)
  assert.match(server.prometheus(), /syncline_server_connections/)
  assert.deepEqual([client.flight(), server.flight()], [undefined, undefined])
  assert.equal(server.roomMetrics(number).applied, client.metrics().applied)
  assert.deepEqual(server.limits(), client.limits())
  assert.equal(client.denied(room), undefined)
  server.revoke('ada')
  pump(client, server, { conn: 1 })
  assert.equal(client.denied(room), 'Forbidden')
  client.open('cart')
  pump(client, server, { conn: 1 })
  assert.equal(client.denied(room), undefined)
  const report = server.roomReport(number)
  assert.deepEqual([report.name, report.keys, report.readers, report.stagedVersion], ['cart', 4, 1, report.version])
  const changed = told.server.findLast((output) => output.kind === 'changed')
  assert.deepEqual([changed.room, changed.version, changed.principals], [number, report.version, ['ada']])
  assert.equal(client.close(), 0)
  server.close()
})

test('a host writes what it expects, and a stale edit has three sides', () => {
  const server = manualServer({ policy: { '': 'strict' } })
  const client = manualClient({ resolvers: { '': 'custom' } })
  const room = client.open('cart')
  client.set(room, 'k', { n: 1 })
  client.flush()
  pump(client, server)
  const number = server.roomOpen('cart')
  const [version] = server.roomGet(number, 'k')
  assert.throws(() => server.roomWrite(number, new Edits().set('k', 2, { ifVersion: version + 1 })), { code: 'Stale' })
  assert.throws(() => server.roomWrite(number, new Edits().set('k', 2, { ifVersion: 0 })), { code: 'Stale' })
  client.set(room, 'k', { n: 3 })
  const write = server.roomWrite(number, new Edits().set('k', { n: 2 }, { ifVersion: version }))
  assert.deepEqual(server.roomStaged(number, 'k'), [version + 1, { n: 2 }])
  client.flush()
  // The write was first, and its news arrive with the refusal.
  const told = pump(client, server, { conn: 1 })
  assert.deepEqual(
    told.server.find((output) => output.kind === 'written'),
    { kind: 'written', room: number, write, version: version + 1 },
  )
  const conflict = told.client.find((output) => output.kind === 'conflict')
  assert.deepEqual([conflict.mine, conflict.base, conflict.theirs], [{ n: 3 }, { n: 1 }, { n: 2 }])
  assert.deepEqual([conflict.key, conflict.code, conflict.mineJson], ['k', 'Stale', '{"n":3}'])
  assert.equal(conflict.mine, conflict.mine)
  assert.ok(client.resolve(room, conflict.draft, { value: { n: 4 } }) > conflict.draft)
  assert.throws(() => client.resolve(room, conflict.draft, { keep: 'mine' }), { code: 'NotFound' })
  assert.throws(() => client.resolve(room, conflict.draft, { keep: 'both' }), { code: 'InvalidArgument' })
  assert.throws(() => client.batch(room, new Edits().set('k', 1, { ifVersion: 1 })), { code: 'InvalidArgument' })
  client.close()
  server.close()
})

test('frames are bytes of any kind, also of memory that was given away or is shared', () => {
  const [client, server] = [manualClient(), manualServer()]
  client.open('cart')
  pump(client, server)
  const frame = new Uint8Array(new SharedArrayBuffer(4)).fill(0xff)
  server.receive(1, frame)
  assert.ok(server.drain().some((output) => output.kind === 'close' && output.code === 'Malformed'))
  const gone = new Uint8Array(16)
  structuredClone(gone, { transfer: [gone.buffer] })
  client.receive(gone)
  client.receive(Buffer.from('{'))
  for (const wrong of [undefined, null, 1, [1], new ArrayBuffer(1), new DataView(new ArrayBuffer(1)), new Uint16Array(1)]) {
    assert.throws(() => client.receive(wrong), { code: 'InvalidArgument' })
  }
  client.close()
  server.close()
})
