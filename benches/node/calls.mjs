/**
 * What calls cost in Node: `name<TAB>nanoseconds` lines, each the least of several rounds, under the names of the programs
 * beside it.
 *
 * `calls.mjs rooms|handles|hand`: through the classes of applications, through the handles, or as somebody would write it
 * by hand: a Map, and messages by JSON.
 */

import { ClientHandle, connect, Edits, ServerHandle } from './packages.mjs'

/** Of ten milliseconds or so each, so that some are not disturbed. */
const ROUNDS = 30
const OBJECT = { name: 'tea', price: 4, tags: ['green', 'loose'] }

/** What is read, so that reading is not left out. */
let sink

function measure(name, calls, work) {
  let best = Infinity
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.hrtime.bigint()
    work(calls)
    best = Math.min(best, Number(process.hrtime.bigint() - start) / calls)
  }
  console.log(`${name}\t${best.toFixed(1)}`)
}

/** The calls on one room; every language measures these. */
function measureRoom(get, set) {
  set('visits', 1)
  set('items', OBJECT)
  measure('get an integer', 40_000, (calls) => {
    for (let call = 0; call < calls; call += 1) sink = get('visits')
  })
  measure('get a 50 B object', 10_000, (calls) => {
    for (let call = 0; call < calls; call += 1) sink = get('items')
  })
  measure('set an integer', 10_000, (calls) => {
    for (let call = 0; call < calls; call += 1) set('visits', call)
  })
  measure('set a 50 B object', 5_000, (calls) => {
    for (let call = 0; call < calls; call += 1) set('items', OBJECT)
  })
}

function measurePair(pair) {
  pair.connect()
  measure('a change told: write, frame, event', 1_500, (calls) => {
    for (let call = 0; call < calls; call += 1) pair.change()
  })
  measure('connect: greet, join, first state', 300, (calls) => {
    for (let call = 0; call < calls; call += 1) pair.connect()
  })
}

/** A client and a server that hand their frames to each other. */
class Pair {
  #server = ServerHandle.manual({}, 'volatile', new Uint8Array(32).fill(1), 0)
  #room = this.#server.roomOpen('bench')
  #client = newClient()
  #conn = 0

  /** Another client, until it knows the room's state. */
  connect() {
    this.#client.close()
    if (this.#conn > 0) this.#server.disconnected(this.#conn)
    this.#client = newClient()
    this.#client.open('bench')
    this.#conn += 1
    this.#client.connected('token')
    this.#server.connected(this.#conn)
    while (!this.#pump());
  }

  /** A write of the server, until the client has told of it. */
  change() {
    this.#server.roomWrite(this.#room, new Edits().add('visits', 1))
    while (!this.#pump());
  }

  /** Carries out what both want, and says whether the client told of a change or that it is ready. */
  #pump() {
    for (const output of this.#server.drain()) {
      if (output.kind === 'transmit') {
        this.#client.receive(output.bytes)
        this.#server.writable(output.conn)
      } else if (output.kind === 'authorize') this.#server.grant(output.request, 'ada', [''])
    }
    let told = false
    for (const output of this.#client.drain()) {
      if (output.kind === 'transmit') this.#server.receive(this.#conn, output.bytes)
      else if (output.kind === 'change' || output.kind === 'ready') told = true
    }
    return told
  }
}

function newClient() {
  return ClientHandle.manual({ durable: false }, new Uint8Array(32).fill(2), [], 0)
}

/** The same by hand: no versions, no verdicts, no rollback, no queue for when it is offline. */
class HandPair {
  #server = new Map([['visits', 0]])
  #client = new Map()

  connect() {
    const hello = JSON.parse(JSON.stringify({ token: 'token', room: 'bench' }))
    const state = JSON.stringify({ room: hello.room, state: [...this.#server] })
    this.#client = new Map(JSON.parse(state).state)
  }

  change() {
    const value = this.#server.get('visits') + 1
    this.#server.set('visits', value)
    const message = JSON.parse(JSON.stringify({ key: 'visits', value }))
    this.#client.set(message.key, message.value)
    sink = message.key
  }
}

const ways = {
  async rooms() {
    const client = await connect('ws://127.0.0.1:9')
    const room = client.room('bench')
    measureRoom((key) => room.get(key), (key, value) => room.set(key, value))
    client.close()
  },
  handles() {
    const client = ClientHandle.automatic()
    const room = client.open('bench')
    measureRoom((key) => client.get(room, key), (key, value) => client.set(room, key, value))
    client.close()
    measurePair(new Pair())
  },
  hand() {
    const map = new Map()
    measureRoom(
      (key) => map.get(key),
      (key, value) => {
        map.set(key, value)
        sink = JSON.stringify({ key, value })
      },
    )
    measurePair(new HandPair())
  },
}

await ways[process.argv[2] ?? 'rooms']()
