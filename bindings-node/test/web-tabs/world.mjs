// A server, the pages of a small site, and a browser with tabs; all of them end with the test.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { chromium } from 'playwright-core'
import { Server } from 'syncline'
import { WebSocket } from 'ws'

import { ARGS, executable, until } from '../web/harness.mjs'

const built = fileURLToPath(new URL('../../dist/browser', import.meta.url))
const helpers = readFileSync(new URL('page.js', import.meta.url), 'utf8')
const types = { js: 'text/javascript', wasm: 'application/wasm' }

export const wait = (ms) => new Promise((done) => setTimeout(done, ms))

/** For `init` of a tab: there is no storage, as in a private window of some browsers. */
export const noStorage = () => { IDBFactory.prototype.open = () => { throw new DOMException('not here', 'SecurityError') } }

/** For `init` of a tab: nothing that it says arrives while `window.mute` is set. */
export const mutes = () => {
  const { postMessage } = BroadcastChannel.prototype
  BroadcastChannel.prototype.postMessage = function (message) { if (!window.mute) postMessage.call(this, message) }
}

/** As if each tab could be seen: what tests do to timers they do on purpose. */
const SEEN = ['--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows']

/** A browser with this profile, and the address of its debugger. */
async function launch(profile, flags = []) {
  const args = ['--headless=new', ...ARGS, ...flags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank']
  const child = spawn(executable(), args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise((done) => child.once('exit', done))
  const address = await new Promise((found, failed) => {
    let said = ''
    child.stderr.on('data', (bytes) => {
      said += bytes
      const line = /DevTools listening on (\S+)/.exec(said)
      if (line !== null) found(line[1])
    })
    child.once('exit', () => failed(new Error(said)))
  })
  const kill = async () => {
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
    await exited
  }
  return { address, kill }
}

/** A browser of its own, with this profile. */
export async function browse(profile) {
  const { address, kill } = await launch(profile, SEEN)
  const browser = await chromium.connectOverCDP(address)
  return { context: browser.contexts()[0], kill, close: async () => {
    await browser.close().catch(() => {})
    await kill()
  } }
}

/** A browser as people have it, of whose tabs one is seen, and the others are hidden and slowed down: Playwright shows all. */
class Window {
  #world
  #socket
  #answers = new Map()
  #sent = 0

  constructor(world, socket) {
    this.#world = world
    this.#socket = socket
    socket.on('error', () => {})
    socket.on('message', (data) => {
      const { id, result, error } = JSON.parse(data)
      this.#answers.get(id)?.(error === undefined ? result : Promise.reject(new Error(error.message)))
    })
  }

  #send(method, params, sessionId) {
    this.#sent += 1
    this.#socket.send(JSON.stringify({ id: this.#sent, method, params, sessionId }))
    return new Promise((done) => this.#answers.set(this.#sent, done))
  }

  /** A tab that is seen from then on, with a client; with `connect: false` it has none. What `init` does comes before. */
  async tab({ init, connect = true, ...more } = {}) {
    const { targetId } = await this.#send('Target.createTarget', { url: `${this.#world.address}/` })
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId, flatten: true })
    const run = async (expression) => {
      const { result, exceptionDetails } = await this.#send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId)
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
      return result.value
    }
    const ev = (body, arg) => run(`(${body})(${JSON.stringify(arg)})`)
    // At first it is an empty page, and on its way from that to the other it has none.
    await until(() => run('document.readyState === "complete" && location.protocol === "http:"').catch(() => false), 'a page')
    await run(helpers)
    if (init !== undefined) await ev(init)
    const options = { storage: 'box', token: 'ada', room: 'cart', ...more }
    if (connect) await ev(({ url, options }) => helpers.connect(url, options), { url: this.#world.url, options })
    const state = (state) => this.#send('Page.setWebLifecycleState', { state }, sessionId)
    return {
      ev,
      look: () => this.#send('Target.activateTarget', { targetId }),
      freeze: () => state('frozen'),
      thaw: () => state('active'),
    }
  }
}

/** The files of the site, at every path that has no dot. */
async function site() {
  const http = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://x').pathname
    try {
      if (path === '/favicon.ico') return void response.writeHead(204).end()
      const file = path.includes('.') ? await readFile(built + path) : '<!doctype html><title>syncline</title>'
      // A frame without an origin of its own takes them from another.
      response.setHeader('access-control-allow-origin', '*')
      response.setHeader('content-type', types[path.split('.').pop()] ?? 'text/html')
      response.end(file)
    } catch {
      response.statusCode = 404
      response.end()
    }
  })
  await new Promise((done) => http.listen(0, '127.0.0.1', done))
  return { http, address: `http://127.0.0.1:${http.address().port}` }
}

let counter = 0

/** A server that can be stopped and started again, a browser, and tabs of it. */
export class World {
  #server
  #options
  #port = 0
  #directory = mkdtempSync(join(tmpdir(), 'syncline-tabs-'))
  #closing = []

