// The snippets of the README that are for interfaces.

import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

import typescript from 'typescript'

import { h, open } from './support/page.js'
import { serve } from '../support/world.js'

const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const snippet = (name) => new RegExp(`^\`\`\`${name}\\n([^]*?)^\`\`\`$`, 'm').exec(text)[1]

test('the components work as they stand', async (t) => {
  const { url } = await serve(t)
  const code = snippet('tsx react').replace('ws://localhost:8080', url)
  const { outputText } = typescript.transpileModule(code, { compilerOptions: { jsx: typescript.JsxEmit.ReactJSX, module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 } })
  // Beside the tests, so that the packages are found; it also says which client there is.
  const file = new URL(`readme.${process.pid}.mjs`, import.meta.url)
  writeFileSync(file, `${outputText}\nexport { client }\n`)
  t.after(() => rmSync(file))
  const { App, client } = await import(file)
  t.after(async () => (await client).close())
  const page = open(t)
  page.show(h(App))
  await page.sees(() => page.text === '0synced, 0 to send')
  page.click('button')
  await page.sees(() => page.text === '1synced, 0 to send')
})

test('what Vue needs is what the example has', () => {
  const example = readFileSync(new URL('../../../examples/web/vue/useStore.js', import.meta.url), 'utf8')
  assert.ok(example.includes(snippet('javascript vue')))
})
