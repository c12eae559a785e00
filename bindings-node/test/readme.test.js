// Every snippet of the README runs.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { test } from 'node:test'

import * as syncline from 'syncline'
import * as element from 'syncline/element'
import * as store from 'syncline/store'
import * as views from 'syncline/views'
import { WebSocketServer } from 'ws'

import { page } from './support/page.js'
import { directory, heard, join, meet, serve } from './support/world.js'
import { start } from './support/process.js'

const texts = ['README.md', 'BROWSER.md'].map((name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))
const more = readFileSync(new URL('../../VIEWS.md', import.meta.url), 'utf8')
const text = [...texts, more].join('\n')
const snippets = new Map([...text.matchAll(/^```js (\S+)\n([^]*?)^```$/gm)].map(([, name, code]) => [name, code]))
const used = new Set()

/** A snippet. */
function take(name) {
  used.add(name)
  const code = snippets.get(name)
  assert.ok(code !== undefined, `README.md has ${name}`)
  return code
}

/** Runs a snippet with these names in it, and returns what it said and the names that it made. */
async function play(name, scope, made = []) {
  const lines = []
  const console = { log: (...args) => lines.push(args) }
  const code = take(name).replace(/^import \{(.*)\} from '(.*)'$/gm, "const {$1} = modules['$2']")
  const modules = { syncline, 'syncline/element': element, 'syncline/store': store, 'syncline/views': views, 'node:http': { createServer } }
  const all = { ...scope, console, modules }
  const AsyncFunction = (async () => {}).constructor
  const run = new AsyncFunction(...Object.keys(all), `${code}\nreturn { ${made.join(', ')} }`)
  return { lines, made: await run(...Object.values(all)) }
}

test('the quickstart works as it stands', async (t) => {
  const folder = directory()
  const { server, port } = await serve(t)
  await server.close()
  for (const name of ['server.mjs', 'client.mjs']) {
    // The port of the text may be taken on this machine; the package is found by its own name.
    const code = take(name).replaceAll('8080', String(port)).replaceAll("'syncline'", `'${import.meta.resolve('syncline')}'`)
    writeFileSync(`${folder}/${name}`, code)
  }
  const serving = start(`${folder}/server.mjs`, { cwd: folder })
  t.after(() => serving.kill('SIGKILL'))
  await serving.says('listening on ')
  const { code, output } = await start(`${folder}/client.mjs`, { cwd: folder })
  assert.equal(code, 0, output)
  const lines = output.trim().split('\n')
  assert.match(lines[0], /^\[ 'tea', 'milk' \] \[ \[ 'user', \{ name: 'Ada' \} \] \] 0 /)
  assert.ok(lines.includes('applied'), output)
})

test('the example of the front page works as it stands', async (t) => {
  const front = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const [[, code], ...others] = front.matchAll(/^```js\n([^]*?)^```$/gm)
  assert.equal(others.length, 0)
  const program = `${directory()}/front.mjs`
  writeFileSync(program, code.replaceAll("'syncline'", `'${import.meta.resolve('syncline')}'`))
  const ended = await start(program)
  assert.equal(ended.code, 0, ended.output)
  assert.match(ended.output, /^\{ kind: 'applied', version: \d \}\n$/)
})

test('verdicts, events and presence', async (t) => {
  const { rooms: [cart, other] } = await meet(t)
  assert.match((await play('verdict', { cart })).lines[0][0], /version 1/)
  const playing = play('events', { cart })
  await new Promise(setImmediate)
  other.set('stock/milk', 1)
  assert.deepEqual((await playing).lines.at(-1), ['remote', ['stock/milk']])
  await play('presence', { cart })
  assert.equal(cart.presence.self, null)
})

test('element state', async (t) => {
  const { rooms: [cart] } = await meet(t, {}, [{}])
  const { document } = page(t, '<p id="checkout" data-step="1"></p><ul><li id="tea" class="item"></li></ul><p id="banner"></p>')
  const before = globalThis.document
  t.after(() => { globalThis.document = before })
  globalThis.document = document
  const { lines } = await play('element', { cart, banner: document.querySelector('#banner') })
  assert.deepEqual(lines[0][0].attributes, { 'data-step': '1' })
  assert.deepEqual(cart.get('elements/checkout'), lines[0][0])
  while (!cart.has('items/tea') || cart.presence.self === null) await new Promise((resolve) => setTimeout(resolve, 1))
  assert.equal(cart.presence.self.banner.exists, true)
})

test('stores', async (t) => {
  const { rooms: [cart] } = await meet(t, {}, [{}])
  const { lines, made: { unsubscribe } } = await play('store', { cart }, ['unsubscribe'])
  unsubscribe()
  assert.deepEqual(lines, [[0], [1]])
})

test('resolvers', async (t) => {
  const { url } = await serve(t)
  const { made: { client } } = await play('resolvers', { url, token: 'ada' }, ['client'])
  t.after(() => client.close())
  assert.equal((await client.room('cart').set('title', 'x').settled).kind, 'applied')
})

test('the server\'s own reads and writes', async (t) => {
  const { server } = await meet(t, { storage: directory() }, [{}])
  await server.room('cart-1').set('total', 1)
  const { lines } = await play('hosted', { server })
  assert.deepEqual(lines[0], ['Stale'])
  assert.deepEqual(lines.find(([first]) => typeof first === 'number')?.[0], 2)
})

