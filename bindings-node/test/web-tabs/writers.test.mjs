// Two that write to one storage: the one that took it last is the only one, whatever the other still does.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

import { World } from './world.mjs'

const { outputFiles: [bundle] } = await build({
  entryPoints: [fileURLToPath(new URL('../../ts/page/storage.ts', import.meta.url))],
  bundle: true,
  format: 'iife',
  globalName: 'engine',
  write: false,
})

/** Tells what becomes of one order of a writer, after another one took the storage, and what the storage then holds. */
async function afterwards(t, order) {
  const world = await World.make(t)
  const tab = await world.tab({ connect: false })
  await tab.page.addScriptTag({ content: bundle.text })
  return tab.ev(async (order) => {
    const open = async () => {
      const storage = await engine.PageStorage.open('box')
      const heard = []
      storage.host = { stored: (record) => { heard.push(record) }, failed: (error) => { heard.push(error.code) } }
      const { own, blobs } = await storage.take()
      return { heard, own, held: blobs.map((bytes) => [...bytes]), write: async (order) => {
        storage.write({ replace: false, sync: false, bytes: Uint8Array.of(order.record), ...order })
        await storage.settled()
      } }
    }
    const first = await open()
    await first.write({ record: 1 })
    const second = await open()
    await first.write(order)
    await second.write({ record: 3 })
    return { first: first.heard, second: second.heard, owns: second.own - first.own, held: (await open()).held }
  }, order)
}

for (const [what, order] of [['a record', { record: 2 }], ['what stands for all before', { record: 2, replace: true, sync: true }]]) {
  test(`${what} of a writer that lost its storage is not stored, and it hears so`, async (t) => {
    assert.deepEqual(await afterwards(t, order), { first: [1, 'Superseded'], second: [3], owns: 1, held: [[1], [3]] })
  })
}
