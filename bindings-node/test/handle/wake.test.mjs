/** When the program is called, and that it can end. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, test } from 'node:test'

import { ClientHandle, ServerHandle } from '../../dist/esm/handle.js'

const HANDLE = new URL('../../dist/esm/handle.js', import.meta.url).href

// The wakes that are waited for do not keep the process alive.
let alive
before(() => (alive = setInterval(() => {}, 1_000)))
after(() => clearInterval(alive))

/** Resolves when the handle is woken; wakes come in the order in which they were caused. */
function woken(handle) {
  return new Promise((resolve) => handle.setWake(resolve))
}

/** After this, every wake that was caused before has come. */
async function fence() {
  const server = ServerHandle.automatic()
  const wake = woken(server)
  server.roomOpen('fence')
  await wake
  server.close()
}

test('many edits wake once, until all was drained', async () => {
  const client = ClientHandle.automatic()
  let wakes = 0
  client.setWake(() => (wakes += 1))
  const room = client.open('cart')
  for (let at = 0; at < 1_000; at += 1) client.set(room, `k${at}`, at)
  await fence()
  assert.equal(wakes, 1)
  client.set(room, 'k', 1)
  await fence()
  assert.equal(wakes, 1, 'not drained yet')
  client.drain()
  await fence()
  assert.equal(wakes, 1, 'nothing since')
  client.set(room, 'k', 2)
  await fence()
  assert.equal(wakes, 2)
  client.close()
})

test('what was there before is told, and a function that was taken away is not called', async () => {
  const client = ClientHandle.automatic()
  client.open('cart')
  await woken(client)
  let late = 0
  client.drain()
  client.setWake(() => (late += 1))
  client.open('other')
  client.setWake(undefined)
  await fence()
  assert.equal(late, 0)
  const again = woken(client)
  await again
  client.close()
  await fence()
})

test('a wake may close the handle', async () => {
  const client = ClientHandle.automatic()
  const closed = new Promise((resolve) => {
    client.setWake(() => resolve(client.close()))
  })
  client.open('cart')
  assert.equal(await closed, 0)
  assert.throws(() => client.drain(), { code: 'Closed' })
})

test('an engine’s own timer wakes', async () => {
  // A greeting that does not come is a matter of the server's clock.
  const server = ServerHandle.automatic({ timing: { hello_ms: 1 } })
  const wake = woken(server)
  server.connected(1)
  await wake
  assert.deepEqual(server.drain(), [{ kind: 'close', conn: 1, code: 'HelloTimeout' }])
  server.close()
})

function ends(code) {
  const script = `import { ClientHandle, ServerHandle } from '${HANDLE}'\n${code}`
  const { status, signal, stderr, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    // Only so that a failure is told.
    timeout: 120_000,
  })
  assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' })
  return stdout
}

const OPEN = `
  const client = ClientHandle.automatic(); client.setWake(() => console.log('woken')); client.open('cart')
  const server = ServerHandle.automatic(); server.setWake(() => {}); server.roomOpen('cart')
`

test('a process with open handles ends by itself', () => {
  ends(OPEN)
})

test('a process with open handles can be ended at once', () => {
  ends(`${OPEN}; process.exit(0)`)
})

test('a wake does come before the end of a process that has something else to do', () => {
  assert.equal(ends(`${OPEN}; setTimeout(() => {}, 50)`), 'woken\n')
})

test('an error that a wake throws is an uncaught one, and nothing breaks', () => {
  const out = ends(`
    process.on('uncaughtException', (error) => console.log(error.message))
    const client = ClientHandle.automatic()
    client.setWake(() => { throw new Error('mine') })
    const room = client.open('cart')
    setTimeout(() => { client.set(room, 'k', 1); console.log(client.get(room, 'k'), client.close()) }, 50)
  `)
  assert.equal(out, 'mine\n1 1\n')
})
