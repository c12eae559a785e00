/** What a page sees of a server that talks nonsense, and of an engine that ends: an error, a page that goes on, and its edits. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { impostor, open, person, serve, site } from './harness.mjs'

const { origin } = await site()

/** What servers send that mean no good. */
const NONSENSE = {
  'bytes that are no message': (socket) => socket.send(Uint8Array.from({ length: 64 }, (_, at) => 255 - at)),
  'the beginning of a message': (socket) => socket.send(Uint8Array.of(3, 1)),
  'an empty message': (socket) => socket.send(new Uint8Array()),
  'text that is no message': (socket) => socket.send('hello'),
  'half of a JSON text': (socket) => socket.send('{"welcome":'),
  'a message of 20 MB': (socket) => socket.send(new Uint8Array(20_000_000)),
  'messages without end': (socket) => { for (let at = 0; at < 5_000; at += 1) socket.send(Uint8Array.of(5, at & 255, 0)) },
  'a close at once': (socket) => socket.close(),
  'nothing, and is gone': (socket) => socket.terminate(),
}

/** That the edits of a page, which are stored, come once to a server that is one. */
async function assertOnce(t, page, wanted) {
  const server = await serve(t)
  await page.evaluate((url) => join(url, { storage: 'drafts' }), server.url)
  assert.equal(await page.evaluate(() => client.flush({ timeout: 20_000 })), 0)
  assert.deepEqual(await server.entries(), wanted)
  await page.evaluate(() => { client.close() })
}

for (const [what, use] of Object.entries(NONSENSE)) {
  test(`a server that sends ${what} costs a page nothing`, async (t) => {
    let met = 0
    const url = await impostor(t, (socket) => { met += 1; use(socket) })
    const page = await open(t, await person(t), origin)
    await page.evaluate(async (url) => {
      await join(url, { storage: 'drafts' })
      room.add('visits', 1)
      await until(() => offline() && heard.some(([event, { status }]) => event === 'failed' || status === 'degraded'))
      room.set('title', 'tea')
    }, url)
    assert.ok(met >= 1)
    assert.deepEqual(await page.evaluate(() => room.entries()), [['title', 'tea'], ['visits', 1]])
    assert.equal(await page.evaluate(() => client.close()), 2)
    await assertOnce(t, page, { title: 'tea', visits: 1 })
  })
}

test('a server of another protocol costs a page nothing', async (t) => {
  const page = await open(t, await person(t), origin)
  await page.evaluate(async (url) => {
    await join(url, { storage: 'drafts' })
    room.add('visits', 1)
    await until(() => room.status === 'degraded')
    await stored()
    client.close()
  }, origin.replace('http', 'ws'))
  await page.again()
  await assertOnce(t, page, { visits: 1 })
})

/** Has the function named by `trap` panic at its next call. */
const trapped = () => {
  const { Instance } = WebAssembly
  WebAssembly.Instance = function (module, imports) {
    const { exports } = new Instance(module, imports)
    const armed = (name, call) => (...args) => {
      if (globalThis.trap !== name) return call(...args)
      globalThis.trap = undefined
      return exports.syncline_wasm_test_panic()
    }
    return {
      exports: Object.fromEntries(
        Object.entries(exports).map(([name, value]) => [name, typeof value === 'function' ? armed(name, value) : value]),
      ),
    }
  }
}

const TRAPS = {
  'an edit': { trap: 'syncline_client_set_text', spring: () => room.set('title', 'tea') },
  'a frame': { trap: 'syncline_client_receive', mend: true },
  'time that passes': { trap: 'syncline_client_set_now' },
  'what is stored': { trap: 'syncline_client_persisted', spring: () => room.set('slow', 1) },
  'what is to be done': { trap: 'syncline_client_poll', spring: () => room.set('title', 'tea') },
}

for (const [what, { trap, spring, mend }] of Object.entries(TRAPS)) {
  for (const tabs of [true, false]) {
    test(`an engine that ends by ${what} ends its client, and the next one has the edits: ${tabs ? 'tabs together' : 'one alone'}`, async (t) => {
      const server = await serve(t)
      server.cut()
      const page = await open(t, await person(t), origin, { init: trapped })
      await page.evaluate(async ([url, tabs]) => {
        await load('/build/wasm/panic.wasm')
        await join(url, { storage: 'drafts', tabs })
        room.add('visits', 1)
        await stored()
        globalThis.ready = room.set('slow', 1).settled.then(() => 'settled', ({ name, code }) => `${name} ${code}`)
        await stored()
      }, [server.url, tabs])
      if (mend) server.mend()
      await page.evaluate((name) => { globalThis.trap = name }, trap)
      if (spring !== undefined) {
        const outcome = await page.evaluate(`(() => { try { (${spring})(); return 'made' } catch ({ name, code }) { return name + ' ' + code } })()`)
        if (trap === 'syncline_client_set_text') assert.equal(outcome, 'InternalError Panic')
      }
      await page.evaluate(() => until(() => client.closed))
      assert.match(await page.evaluate(() => ready), /^InternalError (Panic|Poisoned)$/)
      const seen = page.thrown.splice(0)
      assert.ok(seen.length >= 1 && seen.every(({ name }) => name === 'InternalError'), String(seen))
      assert.match(seen[0].message, /a panic on purpose/)
      assert.equal(await page.evaluate(() => { try { room.set('a', 1); return 'made' } catch ({ code }) { return code } }), 'Closed')
      server.mend()
      assert.equal(await page.evaluate(([url, tabs]) => join(url, { storage: 'drafts', tabs }), [server.url, tabs]), 'durable')
      assert.equal(await page.evaluate(() => client.flush({ timeout: 20_000 })), 0)
      const { visits, slow } = await server.entries()
      assert.deepEqual([visits, slow], [1, 1])
      assert.equal(await page.evaluate(() => client.close()), 0)
    })
  }
}
