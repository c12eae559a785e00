/** The texts of the JSON parsing test suite: what they are in every language. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const TABLE = new URL('../../../scenarios/json/parsing.tsv', import.meta.url)

/** Hexadecimal bytes, and how often, if not once. */
function unfolded(folded) {
  const [hex, count = '1'] = folded.split('*')
  const once = Buffer.from(hex, 'hex')
  return Buffer.concat(Array.from({ length: Number(count) }, () => once))
}

const lines = readFileSync(TABLE, 'utf8').trimEnd().split('\n').map((line) => {
  const [name, input, result] = line.split('\t')
  return { name, bytes: unfolded(input), result }
})

/** The text of bytes, if they are one: strings of JavaScript hold nothing else. */
function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** What `JSON.parse` makes of a text, or nothing. */
function parsed(text) {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** Checks the texts with the classes of an engine. */
export function checkTexts({ ClientHandle, JsonText }) {
  const seed = Uint8Array.from({ length: 32 }, (_, at) => at)
  const open = () => {
    const client = ClientHandle.manual({ durable: false }, seed, [], 0)
    return { client, room: client.open('room') }
  }
  const result = ({ client, room }, text) => {
    try {
      client.set(room, 'key', new JsonText(text))
    } catch ({ code }) {
      return code
    }
    return `= ${client.getJson(room, 'key')}`
  }

  test('every text is what it is in every language', () => {
    const held = open()
    assert.equal(lines.length, 318)
    let told = 0
    for (const { name, bytes, result: expected } of lines) {
      const text = textOf(bytes)
      if (text === undefined) {
        assert.equal(expected, 'InvalidUtf8', name)
        continue
      }
      told += 1
      // What is no JSON to JavaScript is refused before the engine looks for how it is too large as well.
      assert.equal(result(held, text), parsed(text) === undefined ? 'InvalidJson' : expected, name)
      if (!expected.startsWith('= ')) assert.ok(parsed(text) === undefined || name.startsWith('i_'), name)
    }
    assert.equal(told, 293)
    held.client.close()
  })

  test('what JSON.parse makes of a text is the same value', () => {
    const held = open()
    for (const { name, bytes, result: expected } of lines) {
      if (!expected.startsWith('= ')) continue
      const { value } = parsed(textOf(bytes))
      held.client.set(held.room, 'key', value)
      const back = held.client.getJson(held.room, 'key')
      assert.equal(`= ${back}`, expected, name)
      assert.deepEqual(held.client.get(held.room, 'key'), JSON.parse(expected.slice(2)), name)
    }
    held.client.close()
  })
}
