/**
 * What the engine costs in a page, beside Yjs and JSON by hand, in one run: node bench.mjs FOLDER
 *
 * The ways take turns, so that a busy moment does not hit one of them. A table goes to the standard output, all numbers into web.json
 * of the folder.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { launch, Visitor } from './browser.mjs'
import { serve } from './servers.mjs'
import { sizes } from './sizes.mjs'
import { report } from './table.mjs'
import { WAYS } from './ways.mjs'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('bench.mjs FOLDER')
const ROUNDS = Number(process.env.ROUNDS ?? 5)
const BATCH = 200
const BATCHES = 12
const VISITS = 50
const PAINTS = 24
const PACED = 40
/** Milliseconds between edits that are to be messages of their own. */
const PAUSE = 30
const STARTS = 2
const MANY = 10_000

const server = await serve()
const browser = await launch()
const wanted = process.env.WAYS?.split(',')
const ways = WAYS.filter(({ id }) => wanted === undefined || wanted.includes(id))
/** By way: lists of numbers under the names of what was measured. */
const found = Object.fromEntries(ways.map(({ id }) => [id, {}]))
let rooms = 0

function note(way, name, ...numbers) {
  ;(found[way.id][name] ??= []).push(...numbers)
}

/** Two pages in one room, and the numbers of their sockets. */
async function pair(way) {
  const room = `bench-${(rooms += 1)}`
  const pages = []
  for (let index = 0; index < 2; index += 1) {
    const visitor = await Visitor.enter(browser, server.url)
    await visitor.visit()
    await visitor.begin(way, room)
    visitor.wire = server.count() - 1
    pages.push(visitor)
  }
  return pages
}

/** Ends when the reader has this edit. */
async function seen(reader, edit) {
  await reader.call('until', await reader.call('keyOf', edit), edit)
}

async function measureEdits(way, [writer, reader]) {
  // Before anything is counted, what is hot gets compiled.
  let edit = 0
  const costs = []
  const begin = async () => ({ writer: await writer.busy(), reader: await reader.busy() })
  let before
  for (let batch = -3; batch < BATCHES; batch += 1) {
    if (batch === 0) before = await begin()
    costs.push(await writer.call('edits', BATCH, edit))
    edit += BATCH
    await seen(reader, edit - 1)
  }
  const after = await begin()
  const counted = BATCHES * BATCH
  note(way, 'µs of a call', ...costs.slice(3))
  note(way, 'µs of the writer', ((after.writer - before.writer) * 1_000) / counted)
  note(way, 'µs of the reader', ((after.reader - before.reader) * 1_000) / counted)
  for (let turn = 0; turn < 5; turn += 1) note(way, 'µs of a read', await reader.call('reads', BATCH))
}

async function measureMessages(way, [writer, reader]) {
  const at = () => [server.wire(writer.wire), server.wire(reader.wire)]
  const [mine, theirs] = at()
  const before = await reader.call('received')
  await writer.call('paced', PACED, PAUSE, 1_000_000)
  await seen(reader, 1_000_000 + PACED - 1)
  // What is said about the last edit is counted too.
  await writer.page.waitForTimeout(150)
  const after = await reader.call('received')
  const [mineAfter, theirsAfter] = at()
  const messages = after.messages - before.messages
  note(way, 'µs of a message', ((after.ms - before.ms) * 1_000) / messages)
  note(way, 'messages of an edit', messages / PACED)
  note(way, 'B up, writer', (mineAfter.up - mine.up) / PACED)
  note(way, 'B down, writer', (mineAfter.down - mine.down) / PACED)
  note(way, 'B up, reader', (theirsAfter.up - theirs.up) / PACED)
  note(way, 'B down, reader', (theirsAfter.down - theirs.down) / PACED)
}

async function measureTimes(way, [writer, reader]) {
  note(way, 'ms to paint', ...(await writer.call('paints', PAINTS)))
  await reader.call('echo')
  await writer.call('visits', 5)
  note(way, 'ms to the other page', ...(await writer.call('visits', VISITS)))
}

/** With an empty cache, and with what the visit before has left there. */
async function measureStarts(way) {
  for (let start = 0; start < STARTS; start += 1) {
    const visitor = await Visitor.enter(browser, server.url)
    // The engine's compiled code is kept from the second visit on.
    for (const cache of ['cold', 'second', 'warm']) {
      await visitor.visit()
      const { usable, ready } = await visitor.begin(way, `start-${(rooms += 1)}`)
      if (cache !== 'second') {
        note(way, `ms to an edit, ${cache}`, usable)
        note(way, `ms to the state, ${cache}`, ready)
      }
      await visitor.page.waitForTimeout(100)
    }
    await visitor.close()
  }
}

async function measureMany(way) {
  const room = `many-${(rooms += 1)}`
  const writer = await Visitor.enter(browser, server.url)
  await writer.visit()
  await writer.begin(way, room)
  await writer.call('fill', MANY)
  await writer.page.waitForTimeout(300)
  const reader = await Visitor.enter(browser, server.url)
  await reader.visit()
  const before = await reader.memory()
  const { waited } = await reader.begin(way, room)
  while (await reader.call('size') < MANY) await reader.page.waitForTimeout(20)
  await reader.page.waitForTimeout(300)
  const after = await reader.memory()
  const [heap, wasm] = [after.heap - before.heap, after.wasm - before.wasm]
  note(way, 'MB of heap, 10,000 keys', heap / 1e6)
  note(way, 'MB of WebAssembly, 10,000 keys', wasm / 1e6)
  note(way, 'MB in all, 10,000 keys', (heap + wasm) / 1e6)
  note(way, 'ms to 10,000 keys', waited)
  await Promise.all([writer.close(), reader.close()])
}

for (let round = 1; round <= ROUNDS; round += 1) {
  for (const way of ways) {
    const pages = await pair(way)
    await measureMessages(way, pages)
    await measureTimes(way, pages)
    await measureEdits(way, pages)
    await Promise.all(pages.map((visitor) => visitor.close()))
    await measureStarts(way)
    if (round <= 2) await measureMany(way)
    process.stderr.write(`round ${round} of ${ROUNDS}: ${way.name}\n`)
  }
}
for (const [id, bytes] of Object.entries(await sizes(ways))) note({ id }, 'kB to load, gzip', bytes / 1_000)

const version = browser.version()
await browser.close()
await server.close()
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'web.json'), `${JSON.stringify({ chromium: version, rounds: ROUNDS, found }, null, 1)}\n`)
console.log(report(ways, found, version))
