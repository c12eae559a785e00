// Each page is built, put on a page without a browser, and used as two people would, with the engine of Node.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { JSDOM } from 'jsdom'
import { connect } from 'syncline'
import { build } from 'vite'

const home = import.meta.dirname
const options = { timeout: 60_000 }
const pause = () => new Promise(resolve => setTimeout(resolve, 5))

// Resolves once this holds.
const until = async (what, shown = () => '') => {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (what()) return
    await pause()
  }
  assert.fail(`never: ${what}: ${shown()}`)
}

const serve = async t => {
  const program = spawn(process.execPath, [join(home, 'server.mjs'), '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => program.kill('SIGKILL'))
  const [url] = await once(createInterface({ input: program.stdout }), 'line')
  return { url, program }
}

const enter = async (t, url, token, more) => {
  const client = await connect(`${url.replace('http', 'ws')}/sync`, { token, ...more })
  t.after(() => client.close())
  client.ref()
  const room = client.room('list')
  await room.ready
  return { client, room }
}

// Builds a page but for the client, which is that of Node, and opens it.
const visit = async (t, name, url) => {
  const outDir = join(home, 'built', name)
  t.after(() => rmSync(outDir, { recursive: true, force: true }))
  await build({
    configFile: join(home, name, 'vite.config.js'),
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"development"' },
    build: {
      outDir,
      minify: false,
      lib: { entry: join(home, name, name === 'react' ? 'main.jsx' : 'main.js'), formats: ['es'], fileName: 'page' },
      rolldownOptions: { external: id => id === 'syncline' || id.endsWith('/dist/esm/client.js') || id === '../client.js' },
    },
  })
  // What the page leaves running ends with the process.
  const { window } = new JSDOM('<!doctype html><div id="root"></div>', { url, pretendToBeVisual: true })
  const globals = Object.getOwnPropertyNames(window).filter(it => !(it in globalThis) || it === 'navigator' || it === 'Event')
  for (const it of ['window', 'document', 'location', ...globals]) {
    Object.defineProperty(globalThis, it, { value: it === 'window' ? window : window[it], configurable: true, writable: true })
  }
  const complaints = []
  for (const kind of ['error', 'warn']) t.mock.method(console, kind, (...words) => complaints.push(words.join(' ')))
  t.after(() => assert.deepEqual(complaints, []))
  await import(join(outDir, 'page.js'))
  const root = window.document.getElementById('root')
  const find = selector => root.querySelector(selector)
  return {
    find,
    text: () => root.textContent,
    click: selector => find(selector).click(),
    type: (selector, text) => {
      const field = find(selector)
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, text)
      field.dispatchEvent(new window.Event('input', { bubbles: true }))
    },
    sees: what => until(() => what(), () => root.innerHTML),
  }
}

test('every page is built as it is published', options, async t => {
  for (const name of ['react', 'vue', 'svelte']) {
    const built = await build({ configFile: join(home, name, 'vite.config.js'), logLevel: 'error', build: { write: false } })
    const files = [built].flat().flatMap(({ output }) => output.map(({ fileName }) => fileName))
    assert.ok(files.includes('index.html') && files.some(file => file.endsWith('.js')), String(files))
  }
})

test('react: an edit shows at once and goes back if it is refused, and a person decides about conflicts', options, async t => {
  const { url, program } = await serve(t)
  const other = await enter(t, url, 'bob')
  const page = await visit(t, 'react', url)
  await page.sees(() => page.text().includes('Buy tea') && page.text().startsWith('Saved'))

  page.click('input[name="todo/1"]')
  assert.equal(page.find('input[name="todo/1"]').checked, true)
  await until(() => other.room.get('todo/1').done)

  page.click('input[name="signed/1"]')
  assert.equal(page.find('input[name="signed/1"]').checked, true)
  await page.sees(() => page.find('[role=alert]')?.textContent.startsWith('signed/1 was not changed: Forbidden'))
  assert.equal(page.find('input[name="signed/1"]').checked, false)
  page.click('[role=alert] button')
  await page.sees(() => page.find('[role=alert]') === null)

  for (const [answer, becomes] of [['mine', 'mine 0'], ['theirs', 'theirs 1'], ['both', 'theirs 2\nmine 2']]) {
    const round = becomes.at(-1)
    // The other one is first, and the page has not heard of it when somebody types.
    program.kill('SIGSTOP')
    other.room.set('note', `theirs ${round}`)
    await other.client.flush({ timeout: 50 })
    page.type('textarea', `mine ${round}`)
    await pause()
    program.kill('SIGCONT')
    const here = () => page.find('dialog')
    await page.sees(() => here() !== null)
    assert.match(here().textContent, new RegExp(`theirs ${round}`))
    page.click(`dialog button[name="${answer}"]`)
    await page.sees(() => here() === null && page.find('textarea').value === becomes)
    await until(() => other.room.get('note') === becomes)
  }

  program.kill('SIGKILL')
  await page.sees(() => /^(Offline|Cannot reach)/.test(page.text()))
  page.click('input[name="todo/2"]')
  await page.sees(() => page.find('[role=status]').textContent.includes('1 to send, last saved at'))
})

for (const name of ['vue', 'svelte']) {
  test(`${name}: the page shows the room, and edits it`, options, async t => {
    const { url, program } = await serve(t)
    const { room } = await enter(t, url, 'bob')
    const page = await visit(t, name, url)
    await page.sees(() => page.text().includes('Buy tea') && page.text().startsWith('synced, 0 to send'))

    page.click('input[name="todo/1"]')
    await until(() => room.get('todo/1').done)
    room.merge('todo/1', { title: 'Buy milk' })
    await page.sees(() => page.text().includes('Buy milk'))

    assert.equal(page.find('[aria-label=title]').value, 'To do')
    page.type('[aria-label=title]', 'Today')
    await until(() => room.get('title') === 'Today')
    room.set('title', 'Tomorrow')
    await page.sees(() => page.find('[aria-label=title]').value === 'Tomorrow')

    page.type('[aria-label=new]', 'Sleep')
    page.find('form').dispatchEvent(new window.Event('submit', { bubbles: true, cancelable: true }))
    await until(() => room.entries('todo/').some(([, { title }]) => title === 'Sleep'))
    await page.sees(() => page.text().includes('Sleep') && page.find('[aria-label=new]').value === '')

    page.click('body button, #root button')
    room.add('count', 1)
    await page.sees(() => page.find('button:last-of-type').textContent === '2')

    program.kill('SIGKILL')
    await page.sees(() => /^(offline|degraded)/.test(page.text()))
  })
}

test('the server gives the built pages to a browser, and nothing else', options, async t => {
  const { url } = await serve(t)
  for (const path of ['/', '/server.mjs', '/../server.mjs', '/%2e%2e/server.mjs']) assert.equal((await fetch(url + path)).status, 404)
})