  /** With `browse: false` it has no browser yet. */
  static async make(t, options = {}, { browse = true } = {}) {
    const world = new World()
    world.#options = options
    t.after(() => world.end())
    await world.start()
    const { http, address } = await site()
    world.#closing.push(() => { http.closeAllConnections(); http.close() })
    world.address = address
    world.profile = join(world.#directory, 'profile')
    if (browse) await world.browse()
    return world
  }

  async browse() {
    this.browser = await browse(this.profile)
  }

  async window() {
    const { address, kill } = await launch(join(this.#directory, 'window'))
    this.#closing.push(kill)
    const socket = new WebSocket(address)
    await once(socket, 'open')
    return new Window(this, socket)
  }

  /** Listens again, on the same port, once `first` is done. */
  async start(first = () => {}) {
    const authorize = ({ token }) => (token === '' ? null : { principal: token, write: true })
    this.#server = new Server({ authorize, origins: '*', storage: join(this.#directory, 'rooms'), ...this.#options })
    await first(this.#server)
    const { port } = await this.#server.listen({ port: this.#port, host: '127.0.0.1' })
    this.#port = port
  }

  async stop() {
    await this.#server?.close()
    this.#server = undefined
  }

  get server() {
    return this.#server
  }
  get url() {
    return `ws://127.0.0.1:${this.#port}/`
  }
  get connections() {
    return this.#server.metrics().connections
  }

  /** What the server holds of a key. */
  async get(key, room = 'cart') {
    return this.#server.room(room).get(key)
  }

  /** A tab; with `connect: false` it has no client yet. */
  async tab(options = {}) {
    const { init, connect = true, browser = this.browser, ...rest } = options
    const page = await browser.context.newPage()
    const tab = new Tab(this, page, `tab${++counter}`, rest)
    await page.addInitScript({ content: helpers })
    if (init !== undefined) await page.addInitScript(init.script ?? init, init.arg)
    await tab.load()
    if (connect) await tab.connect()
    return tab
  }

  async end() {
    await this.browser?.close().catch(() => {})
    await this.stop().catch(() => {})
    for (const close of this.#closing.splice(0)) await close()
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** One tab, and what its page said. */
export class Tab {
  errors = []

  constructor(world, page, name, options) {
    this.world = world
    this.page = page
    this.name = name
    this.options = options
    page.on('pageerror', (error) => this.errors.push(error.stack))
    if (process.env.SAYS) page.on('console', (message) => console.log(name, message.text()))
  }

  async load() {
    await this.page.goto(`${this.world.address}/`)
  }

  /** Connects, by `window.client`, and opens `window.room`. */
  async connect(more = {}) {
    const options = { storage: 'box', token: 'ada', room: 'cart', timing: { backoff_first_ms: 20, backoff_most_ms: 200 }, ...this.options, ...more }
    return this.ev(({ url, options }) => helpers.connect(url, options), { url: this.world.url, options })
  }

  ev(body, arg) {
    return this.page.evaluate(body, arg)
  }

  /** Waits until a function of the page gives something true. */
  async until(body, arg, timeout = 10_000) {
    const end = Date.now() + timeout
    for (;;) {
      if (await this.ev(body, arg)) return
      if (Date.now() > end) throw new Error(`${this.name} waits for ${body}: ${JSON.stringify(await this.ev(() => helpers.story()))}`)
      await wait(20)
    }
  }

  async cdp() {
    this.session ??= await this.page.context().newCDPSession(this.page)
    return this.session
  }

  /** The process of the page ends at once, and nothing of it is called any more. */
  async crash() {
    const crashed = new Promise((done) => this.page.once('crash', done))
    const session = await this.cdp()
    session.send('Page.crash').catch(() => {})
    await crashed
  }

  /**
   * The page hears that it is put to sleep, and nothing of it runs any more until `thaw`. A browser does that to pages that are
   * hidden, which those of Playwright never are; the tabs of a `Window` are.
   */
  async freeze() {
    const session = await this.cdp()
    await session.send('Debugger.enable')
    const stopped = new Promise((done) => session.once('Debugger.paused', done))
    const expression = `(async () => {
      document.dispatchEvent(new Event('freeze'))
      for (let turn = 0; turn < 100; turn += 1) await null
      debugger
      document.dispatchEvent(new Event('resume'))
    })()`
    session.send('Runtime.evaluate', { expression }).catch(() => {})
    await stopped
  }

  async thaw() {
    const session = await this.cdp()
    await session.send('Debugger.resume')
    await session.send('Debugger.disable')
  }

  /** Nothing of the page runs for a while; does not wait for that. */
  hang(ms) {
    void this.ev((ms) => { setTimeout(() => { for (const end = performance.now() + ms; performance.now() < end; ); }) }, ms)
  }

  close() {
    return this.page.close()
  }
}
