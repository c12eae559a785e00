/** That every code has its number, its sentence and its class. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { codeOf, codes, errorFrom, errorOf, isCode, messageOf, SynclineError } from '../../dist/esm/errors.js'
import { closeNumber } from '../../dist/esm/transport/connection.js'

const table = readFileSync(new URL('../../../include/status.tsv', import.meta.url), 'utf8')
const rows = table
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t'))
  .filter(([number]) => Number(number) < 0)

test('the table is the one of every language', () => {
  const here = Object.entries(codes).map(([name, number]) => [String(number), name, messageOf(name)])
  assert.deepEqual(
    here,
    rows.map(([number, name, , message]) => [number, name, message]),
  )
})

test('a socket is closed with the same number in every language', () => {
  assert.deepEqual(rows.map(([, name]) => closeNumber(name)), rows.map((row) => Number(row[4])))
})

test('every code is thrown as its class', () => {
  const classes = new Map()
  for (const [number, name] of rows) {
    const error = errorOf(name, 'this', 'that')
    assert.ok(error instanceof SynclineError && error instanceof Error)
    assert.deepEqual([error.code, error.number, error.expected, error.actual], [name, Number(number), 'this', 'that'])
    assert.equal(error.message, `${messageOf(name)}: expected this, got that`)
    assert.equal(error.toString(), `${error.name}: ${error.message}`)
    assert.equal(error.name, error.constructor.name)
    assert.equal(codeOf(Number(number)), name)
    classes.set(error.name, [...(classes.get(error.name) ?? []), name])
  }
  assert.deepEqual(classes.get('ClosedError'), ['Closed'])
  assert.deepEqual(classes.get('StorageError'), ['StorageInUse', 'StorageFailed', 'StorageCorrupt'])
  assert.deepEqual(classes.get('QueueFullError'), ['Full'])
  assert.deepEqual(classes.get('InternalError'), ['Internal', 'Panic', 'Poisoned'])
  assert.equal(classes.get('ProtocolError').length, 11)
  assert.ok(classes.get('ValueRefusedError').includes('WrongType') && classes.get('RefusedError').includes('Stale'))
})

test('what is no error of the engine stays what it is', () => {
  const own = new TypeError('mine')
  assert.equal(errorFrom(own), own)
  assert.equal(errorFrom('text'), 'text')
  const wrongType = errorFrom(Object.assign(new Error('no string'), { code: 'StringExpected' }))
  assert.deepEqual([wrongType.code, wrongType.actual], ['InvalidArgument', 'no string'])
  for (const name of ['constructor', '__proto__', 'Ok', 'Done', '', 1]) assert.equal(isCode(name), false)
})
