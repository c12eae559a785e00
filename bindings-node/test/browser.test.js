// What BROWSER.md shows, as TypeScript sees it in the project of a page: without the types of Node.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import * as syncline from 'syncline'

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const text = readFileSync(new URL('../BROWSER.md', import.meta.url), 'utf8')
const snippet = (name) => new RegExp(`^\`\`\`${name}\\n([^]*?)^\`\`\`$`, 'm').exec(text)[1]
const header = "import type { Room } from 'syncline'\ndeclare const cart: Room\n"

const FILES = {
  // What JavaScript need not say, TypeScript wants to hear: that the element is there.
  'page.ts': snippet('javascript page').replace("('#visits')", "('#visits')!"),
  'place.ts': snippet('javascript place'),
  'app.tsx': snippet('tsx react'),
  'bounds.ts': `declare const url: string\ndeclare const token: string\n${snippet('js bounds')}`,
  'store.ts': header + snippet('js store'),
  'element.ts': `${header}declare const banner: Element\n${snippet('js element')}`,
  'wrong.ts': `
    import { connect, load } from 'syncline'
    // @ts-expect-error a number is no place
    await load(7)
    // @ts-expect-error no such option
    await connect('wss://x', { storge: 'x' })
  `,
}

const PROJECT = {
  target: 'es2023', module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable'],
  jsx: 'react-jsx', strict: true, noEmit: true, skipLibCheck: false, types: [],
}

for (const customConditions of [[], ['browser']]) {
  test(`a page in TypeScript compiles as it stands, with the conditions [${customConditions}]`, (t) => {
    // Beside the tests, so that the packages are found.
    const folder = fileURLToPath(new URL(`browser.${process.pid}.${customConditions}/`, import.meta.url))
    mkdirSync(folder)
    t.after(() => rmSync(folder, { recursive: true }))
    for (const [name, code] of Object.entries(FILES)) writeFileSync(folder + name, `${code}\nexport {}\n`)
    const compilerOptions = { ...PROJECT, customConditions }
    writeFileSync(`${folder}tsconfig.json`, JSON.stringify({ compilerOptions, files: Object.keys(FILES) }))
    try {
      execFileSync(process.execPath, [compiler, '--project', folder], { encoding: 'utf8' })
    } catch (error) {
      assert.fail(error.stdout)
    }
  })
}

test('in Node the engine is there already, and to load it is no error', async () => {
  assert.equal(await syncline.load(), undefined)
  assert.equal(await syncline.load('/elsewhere/syncline.wasm'), undefined)
})
