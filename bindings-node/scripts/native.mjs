/**
 * Builds the native library and puts it where the loader looks first, and into the package of this platform.
 *
 * `--debug` builds it quickly, `--test-panic` with the function that panics.
 */

import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { build } from './cargo.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))
const debug = process.argv.includes('--debug')
const panics = process.argv.includes('--test-panic')

const names = { linux: 'libsyncline_node.so', darwin: 'libsyncline_node.dylib', win32: 'syncline_node.dll' }
const musl = process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined
const suffix = { linux: musl ? '-musl' : '-gnu', win32: '-msvc' }[process.platform] ?? ''
const system = `${process.platform}-${process.arch}${suffix}`

const flags = ['--package', 'syncline-node']
if (!debug) flags.push('--release')
if (panics) flags.push('--features', 'test-panic')
const made = build(names[process.platform], flags)

const places = panics ? [`${home}syncline.test-panic.node`] : [`${home}syncline.${system}.node`]
const packaged = `${home}npm/${system}`
if (!panics && existsSync(packaged)) places.push(`${packaged}/syncline.${system}.node`)
for (const place of places) {
  // In the place of the old one at once: a process may be using that.
  copyFileSync(made, `${place}.new`)
  rmSync(place, { force: true })
  renameSync(`${place}.new`, place)
}
