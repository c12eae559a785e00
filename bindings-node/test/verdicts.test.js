// What becomes of stale edits: refused with three sides, or resolved.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { KEEP_MINE, KEEP_THEIRS } from 'syncline'

import { heard, meet, network, shows } from './support/world.js'

/** Two rooms with `doc` at a base; the second one then edits without knowing what the first one made of it. */
async function stale(t, resolver, { policy = { doc: 'strict' }, base = { a: 1, b: 1 }, theirs = { a: 2, b: 1 }, log } = {}) {
  const net = network()
  const second = { WebSocket: net.WebSocket, ...(resolver && { resolvers: { doc: resolver } }), ...(log && { log }) }
  const world = await meet(t, { policy }, [{}, second])
  const { rooms: [ada, bob], clients: [, client] } = world
  await ada.set('doc', base).settled
  await shows(bob, 'doc', base)
  await net.down(client)
  await ada.set('doc', theirs).settled
  return { ...world, ada, bob, client, online: () => net.up(client) }
}

test('a stale edit is refused with what was mine, the base and theirs', async (t) => {
  const { bob, client, online } = await stale(t)
  const edit = bob.set('doc', { a: 1, b: 3 })
  const [refused, verdict] = [heard(bob, 'refused'), heard(client, 'verdict')]
  online()
  const expected = { code: 'Stale', key: 'doc', mine: { a: 1, b: 3 }, base: { a: 1, b: 1 }, theirs: { a: 2, b: 1 } }
  assert.deepEqual(await edit.settled, { kind: 'refused', op: 0, ...expected })
  assert.deepEqual(await refused, { room: 'cart', draft: edit.draft, edit, ...expected })
  assert.deepEqual(await verdict, { room: 'cart', draft: edit.draft, verdict: 'refused', edit })
  assert.deepEqual(bob.get('doc'), { a: 2, b: 1 })
})

test('edits that build on a stale one share its refusal', async (t) => {
  const { bob, online } = await stale(t)
  const first = bob.set('doc', { a: 3 })
  const second = bob.batch((batch) => { batch.set('other', 1); batch.merge('doc', { c: 4 }) })
  const third = bob.set('apart', 1)
  online()
  const [one, two, three] = await Promise.all([first.settled, second.settled, third.settled])
  assert.deepEqual([one.kind, two.kind, three.kind], ['refused', 'refused', 'applied'])
  assert.deepEqual([one.mine, one.base, one.theirs], [{ a: 3, c: 4 }, { a: 1, b: 1 }, { a: 2, b: 1 }])
  assert.deepEqual({ ...two, op: 0 }, one)
  assert.equal(two.op, 1)
})

test('edits of one key that are refused apart have their own verdicts', async (t) => {
  const authorize = ({ token }) => ({ principal: token, write: ['doc'] })
  const net = network()
  const { rooms: [ada, bob], clients: [, client] } =
    await meet(t, { authorize, policy: { doc: 'strict' } }, [{}, { WebSocket: net.WebSocket }])
  await ada.set('doc', { a: 1 }).settled
  await shows(bob, 'doc', { a: 1 })
  await net.down(client)
  await ada.set('doc', { a: 2 }).settled
  const first = bob.batch((batch) => { batch.set('doc', { a: 3 }) })
  const both = bob.batch((batch) => { batch.set('doc', { a: 4 }); batch.set('other', 1) })
  const second = bob.merge('doc', { a: 5 })
  net.up(client)
  const verdicts = await Promise.all([first.settled, both.settled, second.settled])
  assert.deepEqual(verdicts.map(({ code, op, key }) => [code, op, key]), [['Stale', 0, 'doc'], ['Forbidden', 1, 'other'], ['Stale', 0, 'doc']])
  assert.deepEqual([verdicts[0].base, verdicts[2].base], [{ a: 1 }, { a: 4 }])
})

test('an edit with an expectation is refused if that fails', async (t) => {
  const { bob, online } = await stale(t, undefined, { policy: {} })
  const edit = bob.batch((batch) => { batch.expect('doc'); batch.set('price', 9) })
  online()
  const verdict = await edit.settled
  assert.deepEqual([verdict.kind, verdict.code, verdict.key], ['refused', 'Stale', 'doc'])
  assert.equal(bob.has('price'), false)
})