test('servers of an application', async (t) => {
  const { server } = await serve(t)
  const app = (request, response) => response.end('page')
  const { made: { http } } = await play('express', { server, app }, ['http'])
  t.after(() => http.close())
  if (!http.listening) await new Promise((resolve) => http.once('listening', resolve))
  const one = await join(t, `ws://localhost:${http.address().port}/sync`)
  assert.equal((await one.room('cart').set('a', 1).settled).kind, 'applied')
  one.close()

  const own = createServer()
  t.after(() => own.close())
  await new Promise((resolve) => own.listen(0, resolve))
  await play('upgrade', { http: own, server })
  const two = await join(t, `ws://localhost:${own.address().port}`)
  assert.equal((await two.room('cart').set('a', 2).settled).kind, 'applied')

  const sockets = new WebSocketServer({ port: 0 })
  t.after(() => sockets.close())
  await play('attach', { sockets, server })
  const three = await join(t, `ws://localhost:${sockets.address().port}`)
  assert.equal((await three.room('cart').set('a', 3).settled).kind, 'applied')
})

test('views', async (t) => {
  const authorize = ({ token }) => ({ principal: token, write: true })
  const { lines, made: { server, client, view } } = await play('views', { authorize }, ['server', 'client', 'view'])
  t.after(() => server.close())
  t.after(() => client.close())
  const told = heard(view, 'change')
  client.room('cart').set('title', 'Tea')
  await told
  assert.equal(lines.at(-1)[1], '<h1>Tea</h1><ul></ul>')
})

test('a view from a room to a page', async (t) => {
  const authorize = ({ token }) => ({ principal: token, write: true })
  const { lines, made: { server, client, room, view } } = await play('shown', { authorize }, ['server', 'client', 'room', 'view'])
  t.after(() => server.close())
  t.after(() => client.close())
  assert.deepEqual(lines[0], ['<main><h1>Tea</h1><ul></ul><!----></main>'])
  assert.equal(lines.length, 2)
  await server.room('menu').set('today', 'soup')
  room.batch((batch) => { batch.set('items/1', { name: 'milk', done: true }); batch.set('open', true) })
  const row = '<li class="done" data-id="items/1">milk</li>'
  while (!view.html().includes('soup') || !view.html().includes('milk')) await heard(view, 'change')
  assert.equal(view.html(), `<main><h1>Tea</h1><ul>${row}</ul><p class="menu">soup</p></main>`)
})

test('what is bound, and the ends of a view', async () => {
  const { made: { page } } = await play('bound', {}, ['page'])
  const [view, screen] = [new views.View('bound'), new views.Screen()]
  view.render(page({ total: 1234.5, open: false, items: [], visits: 1 }))
  screen.take(view.frame(screen.cursor))
  screen.predict(1, 'total', 2345.5)
  screen.predict(2, 'open', true)
  screen.predict(3, 'items', [{ id: 1, kind: 'hot', name: 'tea' }])
  screen.predict(4, 'visits', 2, 'counters')
  assert.equal(screen.html(), '<b title="2345.5">$2,345.50</b><nav>menu</nav><ul><li class="hot">TEA</li></ul>2')
  view.close()
  screen.close()
  const { lines } = await play('ends', {})
  assert.match(lines[0][0], /^<p>Count: <!---->\d<\/p>$/)
  assert.ok(lines.length > 1)
})

test('metrics', async (t) => {
  const { server, clients: [client] } = await meet(t, {}, [{}])
  const { lines, made: { log } } = await play('metrics', { server, client }, ['log'])
  assert.equal(lines.length, 2)
  log({ level: 'info', event: 'x', message: 'y' })
  assert.deepEqual(lines[2], ['info', 'x', 'y'])
})

test('limits and times', async (t) => {
  const { Server, connect } = syncline
  const authorize = ({ token }) => ({ principal: token, write: true })
  const { lines, made: { server, client } } = await play('limits', { Server, connect, authorize }, ['server', 'client'])
  t.after(() => server.close())
  t.after(() => client.close())
  assert.deepEqual(lines, [[1000, 100]])
  assert.throws(() => client.room('cart').set('a', 'x'.repeat(1000)), { code: 'ValueTooLarge' })
  for (const wrong of [{ limits: { value_byte: 1 } }, { timing: { idle: 1 } }]) {
    assert.throws(() => new Server({ authorize, ...wrong }), { code: 'InvalidArgument' })
    await assert.rejects(connect('ws://localhost:1', wrong), { code: 'InvalidArgument' })
  }
  const limits = { value_bytes: 2 ** 30 }
  assert.throws(() => new Server({ authorize, limits }), { code: 'InvalidArgument', expected: /^value_bytes from 1 to 1048576$/ })
  const lowered = await connect('ws://localhost:1', { limits })
  assert.equal(lowered.limits.value_bytes, 2 ** 20)
  lowered.close()
})

test('limits and times in a page', async (t) => {
  const { url } = await serve(t)
  const { lines, made: { client } } = await play('bounds', { url, token: 'ada' }, ['client'])
  t.after(() => client.close())
  assert.deepEqual(lines, [[500]])
  const room = client.room('cart')
  assert.throws(() => { for (let at = 0; at <= 500; at++) room.set(`k${at}`, at) }, { code: 'Full' })
})

test('no snippet is left out, and the text is short', () => {
  assert.deepEqual([...used].sort(), [...snippets.keys()].sort())
  assert.equal([...text.matchAll(/^```js\b/gm)].length, snippets.size)
  for (const each of texts) assert.ok(each.split('\n').length < 250)
})
