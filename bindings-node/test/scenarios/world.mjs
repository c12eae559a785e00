/** Everything that there is in a scenario: a server, clients, the network, storage and time. */

import { drainClient } from './client.mjs'
import { Vain } from './link.mjs'
import { settle, tellWritable } from './network.mjs'
import { drainServer, newServer } from './server.mjs'

/** Moves of time after which it is clear that something wants to be woken for nothing. */
const WAKES_MOST = 10_000

export class World {
  now = 0
  server = newServer()
  clients = []
  views = new Map()
  screens = new Map()
  /** What the host says to a token; whoever is not here may write everything. */
  answers = new Map()
  lastConn = 0
  /** Whose a connection is or was. */
  owners = new Map()
  /** Nothing is printed but errors. */
  quiet = false
  #lines = []

  /** @param engine The classes of the handles, of whatever backend. */
  constructor(engine) {
    this.engine = engine
  }

  print(line) {
    if (!this.quiet) this.#lines.push(line)
  }

  takeLines() {
    const lines = this.#lines
    this.#lines = []
    return lines
  }

  /** The result; of an error of the engine the code is printed, and undefined given. */
  told(use) {
    try {
      return use()
    } catch (error) {
      this.#lines.push(`! ${this.codeOf(error)}`)
      return undefined
    }
  }

  codeOf(error) {
    if (error instanceof this.engine.SynclineError) return error.code
    throw error
  }

  client(name) {
    const found = this.clients.find((client) => client.name === name)
    if (found === undefined) throw new Vain(`${name}: no such client`)
    return found
  }

  link(name) {
    const { link } = this.client(name)
    if (link === undefined) throw new Vain(`${name}: not connected`)
    return link
  }

  /** Carries out what everyone wants until nobody wants anything. */
  pump() {
    for (let moved = true; moved; ) {
      moved = drainServer(this)
      for (const client of this.clients) moved = drainClient(this, client) || moved
      moved = tellWritable(this) || moved
    }
  }

  /** Lets time pass, each deadline in its turn. With `settled`, frames arrive meanwhile. */
  pass(until, settled) {
    for (let wakes = 0; wakes < WAKES_MOST; wakes += 1) {
      if (settled) settle(this)
      const next = this.#deadline()
      const due = next !== undefined && next <= until
      if (!due && this.now === until) return
      this.#setNow(Math.max(due ? next : until, this.now))
    }
    throw new Vain(`something wants to be woken at ${this.#deadline()} again and again`)
  }

  #deadline() {
    const handles = [this.server.handle, ...this.clients.map((client) => client.handle)]
    const times = handles.map((handle) => handle && this.unlessClosed(() => handle.deadline()))
    return times.reduce((least, time) => (least === undefined || time < least ? time : least), undefined)
  }

  #setNow(now) {
    this.now = now
    this.server.handle?.setNow(now)
    for (const { handle } of this.clients) {
      if (handle !== undefined) this.unlessClosed(() => handle.setNow(now))
    }
    this.pump()
  }

  /** A closed client has no time, and wants nothing. */
  unlessClosed(use) {
    try {
      return use()
    } catch (error) {
      if (this.codeOf(error) === 'Closed') return undefined
      throw error
    }
  }
}

/** The entropy of a party: another one after each restart. */
export function seed(name, restarts) {
  const first = name.charCodeAt(0)
  const seed = Uint8Array.from({ length: 32 }, (_, at) => first + at)
  seed[0] += restarts
  return seed
}
