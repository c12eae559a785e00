/** What the tests in a browser share: Chromium, the pages that it is served, the servers, and the wire between them. */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect as dial, createServer as createListener } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

import { chromium } from 'playwright-core'
import { WebSocketServer } from 'ws'

import { DenyError, Server } from '../../dist/esm/index.js'

export const home = fileURLToPath(new URL('../..', import.meta.url))
export const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Pauses after failures that do not make a test long. */
export const timing = { backoff_first_ms: 20, backoff_most_ms: 100 }

// Waiting for a page does not keep a process, and tests are one.
const stay = setInterval(() => {}, 1_000)
after(() => clearInterval(stay))

const folders = []
process.on('exit', () => { for (const path of folders) rmSync(path, { recursive: true, force: true, maxRetries: 5 }) })

/** A directory that ends with the tests, once nothing writes to it any more. */
export function directory() {
  const path = mkdtempSync(join(tmpdir(), 'syncline-'))
  folders.push(path)
  return path
}

/** Resolves once the condition holds. */
export async function until(condition, what = String(condition)) {
  for (const end = Date.now() + 20_000; !(await condition()); ) {
    if (Date.now() > end) throw new Error(`in vain: ${what}`)
    await new Promise((resolve) => { setTimeout(resolve, 20) })
  }
}

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

const EMPTY = '<!doctype html><meta charset="utf-8"><title>syncline</title><link rel="icon" href="data:,"><body>'

/**
 * Serves folders, and pages by what `pages` says.
 *
 * @param mounts Which folder stands where, longest first; by default those of the package that tests need.
 */
export async function site(t, { mounts = MOUNTS, pages = {}, headers = {} } = {}) {
  const asked = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    asked.push(pathname)
    const send = (status, type, body) => response.writeHead(status, { 'content-type': type, ...headers }).end(body)
    const page = { '/': EMPTY, ...pages }[pathname]
    if (page !== undefined) return send(200, TYPES[extname(pathname)] ?? TYPES['.html'], page)
    const place = Object.keys(mounts).find((prefix) => pathname.startsWith(prefix))
    try {
      const file = join(mounts[place], normalize(`/${pathname.slice(place.length)}`))
      return send(200, TYPES[extname(file)] ?? 'application/octet-stream', readFileSync(file))
    } catch {
      return send(404, 'text/plain', 'no such file')
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => { server.closeAllConnections(); server.close() }
  if (t === undefined) after(close)
  else t.after(close)
  return { origin: `http://127.0.0.1:${server.address().port}`, asked }
}

const MOUNTS = {
  '/scenarios/': `${root}scenarios`,
  '/dist/browser/': `${home}dist/browser`,
  '/build/wasm/': `${home}build/wasm`,
  '/test/': `${home}test`,
}

/** Where Chromium is; a missing one fails with the line that installs it. */
export function executable() {
  const names = process.env.CHROMIUM ? [process.env.CHROMIUM] : ['chromium', 'chromium-browser', 'google-chrome']
  for (const name of names) {
    const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' })
    if (status === 0) return stdout.trim()
  }
  throw new Error('missing: chromium\ninstall: apt-get install -y chromium')
}

/** Without its own errands, and off the network. */
export const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Nothing leaves this machine.
  '--host-resolver-rules=MAP app.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
]

let shared

/** The browser of all tests of a file that need none of their own. */
export function browser() {
  shared ??= chromium.launch({ executablePath: executable(), args: ARGS, handleSIGTERM: false })
  return shared
}
after(async () => { await (await shared)?.close() })

/** A person with a browser: its storage is its own, and ends with the test. */
export async function person(t) {
  const context = await (await browser()).newContext()
  t.after(() => context.close())
  return context
}

/** A browser whose storage lies in a folder, and that can be killed. */
export async function persistent(t, folder) {
  const context = await chromium.launchPersistentContext(folder, { executablePath: executable(), args: ARGS, handleSIGTERM: false })
  let running = true
  context.on('close', () => { running = false })
  t.after(() => running && context.close())
  return Object.assign(context, {
    /** Ends all of its processes at once, as the end of power would. */
    async kill() {
      const gone = once(context, 'close')
      for (const pid of family(folder)) process.kill(pid, 'SIGKILL')
      await gone
    },
  })
}

/** The processes of the browser with this folder. */
function family(folder) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
      return [{ pid, parent, line: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }]
    } catch {
      return []
    }
  })
  const found = new Set(all.filter(({ line }) => line.includes(`--user-data-dir=${folder}`)).map(({ pid }) => pid))
  for (let before = 0; before !== found.size; ) {
    before = found.size
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid)
  }
  if (found.size === 0) throw new Error(`no browser of ${folder}`)
  return [...found].map(Number)
}

