/**
 * What memory the process of a server takes while 200 MB are told to a reader, alone and beside one that has stopped to read
 * its socket: a server of the package in Node and in Python, and a relay as somebody would write it by hand with `ws`.
 *
 * `memory.mjs PYTHON`: the interpreter that has the package. ROUNDS=n for more or fewer rounds; medians count.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { connect, Server, WebSocket, WebSocketServer } from './packages.mjs'

const MB = 1_000_000
const TOLD = 200 * MB
const WARM = 10 * MB
const KEYS = 4
const LOOK_MS = 20
const HOUR_MS = 3_600_000

/** Limits and times under which nobody is cut off for what is measured. */
const OPTIONS = { limits: { bytes_minute: 4_294_967_295, frames_minute: 600_000 }, timing: { stall_ms: HOUR_MS, idle_ms: HOUR_MS } }

const TEXT = 'x'.repeat(60_000)

/** A server in this process: says its address, and after each line that it reads what it took since the line before. */
async function serve(way) {
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  if (way === 'relay') {
    sockets.on('connection', (socket) => {
      socket.on('message', (data) => {
        for (const client of sockets.clients) client.send(data)
      })
    })
  } else {
    const server = new Server({ ...OPTIONS, authorize: () => ({ principal: 'ada', write: true }) })
    sockets.on('connection', (socket, request) => server.attach(socket, request))
  }
  await once(sockets, 'listening')
  let [most, buffered] = [0, 0]
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss())
    for (const { bufferedAmount } of sockets.clients) buffered = Math.max(buffered, bufferedAmount)
  }
  setInterval(look, LOOK_MS)
  console.log(JSON.stringify({ url: `ws://127.0.0.1:${sockets.address().port}` }))
  for await (const _ of createInterface({ input: process.stdin })) {
    globalThis.gc()
    look()
    console.log(JSON.stringify({ now: process.memoryUsage.rss(), most, buffered }))
    ;[most, buffered] = [0, 0]
  }
  process.exit()
}

/** A server in a process of its own. */
async function start(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value)
  const { url } = await next()
  const look = () => {
    child.stdin.write('\n')
    return next()
  }
  return { url, look, stop: () => child.stdin.end() }
}

/** An open socket that reads no more once it has heard an answer to what it says, if it says anything. */
async function stall(url, messages) {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  for (const message of messages) {
    socket.send(message)
    await once(socket, 'message')
  }
  socket._socket.pause()
  return () => socket.terminate()
}

const HELLO = JSON.stringify({ type: 'hello', oldest: 1, newest: 1, codecs: ['json'], token: 'ada' })
const JOIN = JSON.stringify({ type: 'join', channel: 1, room: 'bench', client: 'e'.repeat(32), writes: false, version: 0, heard: 0 })

/** A writer that waits for each verdict, and a reader; says how many bytes the reader was told. */
async function openRooms(url) {
  const writer = await connect(url, { debounce: { max_edits: 1 } })
  const reader = await connect(url)
  const room = writer.room('bench')
  await Promise.all([room.ready, reader.room('bench').ready])
  let edits = 0
  return {
    write: async () => {
      edits += 1
      const { kind } = await room.set(`key/${edits % KEYS}`, String(edits) + TEXT).settled
      if (kind !== 'applied') throw new Error(kind)
    },
    told: () => reader.metrics().bytes_in,
    stall: () => stall(url, [HELLO, JOIN]),
    close: () => Promise.all([writer.close(), reader.close()]),
  }
}

/** The same by hand: the writer goes on when the reader has what it wrote. */
async function openByHand(url) {
  const [writer, reader] = [new WebSocket(url), new WebSocket(url)]
  await Promise.all([once(writer, 'open'), once(reader, 'open')])
  let [edits, told] = [0, 0]
  reader.on('message', (data) => {
    told += data.length
  })
  return {
    write: async () => {
      edits += 1
      const arrived = once(reader, 'message')
      writer.send(JSON.stringify({ key: `key/${edits % KEYS}`, value: String(edits) + TEXT }))
      await arrived
    },
    told: () => told,
    stall: () => stall(url, []),
    close: () => [writer, reader].map((socket) => socket.terminate()),
  }
}

/** What the process of the server took beyond what it took when it was warm, in bytes. */
async function measure({ command, args, open }, stalls) {
  const server = await start(command, args)
  const work = await open(server.url)
  const until = async (bytes) => {
    const from = work.told()
    while (work.told() - from < bytes) await work.write()
  }
  await until(WARM)
  const stop = stalls ? await work.stall() : () => {}
  const warm = await server.look()
  await until(TOLD)
  const { now, most, buffered } = await server.look()
  stop()
  await work.close()
  server.stop()
  return { warm: warm.now, grown: now - warm.now, most: most - warm.now, buffered }
}

const median = (numbers) => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)]

async function compare(python) {
  const here = fileURLToPath(import.meta.url)
  const node = (way) => ({ command: process.execPath, args: ['--expose-gc', here, 'serve', way] })
  const servers = {
    'syncline, Node': { ...node('rooms'), open: openRooms },
    'syncline, Python': { command: python, args: [fileURLToPath(new URL('../python/memory.py', import.meta.url))], open: openRooms },
    'a relay with ws': { ...node('relay'), open: openByHand },
  }
  const row = (name, cells) => console.log(name.padEnd(40) + cells.map((cell) => cell.padStart(12)).join(''))
  console.log(`the process of a server while ${TOLD / MB} MB are told to a reader, MB; median of ${ROUNDS} rounds`)
  row('', ['warm', 'grown by', 'at most by', 'in a socket'])
  for (const [name, server] of Object.entries(servers)) {
    for (const stalls of [false, true]) {
      const rounds = []
      for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(server, stalls))
      const columns = ['warm', 'grown', 'most', 'buffered']
      const cells = columns.map((column) => (median(rounds.map((took) => took[column])) / MB).toFixed(2))
      row(`  ${name}, ${stalls ? 'one stalls' : 'nobody stalls'}`, cells)
    }
  }
  console.log(ABOUT)
}

const ROUNDS = Number(process.env.ROUNDS ?? 3)

const ABOUT = `  60 kB in each of ${KEYS} keys in turn, each written when the one before it is applied, or read. Resident memory, after 10 MB and a
  collection, at the end and at most. In a socket: the most that one had taken and the system had not. The system holds some MB of
  what is sent to who does not read by itself, outside the process.`

const [first, way] = process.argv.slice(2)
await (first === 'serve' ? serve(way) : compare(first))
