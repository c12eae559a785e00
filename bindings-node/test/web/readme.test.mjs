/** That what BROWSER.md shows and says of pages is true; what it says of bundlers is in `bundles.test.mjs`. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { home, open, person, serve, site, until } from './harness.mjs'

const text = readFileSync(`${home}BROWSER.md`, 'utf8')
const snippet = (name) => new RegExp(`^\`\`\`${name}\\n([^]*?)^\`\`\`$`, 'm').exec(text)[1]

const MOUNTS = { '/vendor/syncline/': `${home}dist/browser` }

test('the page works as it stands, without a bundler', async (t) => {
  const server = await serve(t)
  const pages = {
    '/app.js': snippet('javascript page').replace('wss://app.example/sync', server.url),
    '/index.html': `<!doctype html><link rel="icon" href="data:,"><p id="visits"></p>${snippet('html plain')}`,
    '/token': 'ada',
  }
  const { origin } = await site(t, { mounts: MOUNTS, pages })
  const page = await open(t, await person(t), `${origin}/index.html`, { helpers: false })
  await page.waitForFunction(() => document.querySelector('#visits').textContent === '1')
  await page.waitForFunction(() => navigator.locks.query().then(({ held }) => held.length > 0))
  for (const shown of ['2', '3']) {
    await page.reload()
    await page.waitForFunction((shown) => document.querySelector('#visits').textContent === shown, shown)
  }
})

test('a view is shown as it says', async (t) => {
  const { Server } = await import('../../dist/esm/index.js')
  const { html } = await import('../../dist/esm/views.js')
  const cart = (request) => html`<button data-on-click="add" data-id="tea">${request.get('items/tea', 0)}</button>
    <form data-on-submit="save"><input name="note" /></form><p>${request.get('note', '')}</p>`
  const server = new Server({ views: { cart }, origins: '*', authorize: () => ({ principal: 'ada', write: true }) })
  t.after(() => server.close())
  const { url } = await server.listen({ port: 0, host: '127.0.0.1' })
  const pages = {
    '/app.js': snippet('javascript views').replace('wss://app.example/sync', url),
    '/index.html': `<!doctype html><link rel="icon" href="data:,"><div id="cart">${await server.html('cart-1', 'cart')}</div>
      <script type="importmap">{ "imports": { "syncline": "/vendor/syncline/index.js", "syncline/views": "/vendor/syncline/views.js" } }</script>
      <script type="module" src="/app.js"></script>`,
  }
  const { origin, asked } = await site(t, { mounts: MOUNTS, pages })
  const page = await open(t, await person(t), `${origin}/index.html`, { helpers: false })
  const sees = (text) => page.waitForFunction((text) => document.querySelector('#cart').textContent.replace(/\s+/g, '') === text, text)
  await sees('0')
  await until(async () => {
    await page.click('button')
    return (await server.room('cart-1').get('items/tea', 0)) > 0
  })
  await page.fill('input', 'soon')
  await page.press('input', 'Enter')
  await until(async () => (await server.room('cart-1').get('note')) === 'soon')
  await sees(`${await server.room('cart-1').get('items/tea')}soon`)
  assert.ok(asked.includes('/vendor/syncline/views.wasm') && !asked.includes('/vendor/syncline/syncline.wasm'))
})

test('the place of the engine can be said as bytes, a response, a module or an address', async (t) => {
  assert.match(snippet('javascript place'), /^await load\(new URL\(place, import\.meta\.url\)\)/m)
  const server = await serve(t)
  const { origin } = await site(t)
  for (const source of [
    "fetch('/dist/browser/syncline.wasm')",
    "await (await fetch('/dist/browser/syncline.wasm')).arrayBuffer()",
    "await WebAssembly.compileStreaming(fetch('/dist/browser/syncline.wasm'))",
    "new URL('/dist/browser/syncline.wasm', location.href)",
  ]) {
    const page = await open(t, await person(t), origin)
    await page.evaluate(`(async () => load(${source}))()`)
    await page.evaluate((url) => join(url), server.url)
    assert.equal(await page.evaluate(() => room.add('visits', 1).settled.then(({ kind }) => kind)), 'applied')
  }
  assert.deepEqual(await server.entries(), { visits: 4 })
})

test('a server that says more of the type of the engine, or less, keeps no page from it', async (t) => {
  for (const type of ['application/wasm; charset=utf-8', 'application/wasm;charset=utf-8', 'Application/Wasm', 'application/octet-stream', '']) {
    const { origin } = await site(t)
    const page = await open(t, await person(t), origin)
    await page.route('**/syncline.wasm', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, headers: { 'content-type': type } })
    })
    await page.evaluate(() => load())
  }
})

test('bytes that are no engine are refused as what they are, and another place may be tried', async (t) => {
  const { origin } = await site(t)
  const page = await open(t, await person(t), origin)
  const attempt = (source) => page.evaluate(`(async () => load(${source}))().then(() => 'loaded', ({ code, message }) => code + ': ' + message)`)
  assert.match(await attempt('new Uint8Array(8)'), /^InvalidArgument: .*expected the engine, a file of WebAssembly, got .*magic/)
  assert.match(await attempt("'/elsewhere.wasm'"), /^NotFound: .*404/)
  assert.equal(await attempt(''), 'loaded')
})

for (const [policy, outcome] of [["script-src 'self' 'wasm-unsafe-eval'", 'applied'], ["script-src 'self'", 'InvalidArgument']]) {
  test(`a page with the policy ${policy} has ${outcome}`, async (t) => {
    const server = await serve(t)
    const app = `
      import { connect } from '/vendor/syncline/index.js'
      const edit = async () => {
        const client = await connect('${server.url}', { token: 'ada', storage: 'drafts' })
        return (await client.room('cart').set('a', 1).settled).kind
      }
      edit().catch(({ code }) => code).then((outcome) => { document.title = outcome })
    `
    const headers = { 'content-security-policy': `default-src 'self'; ${policy}; connect-src 'self' ${server.url}; img-src data:` }
    const pages = { '/app.js': app, '/': '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/app.js"></script>' }
    const { origin } = await site(t, { mounts: MOUNTS, pages, headers })
    const page = await open(t, await person(t), origin, { helpers: false })
    await page.waitForFunction(() => document.title !== '')
    assert.equal(await page.title(), outcome)
  })
}

test('a page that is from neither https nor localhost has no storage that lasts, and its edits are sent', async (t) => {
  const server = await serve(t)
  const { origin } = await site(t)
  const page = await open(t, await person(t), origin.replace('127.0.0.1', 'app.test'))
  assert.equal(await page.evaluate((url) => join(url, { storage: 'drafts' }), server.url), 'volatile')
  assert.equal((await page.evaluate(() => told('storageFailed'))).code, 'StorageFailed')
  assert.equal(await page.evaluate(() => room.add('visits', 1).settled.then(({ kind }) => kind)), 'applied')
})
