// Servers and clients that are killed at random moments, again and again, and lose nothing that they said.
//
//   node drive.mjs KILLS [node|python]      as `make kill` does; SEED=n for the same moments again
//
// KILLS counts those of the server, up to a multiple of eight; for every eight there are two of each of two clients on top.
//
// Clients write over WebSockets as fast as it goes, each with a file, while SIGKILL ends the server or one of them: while they work,
// and while they start. After some kills everybody may finish, and what the room holds is compared with what the programs said.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { connect } from 'syncline'

import { Ghost } from './ghost.mjs'

const node = (name) => [process.execPath, fileURLToPath(new URL(name, import.meta.url))]
const python = (name) => [process.env.PYTHON ?? 'python3', fileURLToPath(new URL(`../../../bindings-python/tests/kill/${name}`, import.meta.url))]
const SERVERS = { node: () => node('server.mjs'), python: () => python('server.py') }

/** How often the server is killed in a lap. */
const SERVER_KILLS = 8
/** Who is killed in a lap: a client twice in a row, so that it is also killed while it starts. */
const LAP = [...Array(SERVER_KILLS).fill(['server']), ['bob', 'bob'], ['cyd', 'cyd']]
/** Laps between two looks at everything. */
const ROUND = 2
/** Milliseconds of its start in which a program is killed, and of its work, if nothing else is said. */
const STARTING = 300
const WORKING = 250

/** Numbers below one that a seed leads to. */
function random(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Who is killed in a lap, in an order of chance. */
function* victims(random) {
  const left = [...LAP]
  while (left.length > 0) yield* left.splice(Math.floor(random() * left.length), 1)[0]
}

/** A program that runs, and what it says line by line. */
class Program {
  #child
  #ended
  #killed = false

  constructor([path, ...first], args, hear) {
    this.#child = spawn(path, [...first, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdin.on('error', () => {}) // one that was killed does not read
    const lines = createInterface({ input: this.#child.stdout })
    this.said = new Promise((resolve) => lines.once('line', resolve))
    lines.on('line', hear)
    // Everything that it said was heard.
    this.#ended = Promise.all([once(this.#child, 'exit'), once(lines, 'close')]).then(([[code, signal]]) => {
      if (!this.#killed && code !== 0) throw new Error(`${path} ${first} ended by itself with ${signal ?? code}`)
    })
    this.#ended.catch(() => {})
  }

  async kill() {
    this.#killed = true
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  tell(line) {
    this.#child.stdin.write(`${line}\n`)
  }

  /** It says something, or has ended. */
  begun() {
    return Promise.race([this.said, this.#ended])
  }

  /** Its end. */
  get ended() { return this.#ended }
}

/** One room from its beginning to a look at all that it holds. */
class Round {
  #clients = new Map()
  #lives = 0
  #server
  #port = 0

  constructor(options, folder, name) {
    Object.assign(this, { ...options, folder, name, ghost: new Ghost() })
  }

  async run(laps) {
    mkdirSync(this.folder, { recursive: true })
    this.#serve()
    this.#port = JSON.parse(await this.#server.said).port
    for (const [me, program] of this.people()) this.#start(me, program)
    for (let lap = 0; lap < laps; lap += 1) {
      for (const who of victims(this.random)) await this.#kill(who)
    }
    return this.#look()
  }

  /** Who writes, and in what. The one called ada is never killed: all that it wrote must be there. */
  people() {
    const ada = this.server === 'python' ? python('client.py') : node('client.mjs')
    return [['ada', ada], ['bob', python('client.py')], ['cyd', node('client.mjs')]]
  }

  #serve() {
    const where = this.volatile ? 'volatile' : join(this.folder, 'rooms')
    this.#server = new Program(SERVERS[this.server](), [String(this.#port), where], () => {})
  }

  #start(me, program) {
    this.#lives += 1
    this.ghost.started(me)
    const args = [`ws://127.0.0.1:${this.#port}`, join(this.folder, me), this.name, me, String(this.#lives)]
    this.#clients.set(me, { program, running: new Program(program, args, (line) => this.ghost.hear(me, line)) })
  }

  async #kill(who) {
    const { random } = this
    const { program, running } = this.#clients.get(who) ?? { running: this.#server }
    // Mostly at work; else while it starts, which is when it reads what it had.
    if (random() < 0.7) {
      await this.#server.begun()
      await running.begun()
      await pause(random() * this.working)
    } else {
      await pause(random() * STARTING)
    }
    this.killed[who] += 1
    if (who !== 'server') this.ghost.killed(who)
    await running.kill()
    if (who === 'server') this.#serve()
    else this.#start(who, program)
  }

  async #look() {
    await this.#server.begun()
    const writers = [...this.#clients.values()].map(({ running }) => running)
    for (const running of writers) {
      running.tell('stop')
      await running.ended
    }
    const reader = await connect(`ws://127.0.0.1:${this.#port}`, { token: 'reader' })
    const room = reader.room(this.name)
    await room.ready
    const entries = Object.fromEntries(room.entries())
    reader.close()
    await this.#server.kill()
    return this.ghost.judge(entries)
  }
}

/**
 * Kills the server so many times, up to a multiple of eight, and clients besides. Returns what was wrong, and how much was done.
 *
 * `volatile` plants a server that tells what it cannot keep.
 */
export async function drive({ kills, server, seed = Date.now() % 2 ** 31, volatile = false, working = WORKING, log = () => {} }) {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-kill-'))
  const chance = random(seed)
  const done = { seed, killed: { server: 0, bob: 0, cyd: 0 }, made: 0, stored: 0, applied: 0, wrong: [] }
  const options = { server, volatile, working, random: chance, killed: done.killed }
  try {
    for (let round = 0; done.killed.server < kills && done.wrong.length === 0; round += 1) {
      const laps = Math.min(ROUND, Math.ceil((kills - done.killed.server) / SERVER_KILLS))
      const one = new Round(options, join(folder, String(round)), `round-${round}`)
      done.wrong = await one.run(laps)
      done.made += one.ghost.count('made')
      done.stored += one.ghost.count('stored')
      done.applied += one.ghost.count('applied')
      log(done)
      rmSync(one.folder, { recursive: true, force: true })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  return done
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [kills, server] = [Number(process.argv[2] ?? 500), process.argv[3] ?? 'node']
  const seed = process.env.SEED === undefined ? undefined : Number(process.env.SEED)
  const began = performance.now()
  const log = ({ killed, made, applied }) => console.log(`  ${server}: ${killed.server} kills of servers, ${made} writes, ${applied} told as applied`)
  const done = await drive({ kills, server, seed, log })
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  if (done.wrong.length > 0) {
    console.error(`seed ${done.seed}:\n  ${done.wrong.join('\n  ')}`)
    process.exit(1)
  }
  const { server: servers, bob, cyd } = done.killed
  console.log(`${server}: ${servers} kills of servers in ${seconds} s, and of clients in Python ${bob}, in Node ${cyd}: ` +
    `${done.made} writes, ${done.stored} told as stored, ${done.applied} told as applied: none lost, none twice`)
  process.exit(0)
}
