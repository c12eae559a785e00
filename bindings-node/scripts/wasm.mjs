/**
 * Builds the engine for browsers, a client alone, into `build/wasm`.
 *
 * With `--test` also what the tests need: `whole.wasm` has clients and servers and every codec, for the shared scenarios, and
 * `panic.wasm` panics when it is asked to.
 */

import { copyFileSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { build } from './cargo.mjs'

const built = fileURLToPath(new URL('../build/wasm/', import.meta.url))

/** Compiles the C library with these features alone. */
function make(file, ...features) {
  const flags = ['--profile', 'wasm', '--package', 'syncline-ffi', '--target', 'wasm32-unknown-unknown', '--no-default-features']
  copyFileSync(build('syncline.wasm', [...flags, '--features', features.join(',')]), `${built}${file}`)
}

mkdirSync(built, { recursive: true })
make('syncline.wasm')
if (process.argv.includes('--test')) {
  make('whole.wasm', 'server', 'json')
  make('panic.wasm', 'test-panic')
}
