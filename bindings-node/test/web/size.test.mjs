/** How large the package is in a page: a table, and the most that the engine and what is around it may be. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'

import { home } from './harness.mjs'

/** Bytes that `import 'syncline'` may cost with gzip, as servers use it by default, and with brotli. */
const MOST = { gzip: 150_000, brotli: 130_000 }

/** Bytes with gzip that it may cost with views. */
const MOST_VIEWS = 240_000

const folder = `${home}dist/browser/`
const sizes = new Map(readdirSync(folder).filter((name) => /\.(wasm|js)$/.test(name)).sort().map((name) => {
  const bytes = readFileSync(folder + name)
  return [name, { raw: bytes.length, gzip: gzipSync(bytes).length, brotli: brotliCompressSync(bytes).length }]
}))

/** The modules that one imports, itself included. */
function modules(name, seen = new Set()) {
  seen.add(name)
  for (const [, next] of readFileSync(folder + name, 'utf8').matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) {
    if (!seen.has(next)) modules(next, seen)
  }
  return seen
}

const sum = (names) => [...names].map((name) => sizes.get(name)).reduce((all, each) => ({
  raw: all.raw + each.raw, gzip: all.gzip + each.gzip, brotli: all.brotli + each.brotli,
}))

test(`the engine and what is around it are at most ${MOST.gzip} bytes with gzip, and ${MOST.brotli} with brotli`, () => {
  const needed = new Set([...modules('index.js'), 'syncline.wasm'])
  const whole = sum(needed)
  const views = sum(new Set([...modules('index.js'), ...modules('views.js'), 'views.wasm']))
  const rows = [['bytes', { raw: 'raw', gzip: 'gzip', brotli: 'brotli' }], ...sizes, ["import 'syncline'", whole], ['with syncline/views', views]]
  for (const [name, { raw, gzip, brotli }] of rows) {
    console.log(`${name.padEnd(24)}${[raw, gzip, brotli].map((size) => String(size).padStart(10)).join('')}`)
  }
  assert.ok(needed.size > 2)
  assert.ok(whole.gzip <= MOST.gzip, `${whole.gzip} bytes with gzip`)
  assert.ok(whole.brotli <= MOST.brotli, `${whole.brotli} bytes with brotli`)
  assert.ok(views.gzip <= MOST_VIEWS, `${views.gzip} bytes with views`)
})
