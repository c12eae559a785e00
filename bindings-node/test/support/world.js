// A server and its clients, all of which end with the test.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { after } from 'node:test'

import { connect, Server } from 'syncline'
import { WebSocket } from 'ws'

// Hearing of events does not keep a process, and tests are one.
const stay = setInterval(() => {}, 1_000)
after(() => clearInterval(stay))

/** Pauses after failures that do not make a test long. */
export const timing = { backoff_first_ms: 2, backoff_most_ms: 20 }

/** Whoever says a name may do everything. */
export const byName = ({ token }) => (token === '' ? null : { principal: token, write: true })

const folders = []
// After everything that writes to them: what ends with a test ends in the order in which it was begun.
process.on('exit', () => { for (const path of folders) rmSync(path, { recursive: true, force: true, maxRetries: 5 }) })

/** A directory that ends with the process. */
export function directory() {
  const path = mkdtempSync(join(tmpdir(), 'syncline-'))
  folders.push(path)
  return path
}

/** A server that listens. */
export async function serve(t, options = {}, where = {}) {
  const server = new Server({ authorize: byName, ...options })
  t.after(() => server.close())
  const { url, port } = await server.listen({ port: 0, host: '127.0.0.1', ...where })
  return { server, url, port }
}

/** A client. */
export async function join_(t, url, options = {}) {
  const client = await connect(url, { token: 'ada', timing, ...options })
  t.after(() => client.close())
  return client
}

export { join_ as join }

/** A server, and clients of one room. */
export async function meet(t, options = {}, people = [{}, {}]) {
  const world = await serve(t, options)
  const rooms = []
  const clients = []
  for (const [index, person] of people.entries()) {
    const client = await join_(t, world.url, { token: `person-${index}`, ...person })
    clients.push(client)
    rooms.push(client.room('cart'))
    await rooms[index].ready
  }
  return { ...world, clients, rooms }
}

/** Resolves with the first event for which the test is true; at once if `now` already holds. */
export function heard(target, name, test = () => true) {
  return new Promise((resolve) => {
    const forget = target.on(name, (event) => {
      if (!test(event)) return
      forget()
      resolve(event)
    })
  })
}

/** Resolves once the condition holds, which is looked at after each of these events. */
export async function until(target, name, condition) {
  while (!condition()) await heard(target, name)
}

/** Resolves once a room shows this of a key. */
export function shows(room, key, value) {
  return until(room, 'change', () => JSON.stringify(room.get(key)) === JSON.stringify(value))
}

/** A network that can be taken away from one client: a class of sockets. */
export function network() {
  const sockets = new Set()
  let up = true
  class Socket extends WebSocket {
    constructor(url) {
      super(up ? url : 'ws://127.0.0.1:1')
      sockets.add(this)
      this.addEventListener('close', () => sockets.delete(this))
    }
  }
  return {
    WebSocket: Socket,
    sockets,
    /** Ends the connection of this client and lets it make no other. */
    async down(client) {
      const gone = until(client, 'status', () => client.status !== 'synced' && client.status !== 'pending')
      up = false
      for (const socket of sockets) socket.terminate()
      await gone
    },
    up(client) {
      up = true
      client.reconnect()
    },
  }
}
