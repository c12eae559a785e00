/** What is said when the native library is not there, and how it is found. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('../..', import.meta.url))
const [library] = readdirSync(home).filter((name) => /^syncline\.(?!test-panic).*\.node$/.test(name))
const folder = mkdtempSync(join(tmpdir(), 'syncline-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const installed = join(folder, 'node_modules', 'syncline')
mkdirSync(installed, { recursive: true })
cpSync(join(home, 'dist'), join(installed, 'dist'), { recursive: true })
cpSync(join(home, 'package.json'), join(installed, 'package.json'))

const { SYNCLINE_NATIVE_LIBRARY: _, ...env } = process.env
const use = (code, more = {}) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: folder, encoding: 'utf8', env: { ...env, ...more } })
const IMPORT = `import { ClientHandle } from 'syncline/handle'; ClientHandle.automatic().close(); console.log('works')`

test('without the library the error says what is missing and what to do', () => {
  const { status, stderr } = use(IMPORT)
  assert.equal(status, 1)
  const system = library.slice('syncline.'.length, -'.node'.length)
  for (const part of [
    `the package syncline-${system} is not installed`,
    `This is ${system} (platform ${process.platform}, arch ${process.arch}`,
    'optional dependency',
    `npm install syncline-${system}@0.1.0`,
    'SYNCLINE_NATIVE_LIBRARY=',
  ]) {
    assert.ok(stderr.includes(part), `${part}\n${stderr}`)
  }
})

test('the environment says where the library is', () => {
  assert.equal(use(IMPORT, { SYNCLINE_NATIVE_LIBRARY: join(home, library) }).stdout, 'works\n')
  const { status, stderr } = use(IMPORT, { SYNCLINE_NATIVE_LIBRARY: join(folder, 'nothing.node') })
  assert.equal(status, 1)
  assert.ok(stderr.includes('nothing.node'))
})

test('the package of the platform is found, in both kinds of modules at once', () => {
  const system = library.slice('syncline.'.length, -'.node'.length)
  const platform = join(folder, 'node_modules', `syncline-${system}`)
  mkdirSync(platform)
  cpSync(join(home, library), join(platform, library))
  const write = (version) => writeFileSync(join(platform, 'package.json'), JSON.stringify({ version, main: library }))
  write('0.1.0')
  const both = `
    import { createRequire } from 'node:module'
    const { ClientHandle: Other } = createRequire(import.meta.url)('syncline/handle')
    const other = Other.automatic(); other.setWake(() => {}); other.open('cart')
    ${IMPORT}`
  assert.equal(use(both).stdout, 'works\n')
  writeFileSync(join(platform, library), 'no library')
  const { stderr } = use(IMPORT)
  assert.ok(stderr.includes(`the native library syncline-${system} cannot be loaded`) && stderr.includes('The cause: '), stderr)
})

test('a library of another version is refused', () => {
  const other = join(folder, 'other', 'node_modules', 'syncline')
  cpSync(installed, other, { recursive: true })
  const manifest = execFileSync(process.execPath, ['-p', `JSON.stringify({ ...require('./package.json'), version: '9.9.9' })`], { cwd: home })
  writeFileSync(join(other, 'package.json'), manifest)
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', IMPORT], {
    cwd: join(folder, 'other'),
    encoding: 'utf8',
    env: { ...env, SYNCLINE_NATIVE_LIBRARY: join(home, library) },
  })
  assert.ok(stderr.includes('of version 0.1.0, which is another'), stderr)
})
