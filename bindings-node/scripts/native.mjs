/**
 * Builds the native library and puts it where the loader looks first, and into the package of this platform.
 *
 * `--debug` builds it quickly, `--test-panic` with the function that panics.
 */

import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('..', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const debug = process.argv.includes('--debug')
const panics = process.argv.includes('--test-panic')

const names = { linux: 'libsyncline_node.so', darwin: 'libsyncline_node.dylib', win32: 'syncline_node.dll' }
const musl = process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined
const suffix = { linux: musl ? '-musl' : '-gnu', win32: '-msvc' }[process.platform] ?? ''
const system = `${process.platform}-${process.arch}${suffix}`

const flags = ['build', '--package', 'syncline-node', '--locked', '--message-format=json-render-diagnostics']
if (!debug) flags.push('--release')
if (panics) flags.push('--features', 'test-panic')
const stdio = ['ignore', 'pipe', 'inherit']
const said = execFileSync(process.env.CARGO ?? 'cargo', flags, { cwd: root, stdio, encoding: 'utf8', maxBuffer: 1 << 28 })

const made = said
  .split('\n')
  .filter((line) => line.includes('"compiler-artifact"'))
  .flatMap((line) => JSON.parse(line).filenames)
  .find((file) => file.endsWith(names[process.platform]))
if (made === undefined) throw new Error(`cargo did not make ${names[process.platform]}`)

const places = panics ? [`${home}syncline.test-panic.node`] : [`${home}syncline.${system}.node`]
const packaged = `${home}npm/${system}`
if (!panics && existsSync(packaged)) places.push(`${packaged}/syncline.${system}.node`)
for (const place of places) {
  // In the place of the old one at once: a process may be using that.
  copyFileSync(made, `${place}.new`)
  rmSync(place, { force: true })
  renameSync(`${place}.new`, place)
}