test('resolvers by name make another edit, or none', async (t) => {
  for (const [resolver, outcome] of [
    ['keep_mine', { a: 1, b: 3 }],
    ['three_way', { a: 2, b: 3 }],
    ['keep_theirs', { a: 2, b: 1 }],
  ]) {
    await t.test(resolver, async (t) => {
      const { bob, online } = await stale(t, resolver)
      const edit = bob.set('doc', { a: 1, b: 3 })
      online()
      const { kind, by } = await edit.settled
      assert.equal(kind, 'refused')
      if (resolver !== 'keep_theirs') assert.equal((await by.settled).kind, 'applied')
      else assert.equal(by, undefined)
      assert.deepEqual(bob.get('doc'), outcome)
    })
  }
})

test('resolver functions decide, at once or later', async (t) => {
  const sum = ({ mine, theirs }) => ({ a: mine.a + theirs.a, b: mine.b })
  for (const [name, resolver, outcome] of [
    ['a value', sum, { a: 3, b: 3 }],
    ['a value later', async (conflict) => { await new Promise(setImmediate); return sum(conflict) }, { a: 3, b: 3 }],
    ['mine', () => KEEP_MINE, { a: 1, b: 3 }],
    ['theirs', async () => KEEP_THEIRS, { a: 2, b: 1 }],
    ['null', () => null, null],
  ]) {
    await t.test(name, async (t) => {
      let asked
      const { bob, client, online } = await stale(t, (conflict) => { asked = conflict; return resolver(conflict) })
      const edit = bob.set('doc', { a: 1, b: 3 })
      online()
      assert.equal(await client.flush(), 0)
      const { by } = await edit.settled
      if (name !== 'theirs') assert.equal((await by.settled).kind, 'applied')
      assert.deepEqual(bob.get('doc'), outcome)
      assert.deepEqual([asked.room, asked.key, asked.code, asked.edit], ['cart', 'doc', 'Stale', edit])
      assert.deepEqual([asked.mine, asked.base, asked.theirs], [{ a: 1, b: 3 }, { a: 1, b: 1 }, { a: 2, b: 1 }])
    })
  }
})

test('a resolver that fails keeps theirs, and says so', async (t) => {
  for (const [name, resolver] of [
    ['throws', () => { throw new RangeError('no idea') }],
    ['rejects', async () => { throw new RangeError('no idea') }],
    ['returns nothing', () => {}],
    ['returns no JSON', () => new Map()],
    ['returns too much', () => 'x'.repeat(100_000)],
  ]) {
    await t.test(name, async (t) => {
      const records = []
      const { bob, client, online } = await stale(t, resolver, { log: (record) => records.push(record) })
      const failed = heard(client, 'error')
      const edit = bob.set('doc', { a: 1, b: 3 })
      online()
      const { kind, by } = await edit.settled
      assert.deepEqual([kind, by], ['refused', undefined])
      assert.deepEqual(bob.get('doc'), { a: 2, b: 1 })
      const { error, room } = await failed
      assert.ok(error instanceof Error)
      assert.equal(room, 'cart')
      assert.ok(records.some(({ event, level }) => event === 'resolverFailed' && level === 'error'))
    })
  }
})

test('the longest prefix decides which resolver is asked', async (t) => {
  const asked = []
  const note = (name) => ({ key }) => { asked.push(`${name} ${key}`); return KEEP_MINE }
  const net = network()
  const resolvers = { '': note('all'), 'a': note('a'), 'a/b': 'keep_theirs', ['__proto__']: note('proto') }
  const { rooms: [ada, bob], clients: [, client] } =
    await meet(t, { policy: { '': 'strict' } }, [{}, { WebSocket: net.WebSocket, resolvers }])
  const keys = ['a/1', 'a/b/1', 'z', '__proto__']
  ada.batch((batch) => { for (const key of keys) batch.set(key, 0) })
  await ada.set('end', 1).settled
  await shows(bob, 'end', 1)
  await net.down(client)
  await ada.batch((batch) => { for (const key of keys) batch.set(key, 1) }).settled
  for (const key of keys) bob.set(key, 2)
  net.up(client)
  assert.equal(await client.flush(), 0)
  assert.deepEqual(asked.sort(), ['a a/1', 'all z', 'proto __proto__'])
  assert.deepEqual(keys.map((key) => bob.get(key)), [2, 1, 2, 2])
})

test('an edit that may not be made is refused with its sides', async (t) => {
  const authorize = ({ token }) => ({ principal: token, write: ['own/'] })
  const { rooms: [ada] } = await meet(t, { authorize }, [{}])
  const edit = ada.set('other', 1)
  const verdict = await edit.settled
  assert.deepEqual(verdict, { kind: 'refused', op: 0, code: 'Forbidden', key: 'other', mine: 1, base: undefined, theirs: undefined })
  assert.equal((await ada.set('own/x', 1).settled).kind, 'applied')
})