/**
 * A page with the helpers of `page.mjs`. An error that nobody caught fails the test, unless the test takes it out of
 * `page.thrown`.
 */
export async function open(t, context, address, { init, helpers = true } = {}) {
  const page = await context.newPage()
  page.thrown = []
  page.sent = 0
  page.on('pageerror', (error) => page.thrown.push(error))
  page.on('websocket', (socket) => socket.on('framesent', () => { page.sent += 1 }))
  t.after(() => { if (page.thrown.length > 0) throw page.thrown[0] })
  if (init !== undefined) await page.addInitScript(init)
  await page.goto(address)
  page.helpers = () => page.evaluate(async () => { Object.assign(globalThis, await import('/test/web/page.mjs')) })
  page.again = async () => {
    await page.reload()
    await page.helpers()
  }
  if (helpers) await page.helpers()
  return page
}

/**
 * Who may do what, by the token: `name` may write everything, `name:a,b` what begins with `a` or `b`, `wrong` and nothing
 * are nobody. As in `server.py`.
 */
function authorize({ token }) {
  const [name, prefixes] = token.split(':')
  if (name === '' || name === 'wrong') throw new DenyError('Unauthorized')
  return { principal: name, write: prefixes === undefined ? true : prefixes.split(',') }
}

/** A server in this process, with rooms on disk. */
async function inNode({ storage, policy, origins }) {
  const server = new Server({ storage, policy, origins, authorize })
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' })
  return {
    port,
    entries: async (room) => Object.fromEntries(await server.room(room).entries()),
    set: (room, key, value) => server.room(room).set(key, value),
    end: () => server.close(),
    kill: () => server.close(),
  }
}

/** The interpreter that has the Python package. */
const PYTHON = process.env.SYNCLINE_PYTHON ?? `${root}build/python/bin/python`

/** A server of Python. */
async function inPython({ storage, policy, origins }) {
  const args = [fileURLToPath(new URL('server.py', import.meta.url)), storage, JSON.stringify(policy), JSON.stringify(origins)]
  const child = spawn(PYTHON, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the server in Python ended')
    return JSON.parse(value)
  }
  let last = Promise.resolve()
  const ask = (...words) => {
    last = last.then(() => {
      child.stdin.write(`${words.map((word) => JSON.stringify(word)).join('\t')}\n`)
      return answer()
    })
    return last
  }
  const gone = once(child, 'exit')
  return {
    port: await answer(),
    entries: (room) => ask('entries', room),
    set: (room, key, value) => ask('set', room, key, value),
    end: async () => { child.stdin.end(); await gone },
    kill: async () => { child.kill('SIGKILL'); await gone },
  }
}

export const KINDS = { Node: inNode, Python: inPython }

/** A server that can be ended, killed and started again, behind a wire that can be cut. */
export async function serve(t, { kind = 'Node', policy = {}, origins = '*' } = {}) {
  const storage = directory()
  const start = () => KINDS[kind]({ storage, policy, origins })
  let running = await start()
  t.after(() => running?.kill())
  const line = await wire(t, () => running?.port)
  return {
    ...line,
    entries: (room = 'cart') => running.entries(room),
    set: (key, value, room = 'cart') => running.set(room, key, value),
    async stop({ kill = false } = {}) {
      const ended = running
      running = undefined
      await (kill ? ended.kill() : ended.end())
    },
    async start() { running = await start() },
  }
}

/** What lies between browsers and a server. */
async function wire(t, port) {
  const sockets = new Set()
  let up = true
  const listener = createListener((near) => {
    const to = port()
    if (!up || to === undefined) return near.destroy()
    const far = dial(to, '127.0.0.1')
    for (const [one, other] of [[near, far], [far, near]]) {
      sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => { sockets.delete(one); other.destroy() })
      one.pipe(other)
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const cut = () => {
    up = false
    for (const socket of sockets) socket.destroy()
  }
  t.after(() => { cut(); listener.close() })
  return {
    url: `ws://127.0.0.1:${listener.address().port}`,
    /** Connections that are open now. */
    connections: () => sockets.size / 2,
    cut,
    mend: () => { up = true },
  }
}

/** A server that is none: what it does with each socket is up to the test. */
export async function impostor(t, use) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  server.on('connection', (socket) => { socket.on('error', () => {}); use(socket) })
  t.after(() => { for (const socket of server.clients) socket.terminate(); server.close() })
  return `ws://127.0.0.1:${server.address().port}`
}
