/**
 * Builds the engine for browsers: `dist/browser`, a client alone, and what the tests need besides.
 *
 * `build/wasm/whole.wasm` has clients and servers and every codec, for the shared scenarios; `build/wasm/panic.wasm` panics when
 * it is asked to.
 */

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('..', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const built = `${home}build/wasm`

/** Compiles the C library, and copies it. */
function build(features, ...places) {
  const flags = ['build', '--profile', 'wasm', '--package', 'syncline-ffi', '--locked', '--target', 'wasm32-unknown-unknown']
  flags.push('--no-default-features', '--message-format=json-render-diagnostics')
  if (features.length > 0) flags.push('--features', features.join(','))
  const stdio = ['ignore', 'pipe', 'inherit']
  const said = execFileSync(process.env.CARGO ?? 'cargo', flags, { cwd: root, stdio, encoding: 'utf8', maxBuffer: 1 << 28 })
  const made = said
    .split('\n')
    .filter((line) => line.includes('"compiler-artifact"'))
    .flatMap((line) => JSON.parse(line).filenames)
    .find((file) => file.endsWith('syncline.wasm'))
  if (made === undefined) throw new Error('cargo did not make syncline.wasm')
  for (const place of places) copyFileSync(made, place)
}

mkdirSync(built, { recursive: true })
build([], `${built}/syncline.wasm`)
if (process.argv.includes('--test')) {
  build(['server', 'json'], `${built}/whole.wasm`)
  build(['test-panic'], `${built}/panic.wasm`)
}
