// The parts for interfaces as programs see them.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { meet } from '../support/world.js'

const require = createRequire(import.meta.url)
const home = fileURLToPath(new URL('../..', import.meta.url))

test('both kinds of modules export the same, and understand each other\'s rooms', async (t) => {
  for (const name of ['syncline/store', 'syncline/react']) {
    const names = Object.keys(await import(name)).filter((name) => name !== 'default' && name !== 'module.exports').sort()
    assert.deepEqual(Object.keys(require(name)).sort(), names)
    assert.ok(names.length > 6)
  }
  const { rooms: [room] } = await meet(t, {}, [{}])
  const { keyStore } = require('syncline/store')
  const store = keyStore(room, 'a', 0)
  store.subscribe(() => {})
  store.set(1)
  assert.equal(store.getSnapshot(), 1)
})

test('types take what is right and refuse what is wrong', () => {
  const flags = [
    '--ignoreConfig', '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--target', 'es2022',
    '--lib', 'es2023,esnext.disposable,dom,dom.iterable', '--types', 'node', '--skipLibCheck', 'false',
  ]
  try {
    const kinds = ['--module', 'nodenext', '--moduleResolution', 'nodenext']
    execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), ...flags, ...kinds, 'test/react/types.ts'], { cwd: home, encoding: 'utf8' })
  } catch (error) {
    assert.fail(error.stdout)
  }
})

test('stores need no React, and neither needs an engine to be loaded', () => {
  const seen = new Map()
  const look = (file) => {
    if (seen.has(file)) return
    const text = readFileSync(file, 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '')
    const imports = [...text.matchAll(/^(?:import|export)(?! type)[^'"=()]* from ['"]([^'"]+)['"]/gm)].map(([, specifier]) => specifier)
    seen.set(file, imports)
    for (const specifier of imports) if (specifier.startsWith('.')) look(new URL(specifier.replace(/\.js$/, '.ts'), `file://${file}`).pathname)
  }
  look(`${home}ts/store.ts`)
  const foreign = () => new Set([...seen.values()].flat().filter((specifier) => !specifier.startsWith('.')))
  assert.deepEqual([...foreign()], [])
  look(`${home}ts/react.ts`)
  assert.deepEqual([...foreign()], ['react'])
  for (const name of ['native', 'client', 'room']) assert.ok(!seen.has(`${home}ts/${name}.ts`), name)
  assert.equal([...seen.keys()].filter((file) => file.startsWith(`${home}ts/react/`)).length, readdirSync(`${home}ts/react`).length)
})

test('who does not use React installs none', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(readFileSync(`${home}package.json`, 'utf8'))
  assert.deepEqual(Object.keys(dependencies), ['ws'])
  assert.deepEqual([peerDependencies, peerDependenciesMeta], [{ react: '>=18' }, { react: { optional: true } }])
})
