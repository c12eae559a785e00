// Everything that is used after its end says so.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ClosedError } from 'syncline'

import { meet } from './support/world.js'

const CLIENT = {
  room: (client) => client.room('cart'),
  status: (client) => client.status,
  pending: (client) => client.pending,
  storage: (client) => client.storage,
  limits: (client) => client.limits,
  setToken: (client) => client.setToken('x'),
  reconnect: (client) => client.reconnect(),
  flush: (client) => client.flush(),
  stored: (client) => client.stored(),
  metrics: (client) => client.metrics(),
  prometheus: (client) => client.prometheus(),
  flight: (client) => client.flight(),
  ref: (client) => client.ref(),
  on: (client) => client.on('change', () => {}),
  once: (client) => client.once('change', () => {}),
}
const CLIENT_SILENT = ['close', 'closed', 'unref', 'off', 'rooms']

const ROOM = {
  ready: (room) => room.ready,
  get: (room) => room.get('a'),
  has: (room) => room.has('a'),
  getJson: (room) => room.getJson('a'),
  keys: (room) => room.keys(),
  entries: (room) => room.entries(),
  entriesJson: (room) => room.entriesJson(),
  confirmed: (room) => room.confirmed('a'),
  version: (room) => room.version,
  epoch: (room) => room.epoch,
  status: (room) => room.status,
  lastSynced: (room) => room.lastSynced,
  syncedAt: (room) => room.syncedAt,
  pending: (room) => room.pending,
  durability: (room) => room.durability,
  set: (room) => room.set('a', 1),
  merge: (room) => room.merge('a', {}),
  add: (room) => room.add('a', 1),
  delete: (room) => room.delete('a'),
  insert: (room) => room.insert('a', 0, 1),
  remove: (room) => room.remove('a', 0),
  move: (room) => room.move('a', 0, 0),
  replace: (room) => room.replace('a', 0, 1),
  batch: (room) => room.batch((batch) => batch.set('a', 1)),
  watch: (room) => room.watch('', () => {}),
  changes: (room) => room.changes(),
  forget: (room) => room.forget(),
  on: (room) => room.on('change', () => {}),
  once: (room) => room.once('change', () => {}),
  onEnd: (room) => room.onEnd(() => {}),
}
// These are for the client that the room belongs to.
const ROOM_SILENT = ['close', 'closed', 'off', 'becomeReady', 'failReady', 'finish', 'tell']

const PRESENCE = {
  id: (presence) => presence.id,
  self: (presence) => presence.self,
  others: (presence) => presence.others,
  update: (presence) => presence.update({}),
  clear: (presence) => presence.clear(),
  onEnd: (presence) => presence.onEnd(() => {}),
}

const SERVER = {
  listen: (server) => server.listen(),
  room: (server) => server.room('cart'),
  html: (server) => server.html('cart', 'cart'),
  rooms: (server) => server.rooms(),
  revoke: (server) => server.revoke('ada'),
  metrics: (server) => server.metrics(),
  prometheus: (server) => server.prometheus(),
  flight: (server) => server.flight(),
  shutdown: (server) => server.shutdown(),
  windDown: (server) => server.windDown(),
  on: (server) => server.on('change', () => {}),
  once: (server) => server.once('change', () => {}),
}
// Called by the application's own listeners, where nobody catches; see sockets.test.js and listening.test.js.
const SERVER_SILENT = ['attach', 'close', 'closed', 'off', 'upgrade']

const HOSTED = {
  get: (room) => room.get('a'),
  getVersioned: (room) => room.getVersioned('a'),
  entries: (room) => room.entries(),
  entriesJson: (room) => room.entriesJson(),
  keys: (room) => room.keys(),
  version: (room) => room.version(),
  report: (room) => room.report(),
  metrics: (room) => room.metrics(),
  presences: (room) => room.presences(),
  export: (room) => room.export(),
  set: (room) => room.set('a', 1),
  merge: (room) => room.merge('a', {}),
  add: (room) => room.add('a', 1),
  delete: (room) => room.delete('a'),
  insert: (room) => room.insert('a', 0, 1),
  remove: (room) => room.remove('a', 0),
  move: (room) => room.move('a', 0, 0),
  replace: (room) => room.replace('a', 0, 1),
  batch: (room) => room.batch((write) => write.set('a', 1)),
  edit: (room) => room.edit((edit) => edit.set('a', 1)),
  touchView: (room) => room.touchView('a'),
  expire: (room) => room.expire(1),
  renew: (room) => room.renew(),
  unload: (room) => room.unload(),
  deleteRoom: (room) => room.deleteRoom(),
}

function members(object, stop = Object.prototype) {
  const names = new Set()
  for (let at = Object.getPrototypeOf(object); at !== stop; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name)
  }
  for (const name of ['constructor', 'assertOpen']) names.delete(name)
  return [...names]
}

/** Every member is in the table, or known to be silent; and those of the table say that it is over. */
async function check(t, what, object, table, silent = []) {
  assert.deepEqual(members(object).sort(), [...Object.keys(table), ...silent].sort(), `members of ${what}`)
  for (const [name, use] of Object.entries(table)) {
    await t.test(`${what}.${name}`, () => assert.rejects(async () => use(object), ClosedError))
  }
}

test('a closed client', async (t) => {
  const { clients: [client], rooms: [room] } = await meet(t, {}, [{}])
  room.set('a', 1)
  client.close()
  await check(t, 'client', client, CLIENT, CLIENT_SILENT)
  await check(t, 'room', room, ROOM, ROOM_SILENT)
  await check(t, 'presence', room.presence, PRESENCE)
})

test('a closed room', async (t) => {
  const { clients: [client], rooms: [room] } = await meet(t, {}, [{}])
  room.set('a', 1)
  room.close()
  await check(t, 'room', room, ROOM, ROOM_SILENT)
  await check(t, 'presence', room.presence, PRESENCE)
  assert.equal(client.status, 'synced')
})

test('a closed server', async (t) => {
  const { server } = await meet(t, {}, [{}])
  const room = server.room('cart')
  const waiting = assert.rejects(room.edit(() => new Promise(() => {})), ClosedError)
  const closing = server.close()
  assert.equal(server.close(), closing)
  await closing
  await waiting
  await check(t, 'server', server, SERVER, SERVER_SILENT)
  await check(t, 'server room', room, HOSTED)
})
