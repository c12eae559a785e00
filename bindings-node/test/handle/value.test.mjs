/** Which JavaScript values are taken and which are refused, and that both ways are the same. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Edits, JsonText } from '../../dist/esm/handle.js'
import { toJson } from '../../dist/esm/value.js'
import { manualClient, manualServer, pump } from './pair.mjs'

const nested = (levels, make) => {
  let value = make()
  for (let level = 1; level < levels; level += 1) value = make(value)
  return value
}
const arrays = (levels) => nested(levels, (inner) => (inner === undefined ? [] : [inner]))
const objects = (levels) => nested(levels, (inner) => (inner === undefined ? {} : { a: inner }))

class Point {
  constructor() {
    this.x = 1
  }
}

const shared = { s: 1 }
const withProto = JSON.parse('{"__proto__":{"a":1},"constructor":2,"toString":3,"hasOwnProperty":4}')

const TAKEN = [
  [null, 'null'],
  [true, 'true'],
  [false, 'false'],
  [0, '0'],
  [-0, '0'],
  [1.5, '1.5'],
  [-7, '-7'],
  [2 ** 53 - 1, '9007199254740991'],
  [1e-7, '1e-7'],
  [5e-324, '5e-324'],
  [1.7976931348623157e308, '1.7976931348623157e+308'],
  ['', '""'],
  ['"\\', '"\\"\\\\"'],
  ['\u0000\n', '"\\u0000\\n"'],
  ['\ufeff', '"\ufeff"'],
  ['é𝄞', '"é𝄞"'],
  [[], '[]'],
  [{}, '{}'],
  [[1, [2], { a: null }], '[1,[2],{"a":null}]'],
  [{ b: 1, a: undefined, c: [] }, '{"b":1,"c":[]}'],
  [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  [new Point(), '{"x":1}'],
  [[shared, shared], '[{"s":1},{"s":1}]'],
  [new Date(0), '"1970-01-01T00:00:00.000Z"'],
  [{ toJSON: () => [1] }, '[1]'],
  [{ at: { toJSON: (name) => name } }, '{"at":"at"}'],
  [[new Number(1), new String('a'), new Boolean(false)], '[1,"a",false]'],
  [withProto, '{"__proto__":{"a":1},"constructor":2,"toString":3,"hasOwnProperty":4}'],
  [new JsonText('{"2":1,"1":[2.50]}'), '{"2":1,"1":[2.50]}'],
  [{ a: new JsonText('{"2":1,"1":2}'), b: 1 }, '{"a":{"2":1,"1":2},"b":1}'],
]

const cycle = { a: [] }
cycle.a.push(cycle)
const endless = { toJSON: () => ({ again: endless }) }
const doubled = nested(40, (inner = 'x'.repeat(100)) => [inner, inner])

const REFUSED = [
  [NaN, 'NumberOutOfRange', ''],
  [Infinity, 'NumberOutOfRange', ''],
  [{ a: [1, { b: -Infinity }] }, 'NumberOutOfRange', ' at $.a[1].b'],
  [undefined, 'InvalidArgument', ''],
  [[1, undefined], 'InvalidArgument', ' at $[1]'],
  [[1, , 2], 'InvalidArgument', ' at $[1]'], // eslint-disable-line no-sparse-arrays
  [new Array(4_294_967_295), 'InvalidArgument', ' at $[0]'],
  [1n, 'InvalidArgument', ''],
  [{ n: 1n }, 'InvalidArgument', ' at $.n'],
  [() => 1, 'InvalidArgument', ''],
  [{ f() {} }, 'InvalidArgument', ' at $.f'],
  [Symbol('s'), 'InvalidArgument', ''],
  [new Map([[1, 2]]), 'InvalidArgument', ''],
  [{ a: new Set([1]) }, 'InvalidArgument', ' at $.a'],
  [[new Uint8Array(1)], 'InvalidArgument', ' at $[0]'],
  [Promise.resolve(1), 'InvalidArgument', ''],
  [/a/, 'InvalidArgument', ''],
  [new Error('x'), 'InvalidArgument', ''],
  ['\ud800', 'LoneSurrogate', 'index 0'],
  ['ab\udc00', 'LoneSurrogate', 'index 2'],
  ['𝄞\ud834', 'LoneSurrogate', 'index 2'],
  [{ a: ['x\udfff'] }, 'LoneSurrogate', 'index 1'],
  [{ 'k\ud800': 1 }, 'LoneSurrogate', 'index 1'],
  [arrays(65), 'TooDeep', ''],
  [objects(65), 'TooDeep', ''],
  [arrays(100_000), 'TooDeep', ''],
  [cycle, 'InvalidArgument', 'contains itself'],
  [endless, 'TooDeep', '65 levels'],
  [doubled, 'ValueTooLarge', ''],
]

for (const [value, json] of TAKEN) {
  test(`taken: ${json}`, () => {
    assert.equal(toJson(value), json)
  })
}

for (const [at, [value, code, where]] of REFUSED.entries()) {
  test(`refused: ${at} ${code}${where}`, () => {
    assert.throws(
      () => toJson(value),
      (error) => {
        assert.equal(error.code, code, error.message)
        assert.ok(error.actual.includes(where), error.actual)
        return true
      },
    )
  })
}

test('64 levels are taken here, and the configured depth is the engine’s to judge', () => {
  assert.equal(toJson(arrays(64)), `${'['.repeat(64)}${']'.repeat(64)}`)
  const client = manualClient()
  const room = client.open('cart')
  client.set(room, 'deep', arrays(32))
  assert.throws(() => client.set(room, 'deep', arrays(33)), { code: 'TooDeep' })
  client.close()
})

test('the fast way and the careful way write the same', () => {
  for (const [value] of TAKEN) {
    // A value in a class of its own is looked at member by member.
    const careful = toJson(Object.assign(new Point(), { x: value }))
    assert.equal(careful, `{"x":${toJson(value)}}`)
  }
})

test('what is set is what is read, on both sides', () => {
  const [client, server] = [manualClient(), manualServer({ watch: true })]
  const room = client.open('cart')
  for (const [at, [value, json]] of TAKEN.entries()) {
    const key = `k${at}`
    client.set(room, key, value)
    const read = client.get(room, key)
    assert.deepEqual(read, JSON.parse(json), json)
    assert.equal(client.getJson(room, key), JSON.stringify(JSON.parse(json)) === json ? json : client.getJson(room, key))
  }
  client.flush()
  pump(client, server)
  const number = server.room('cart')
  assert.equal(server.roomEntriesJson(number), client.entriesJson(room))
  assert.deepEqual(new Map(server.roomEntries(number)), new Map(client.entries(room)))
  client.close()
  server.close()
})

test('names that JavaScript gives a meaning are plain data both ways', () => {
  const client = manualClient()
  const room = client.open('cart')
  for (const key of ['__proto__', 'constructor', 'toString', '\ufeffmark', '2', '1']) client.set(room, key, key)
  assert.deepEqual(
    client.entries(room).map(([key, value]) => key === value && key),
    ['1', '2', '__proto__', 'constructor', 'toString', '\ufeffmark'],
  )
  const [change] = client.drain().filter((output) => output.kind === 'change')
  assert.ok(change.keys.includes('\ufeffmark') && change.keys.includes('__proto__'))
  client.set(room, 'object', withProto)
  const read = client.get(room, 'object')
  assert.deepEqual(Object.keys(read), ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
  assert.equal(Object.getPrototypeOf(read), Object.prototype)
  assert.equal({}.a, undefined)
  client.setPresence(room, withProto)
  assert.deepEqual(Object.keys(client.presenceOwn(room)), Object.keys(withProto))
  client.close()
})

test('names and texts that would be changed on their way are refused, with the place', () => {
  const client = manualClient()
  const room = client.open('cart')
  const lone = 'a\ud800'
  const tries = [
    () => client.open(lone),
    () => client.set(room, lone, 1),
    () => client.get(room, lone),
    () => client.delete(room, lone),
    () => client.entries(room, lone),
    () => client.setToken(lone),
    () => client.receive(lone),
    () => client.set(room, 'k', lone),
    () => new Edits().set(lone, 1),
    () => new Edits().insertItem('k', lone, 1),
    () => new JsonText(`"${lone}"`),
    () => manualServer().revoke(lone),
  ]
  for (const attempt of tries) {
    assert.throws(attempt, (error) => error.code === 'LoneSurrogate' && error.actual.endsWith(attempt === tries[10] ? '2' : '1'))
  }
  client.close()
})

test('JSON text is taken as it is, and judged by the engine', () => {
  const client = manualClient()
  const room = client.open('cart')
  client.set(room, 'k', new JsonText(' {"2" : 1.0, "1": [ ]} '))
  assert.equal(client.getJson(room, 'k'), '{"2":1,"1":[]}')
  assert.throws(() => new JsonText('{'), { code: 'InvalidJson' })
  assert.throws(() => new JsonText('1},{"op":"delete"'), { code: 'InvalidJson' })
  assert.throws(() => new JsonText(1), { code: 'InvalidArgument' })
  const refused = [
    ['9007199254740993', 'NumberOutOfRange'],
    ['1e400', 'NumberOutOfRange'],
    ['"\\ud800"', 'LoneSurrogate'],
    ['['.repeat(65) + ']'.repeat(65), 'TooDeep'],
  ]
  for (const [text, code] of refused) {
    assert.throws(() => client.set(room, 'k', new JsonText(text)), { code })
    assert.throws(() => client.batch(room, new Edits().set('k', new JsonText(text))), { code })
  }
  client.close()
})

test('numbers that are no counters are refused', () => {
  const client = manualClient()
  const room = client.open('cart')
  client.insert(room, 'list', 0, 'a')
  const wrong = [-1, 1.5, NaN, Infinity, 2 ** 53, '1', null, undefined, {}, 1n]
  for (const number of wrong) {
    const tries = [
      () => client.get(number, 'k'),
      () => client.set(number, 'k', 1),
      () => client.remove(room, 'list', number),
      () => client.move(room, 'list', 0, number),
      () => client.resolve(room, number, { keep: 'mine' }),
      () => client.setNow(number),
      () => client.persisted(number),
      () => new Edits().remove('list', number),
      () => new Edits().set('k', 1, { ifVersion: number ?? -1 }),
    ]
    for (const attempt of tries) assert.throws(attempt, { code: 'InvalidArgument' }, String(attempt))
  }
  assert.throws(() => client.get(2 ** 32, 'k'), { code: 'InvalidArgument' })
  assert.deepEqual(client.get(room, 'list'), ['a'])
  client.close()
})
