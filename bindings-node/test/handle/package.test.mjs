/** What is packed, and that its versions are one. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('../..', import.meta.url))
const json = (path) => JSON.parse(readFileSync(`${home}${path}`, 'utf8'))
const main = json('package.json')
const platforms = readdirSync(`${home}npm`)

const packed = (folder) => {
  const said = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return JSON.parse(said)[0].files.map(({ path }) => path)
}

test('the package of the platform belongs to the version of the main one', () => {
  const cargo = readFileSync(`${home}../Cargo.toml`, 'utf8')
  assert.equal(/^version = "(.*)"$/m.exec(cargo)?.[1], main.version)
  assert.ok(platforms.length > 0)
  for (const platform of platforms) {
    const { name, version, files } = json(`npm/${platform}/package.json`)
    assert.deepEqual([name, version], [`syncline-${platform}`, main.version])
    assert.ok(files.includes(`syncline.${platform}.node`))
    assert.equal(main.optionalDependencies[name], version)
  }
  assert.equal(Object.keys(main.optionalDependencies).length, platforms.length)
})

test('the main package has both kinds of modules with types, and no library', () => {
  const files = packed(home)
  for (const kind of ['esm', 'cjs']) {
    for (const name of ['index', 'handle', 'store', 'react', 'views'].flatMap((name) => [`${name}.js`, `${name}.d.ts`])) assert.ok(files.includes(`dist/${kind}/${name}`))
  }
  assert.ok(files.includes('dist/cjs/package.json'))
  assert.deepEqual(files.filter((path) => !/^(dist\/|package\.json|(README|BROWSER)\.md|LICENSE-)/.test(path)), [])
  assert.ok(!files.some((path) => path.endsWith('.node')))
})

test('the lock file names no place to download from', () => {
  const { packages } = json('package-lock.json')
  const places = Object.values(packages).flatMap(({ resolved }) => resolved ?? [])
  assert.deepEqual(places, platforms.map((platform) => `npm/${platform}`))
})
