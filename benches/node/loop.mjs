/**
 * How long event loops of Node are blocked while 10,000 edits a second flow over a WebSocket, from this process to one with a
 * server: `name<TAB>number` lines.
 *
 * `loop.mjs idle|rooms|hand`: without edits; by the package; or as somebody would write it by hand over the same WebSocket
 * library: a message of JSON for each edit, a Map, and an acknowledgement.
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { connect, Server, WebSocket, WebSocketServer } from './packages.mjs'

const RATE = 10_000
const KEYS = 1_000
const BURST_MS = 2
const WARM_MS = 1_000
const RUN_MS = 5_000

const valueOf = (edit) => ({ name: 'tea', price: edit % 10, tags: ['green', 'loose'] })
const keyOf = (edit) => `key/${String(edit % KEYS).padStart(5, '0')}`

/** Blocks of this process's loop, by how late a timer of one millisecond is, and its share of a core, since it began. */
class Watch {
  #delays = monitorEventLoopDelay({ resolution: 1 })
  #since = performance.now()
  #used = process.cpuUsage()

  constructor() {
    this.#delays.enable()
  }

  report() {
    const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - 1)
    const { user, system } = process.cpuUsage(this.#used)
    return {
      longest: late(this.#delays.max),
      p99: late(this.#delays.percentile(99)),
      share: (user + system) / 10 / (performance.now() - this.#since),
    }
  }
}

/** The far side: answers `begin`, and `end` with its report. */
async function serve(way) {
  const url = await (way === 'hand' ? serveByHand() : serveRooms())
  let watch
  process.on('message', (message) => {
    if (message === 'begin') watch = new Watch()
    else process.send(watch.report(), () => process.exit(0))
  })
  process.send(url)
}

async function serveRooms() {
  const server = new Server({ authorize: () => ({ principal: 'ada', write: true }) })
  return (await server.listen({ host: '127.0.0.1' })).url
}

async function serveByHand() {
  const map = new Map()
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { edit, key, value } = JSON.parse(data)
      map.set(key, value)
      socket.send(JSON.stringify({ applied: edit }))
    })
  })
  await once(server, 'listening')
  return `ws://127.0.0.1:${server.address().port}`
}

/** The package's client; `decided` is how many edits have a verdict. */
async function openRooms(url) {
  const client = await connect(url)
  const room = client.room('bench')
  await room.ready
  return {
    set: (key, value) => room.set(key, value),
    counts: () => {
      const { total, coalesced, queue_depth, pushes, latency } = client.metrics()
      return { decided: total + coalesced - queue_depth, pushes, p50: latency.p50_ms, p99: latency.p99_ms }
    },
    close: () => client.close(),
  }
}

/** The same by hand: no versions, no verdicts, no rollback, no queue for when it is offline. */
async function openByHand(url) {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const map = new Map()
  const sent = new Map()
  const latency = createHistogram()
  let [edits, decided] = [0, 0]
  socket.on('message', (data) => {
    const { applied } = JSON.parse(data)
    latency.record(Math.max(1, Math.round((performance.now() - sent.get(applied)) * 1_000)))
    sent.delete(applied)
    decided += 1
  })
  return {
    set: (key, value) => {
      edits += 1
      map.set(key, value)
      sent.set(edits, performance.now())
      socket.send(JSON.stringify({ edit: edits, key, value }))
    },
    counts: () => ({ decided, pushes: edits, p50: latency.percentile(50) / 1_000, p99: latency.percentile(99) / 1_000 }),
    close: () => socket.close(),
  }
}

/** Edits in bursts, as many as are due. */
function flow(set) {
  const start = performance.now()
  let made = 0
  const timer = setInterval(() => {
    for (const due = ((performance.now() - start) * RATE) / 1_000; made < due; made += 1) set(keyOf(made), valueOf(made))
  }, BURST_MS)
  return () => clearInterval(timer)
}

function print(name, value) {
  console.log(`${name}\t${value}`)
}

async function run(way) {
  const child = fork(fileURLToPath(import.meta.url), ['serve', way])
  const [url] = await once(child, 'message')
  const client = await (way === 'hand' ? openByHand(url) : openRooms(url))
  const stop = way === 'idle' ? () => {} : flow(client.set)
  await sleep(WARM_MS)

  child.send('begin')
  const [watch, before, start] = [new Watch(), client.counts(), performance.now()]
  await sleep(RUN_MS)
  const [mine, after, took] = [watch.report(), client.counts(), performance.now() - start]
  child.send('end')
  const [theirs] = await once(child, 'message')

  if (way !== 'idle') {
    const [decided, pushes] = [after.decided - before.decided, after.pushes - before.pushes]
    print('edits with a verdict per second', ((decided / took) * 1_000).toFixed(0))
    print('edits per frame', (decided / pushes).toFixed(1))
    print('edit to verdict, p50, ms', `${after.p50.toFixed(1)}`)
    print('edit to verdict, p99, ms', `${after.p99.toFixed(1)}`)
  }
  for (const [side, { longest, p99, share }] of [['client', mine], ['server', theirs]]) {
    print(`${side}: longest block, ms`, `${longest.toFixed(1)}`)
    print(`${side}: p99 of blocks, ms`, `${p99.toFixed(1)}`)
    print(`${side}: share of a core, %`, `${share.toFixed(0)}`)
  }
  stop()
  client.close()
}

const [way = 'rooms', which] = process.argv.slice(2)
await (way === 'serve' ? serve(which) : run(way))
