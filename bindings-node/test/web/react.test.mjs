/** The hooks of React in a browser, in several tabs of one person: the example's page, and components that come and go. */

import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { test } from 'node:test'

import { build } from 'esbuild'

import { directory, home, open, person, root, serve, site } from './harness.mjs'

const PAGE = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/app/page.js"></script>'

/** Bundles a page as an application would, with one copy of React. */
async function bundled(t, entry) {
  const outdir = directory()
  const dist = `${home}dist/browser/`
  await build({
    ...entry, outfile: `${outdir}/page.js`, bundle: true, format: 'esm', platform: 'browser', jsx: 'automatic', logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"development"' },
    alias: {
      react: `${home}node_modules/react`, 'react-dom': `${home}node_modules/react-dom`, 'syncline/react': `${dist}react.js`, syncline: `${dist}index.js`,
    },
  })
  copyFileSync(`${dist}syncline.wasm`, `${outdir}/syncline.wasm`)
  return site(t, { mounts: { '/app/': outdir }, pages: { '/': PAGE } })
}

/** Opens tabs of one person, of which React has nothing to complain about. */
async function tabs(t, entry, query, count) {
  const { origin } = await bundled(t, entry)
  const context = await person(t)
  const complaints = []
  t.after(() => assert.deepEqual(complaints, []))
  return Promise.all(Array.from({ length: count }, async () => {
    const page = await open(t, context, `${origin}/?${query}`, { helpers: false })
    page.on('console', (message) => {
      // A server that is down is the browser's complaint, not React's.
      if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('WebSocket connection')) complaints.push(message.text())
    })
    return page
  }))
}

/** Waits until the page shows this. */
const sees = (page, selector, text) => page.waitForFunction(([selector, text]) => document.querySelector(selector)?.textContent.includes(text), [selector, text])

test('the page of the example shows in each tab what is edited in another, also without a server', async (t) => {
  const server = await serve(t)
  await server.set('todo/1', { title: 'Buy tea', done: false }, 'list')
  const [one, other] = await tabs(t, { entryPoints: [`${root}examples/web/react/main.jsx`] }, `name=ada&url=${server.url}`, 2)
  for (const page of [one, other]) {
    await sees(page, '[role=status]', 'Saved')
    await sees(page, 'li', 'Buy tea')
  }
  await one.click('input[name="todo/1"]')
  await other.waitForFunction(() => document.querySelector('input[name="todo/1"]').checked)
  await other.type('textarea', 'tea first')
  await one.waitForFunction(() => document.querySelector('textarea').value === 'tea first')
  await sees(one, '[role=status]', 'Saved')
  await server.stop({ kill: true })
  await other.click('input[name="todo/1"]')
  await one.waitForFunction(() => !document.querySelector('input[name="todo/1"]').checked)
  await sees(one, '[role=status]', '1 to send')
  await server.start()
  for (const page of [one, other]) await sees(page, '[role=status]', 'Saved')
  assert.deepEqual(await server.entries('list'), { 'todo/1': { title: 'Buy tea', done: false }, note: 'tea first' })
})

const PRESENCE = `
  import { StrictMode, useState } from 'react'
  import { createRoot } from 'react-dom/client'
  import { connect } from 'syncline'
  import { SynclineProvider, usePresence, useRoom, useSyncStatus } from 'syncline/react'

  const asked = new URLSearchParams(location.search)
  const client = connect(asked.get('url'), { token: 'ada', storage: 'presence' })

  function Who() {
    const { self, update } = usePresence('cart', { name: 'Ada' })
    window.update = update
    return <p id="who">{JSON.stringify(self)}</p>
  }
  function App() {
    const [on, setOn] = useState(true)
    window.room = useRoom('cart')
    window.show = setOn
    return <>{on && <Who />}<i>{useSyncStatus().status}</i></>
  }
  createRoot(document.getElementById('root')).render(<StrictMode><SynclineProvider client={client}><App /></SynclineProvider></StrictMode>)
`

test('who is shown by a component of one tab is still there once those of another tab have gone', async (t) => {
  const server = await serve(t)
  const entry = { stdin: { contents: PRESENCE, loader: 'jsx', resolveDir: home } }
  const [one, other] = await tabs(t, entry, `url=${server.url}`, 2)
  for (const page of [one, other]) {
    await sees(page, 'i', 'synced')
    await sees(page, '#who', '{"name":"Ada"}')
  }
  const self = (page) => page.evaluate(() => room.presence.self)
  await one.evaluate(() => update({ cursor: 1 }))
  await sees(other, '#who', '"cursor":1')
  for (const [leaves, stays] of [[other, one], [one, other]]) {
    await leaves.evaluate(() => show(false))
    // A second later it is withdrawn there.
    await leaves.waitForTimeout(1_500)
    await sees(stays, '#who', '{"name":"Ada","cursor":1}')
    assert.deepEqual(await Promise.all([self(stays), self(leaves)]), Array(2).fill({ name: 'Ada', cursor: 1 }))
    await leaves.evaluate(() => show(true))
    await sees(leaves, '#who', '{"name":"Ada","cursor":1}')
  }
  // Once the last one has gone, nobody is there.
  await Promise.all([one, other].map((page) => page.evaluate(() => show(false))))
  for (const page of [one, other]) await page.waitForFunction(() => room.presence.self === null)
})
