// Each page as `npm run dev` serves it, in Chromium, with the engine for browsers: what one person does, another one sees.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { createServer } from 'vite'

const home = import.meta.dirname
const options = { timeout: 60_000 }

// Without its own errands, and off the network.
const args = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
]
let browser
before(async () => { browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args }) })
after(() => browser?.close())

// The server of `npm start`, and the address of the page that Vite serves beside it.
const develop = async (t, name) => {
  const program = spawn(process.execPath, [join(home, 'server.mjs'), '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => program.kill('SIGKILL'))
  const [url] = await once(createInterface({ input: program.stdout }), 'line')
  const vite = await createServer({
    configFile: join(home, name, 'vite.config.js'),
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, proxy: { '/sync': { target: url.replace('http', 'ws') } } },
  })
  t.after(() => vite.close())
  await vite.listen()
  return `http://127.0.0.1:${vite.httpServer.address().port}/`
}

// A person with a browser of their own, at the page.
const enter = async (t, address, who) => {
  const context = await browser.newContext()
  t.after(() => context.close())
  const page = await context.newPage()
  const complaints = []
  page.on('pageerror', error => complaints.push(error.stack))
  page.on('console', it => ['error', 'warning'].includes(it.type()) && complaints.push(`${it.text()} ${it.location().url}`))
  await page.goto(`${address}?name=${who}`)
  return {
    click: selector => page.click(selector),
    // Resolves once there is one of these, and fails once the page has complained.
    sees: async selector => {
      for (const end = Date.now() + 20_000; (await page.locator(selector).count()) !== 1;) {
        assert.deepEqual(complaints, [], who)
        if (Date.now() > end) assert.fail(`${who} never sees ${selector}: ${await page.innerHTML('body')}`)
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    },
    isContent: () => assert.deepEqual(complaints, [], who),
  }
}

const synced = '[role=status][data-status=synced]'
const open = 'input[name="todo/1"]:not(:checked)'
const done = 'input[name="todo/1"]:checked'

for (const name of ['react', 'vue', 'svelte']) {
  test(`${name}: the development server gives the page its engine, and what one person does another one sees`, options, async t => {
    const address = await develop(t, name)
    const [ada, bob] = await Promise.all(['ada', 'bob'].map(who => enter(t, address, who)))
    for (const page of [ada, bob]) {
      await page.sees(synced)
      await page.sees(open)
    }
    await ada.click(open)
    await bob.sees(done)
    await bob.click(done)
    await ada.sees(open)
    for (const page of [ada, bob]) {
      await page.sees(synced)
      page.isContent()
    }
  })
}
