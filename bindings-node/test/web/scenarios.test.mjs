/** What every language must do alike, in a browser: with equal lines and bytes, in pages and in workers. */

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'

import { open, person, root, site } from './harness.mjs'

const names = readdirSync(`${root}scenarios`).filter((name) => name.endsWith('.json'))
const { origin } = await site()

const inPage = (page, ...args) => page.evaluate(async (args) => (await import('/test/web/scenarios.mjs')).play(...args), args)

const inWorker = (page, ...args) => page.evaluate((args) => new Promise((resolve, reject) => {
  const worker = new Worker('/test/web/scenarios.mjs', { type: 'module' })
  worker.onmessage = ({ data }) => {
    if (data.error === undefined) resolve(data.wrong)
    else reject(new Error(data.error))
    worker.terminate()
  }
  worker.onerror = (event) => { reject(new Error(event.message)) }
  worker.postMessage(args)
}), args)

for (const [place, play] of Object.entries({ page: inPage, worker: inWorker })) {
  test(`a ${place} does in every scenario what every language does`, async (t) => {
    const page = await open(t, await person(t), origin, { helpers: false })
    assert.ok(names.length >= 124, `${names.length}`)
    assert.deepEqual(await play(page, names), {})
  })

  test(`a ${place} that accepted everything would be worth nothing`, async (t) => {
    const page = await open(t, await person(t), origin, { helpers: false })
    const wrong = await play(page, names, { spoil: true })
    assert.deepEqual(Object.keys(wrong), names)
    for (const { expected, happened } of Object.values(wrong)) assert.equal(expected[0], `${happened[0]}0`)
  })
}
