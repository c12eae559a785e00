// Each example is started as a process, used as a person would, and told to end.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { connect } from 'syncline'
import { start } from '../demo/programs.mjs'

const options = { timeout: 60_000 }

const makeFolder = t => {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

// Starts an application; `end` resolves with the code with which it ends.
const launch = async (t, name, folder, port) => {
  const env = { ...process.env, PORT: port, ROOMS: 'rooms' }
  const stdio = ['ignore', 'pipe', 'inherit']
  const program = spawn(process.execPath, [join(import.meta.dirname, name)], { cwd: folder, env, stdio })
  t.after(() => program.kill('SIGKILL'))
  const exit = once(program, 'exit')
  const [url] = await once(createInterface({ input: program.stdout }), 'line')
  return { url, end: async () => (program.kill('SIGTERM'), (await exit)[0]) }
}

const enter = async (t, url, token, storage) => {
  const timing = { backoff_first_ms: 2, backoff_most_ms: 20 }
  const client = await connect(`${url.replace('http', 'ws')}/sync`, { token, storage, timing })
  t.after(() => client.close())
  client.ref() // waiting for an event does not keep a process
  return client.room('shop')
}

// Resolves once the condition holds, which is looked at after each of these events.
const until = async (target, event, condition) => {
  while (!condition()) await new Promise(resolve => target.once(event, resolve))
}

const ask = async (url, token, method, path) => {
  const response = await fetch(url + path, { method, headers: token && { authorization: `Bearer ${token}` } })
  return [response.status, await response.json()]
}

for (const name of ['express.mjs', 'fastify.mjs']) {
  test(`${name} is a shop`, options, async t => {
    const folder = makeFolder(t)
    const app = await launch(t, name, folder, '0')
    const { url } = app

    assert.equal((await ask(url, undefined, 'GET', '/stock'))[0], 401)
    assert.deepEqual(await ask(url, 'bob-token', 'GET', '/stock'), [200, { 'stock/tea': 5 }])
    const stranger = await enter(t, url, 'no-token')
    await assert.rejects(stranger.ready, { code: 'Unauthorized' })

    const room = await enter(t, url, 'ada-token', join(folder, 'ada'))
    await room.ready
    assert.equal(room.get('stock/tea'), 5)
    for (const key of ['stock/tea', 'cart/bob/tea', 'cart/adam/tea']) {
      const { kind, code } = await room.set(key, 99).settled
      assert.deepEqual([kind, code], ['refused', 'Forbidden'])
    }
    const order = async (who, item) => ask(url, `${who}-token`, 'POST', `/orders/${item}`)
    assert.equal((await order('ada', 'tea'))[0], 409)
    for (const bad of [6, 0, -1, 1.5, '1', true, [1], { count: 1 }, null]) {
      assert.equal((await room.set('cart/ada/tea', bad).settled).kind, 'applied')
      assert.equal((await order('ada', 'tea'))[0], 409)
    }
    assert.equal((await room.set('cart/ada/milk', 1).settled).kind, 'applied')
    assert.equal((await order('ada', 'milk'))[0], 409)
    assert.equal((await room.set('cart/ada/tea', 2).settled).kind, 'applied')
    assert.equal((await order('bob', 'tea'))[0], 409)
    const [status, { version }] = await order('ada', 'tea')
    assert.equal(status, 201)
    await until(room, 'change', () => room.version >= version)
    assert.deepEqual(room.entries(), [['cart/ada/milk', 1], ['stock/tea', 3]])

    assert.equal(await app.end(), 0)
    await until(room, 'status', () => room.status !== 'synced')
    const edit = room.set('cart/ada/tea', 3)
    const again = await launch(t, name, folder, new URL(url).port)
    assert.equal((await edit.settled).kind, 'applied')
    assert.equal((await order('ada', 'tea'))[0], 201)
    assert.deepEqual(await ask(url, 'ada-token', 'GET', '/stock'), [200, { 'stock/tea': 0 }])
    assert.equal(await again.end(), 0)
  })
}

test('server.mjs and client.mjs do what they are told', options, async t => {
  const folder = makeFolder(t)
  const begin = (kind, name, args) => {
    const program = start('', kind, 'Node', name, args, folder)
    t.after(() => program.kill())
    return program
  }
  writeFileSync(join(folder, 'loaded.tsv'), 'a\t1e3\nb\t{"2":"x","1":[1.50]}\n')
  writeFileSync(join(folder, 'edits.tsv'), 'set\tb\t{"z":1,"y":"\\u00e9"}\nmerge\tb\t{"z":null}\nadd\ta\t-1\nset\t\u{ffee}\t1\nset\t\u{1f600}\t2\n')

  let server = begin('server', 'server', ['0', 'rooms', '{"":"strict"}'])
  const port = String((await server.until('listening')).listening)
  assert.deepEqual(await server.ask('loaded', 'load', 'r', 'loaded.tsv'), { loaded: 2 })
  const client = begin('client', 'client', ['127.0.0.1', port, 'r', 'ada'])
  assert.deepEqual(await client.until('restored'), { restored: 0 })
  await client.ask('synced', 'sync')
  assert.deepEqual(await client.ask('value', 'get', 'b'), { value: { 2: 'x', 1: [1.5] } })
  assert.deepEqual(await client.ask('value', 'get', 'c'), { value: null })
  await server.ask('dumped', 'dump', 'r', 'server.json')
  assert.equal(readFileSync(join(folder, 'server.json'), 'utf8'), '{"a":1000,"b":{"2":"x","1":[1.5]}}')

  assert.deepEqual(await client.ask('edited', 'edits', 'edits.tsv', '1000'), { edited: 5 })
  client.say('set', 'c', '{"a b": 1}')
  client.say('set', 'c', 'no JSON')
  client.say('delete', 'a')
  await client.ask('synced', 'sync')
  const want = '{"b":{"y":"é"},"c":{"a b":1},"\u{ffee}":1,"\u{1f600}":2}'
  for (const [program, ...room] of [[client], [server, 'r']]) {
    await program.ask('dumped', 'dump', ...room, 'dump.json')
    assert.equal(readFileSync(join(folder, 'dump.json'), 'utf8'), want)
  }
  assert.deepEqual(await client.ask('pending', 'pending'), { pending: 0 })
  assert.deepEqual(await client.ask('status', 'status'), { status: 'synced' })
  const { metrics } = await client.ask('metrics', 'metrics')
  assert.equal(metrics.total + metrics.coalesced, 7)
  assert.equal((await server.ask('metrics', 'metrics')).metrics.connections, 1)

  await server.quit()
  client.say('set', 'offline', 'true')
  await client.ask('pending', 'pending')
  client.child.kill('SIGTERM')
  assert.deepEqual(await client.exit, { code: 0, signal: null })
  server = begin('server', 'server', [port, 'rooms'])
  await server.until('listening')
  const later = begin('client', 'client', ['127.0.0.1', port, 'r', 'ada'])
  assert.deepEqual(await later.until('restored'), { restored: 1 })
  await later.ask('synced', 'sync')
  await later.quit()
  await server.ask('dumped', 'dump', 'r', 'dump.json')
  assert.equal(JSON.parse(readFileSync(join(folder, 'dump.json'), 'utf8')).offline, true)
  server.child.kill('SIGTERM')
  assert.deepEqual(await server.exit, { code: 0, signal: null })
})

for (const name of ['client.mjs', 'express.mjs', 'fastify.mjs', 'server.mjs']) {
  test(`${name} is short`, () => {
    const lines = readFileSync(join(import.meta.dirname, name), 'utf8').trimEnd().split('\n')
    assert.ok(lines.length < 60, `${lines.length} lines`)
    assert.ok(lines.every(line => line.length <= 130), 'a line is too long')
  })
}
