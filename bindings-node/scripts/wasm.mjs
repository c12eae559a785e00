/**
 * Builds the engines for browsers, clients alone, into `build/wasm`: `syncline.wasm`, and `views.wasm`, which shows views too.
 *
 * With `--test` also what the tests need: `whole.wasm` has clients and servers and every codec, for the shared scenarios, and
 * `panic.wasm` panics when it is asked to.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build } from './cargo.mjs'

const built = fileURLToPath(new URL('../build/wasm/', import.meta.url))

const glue = fileURLToPath(new URL('../ts/wasm/', import.meta.url))

function binaryen(tool, ...args) {
  const program = fileURLToPath(new URL(`../node_modules/binaryen/bin/${tool}`, import.meta.url))
  execFileSync(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/**
 * What makes the file smaller once it is compressed, which is what counts: most passes make it smaller only as long as it is not.
 * Functions go by their names, so that those made of one generic are neighbours, within the reach of gzip; and loads do not say how
 * their place is aligned, which nobody asks.
 */
const SMALL = [
  '-O1', '--dae-optimizing', '--duplicate-function-elimination',
  // Only what has one caller, and is short.
  '--inlining-optimizing', '--one-caller-inline-max-function-size=20', '--always-inline-max-function-size=0',
  '--dae-optimizing', '--duplicate-function-elimination', '--dealign', '--rse', '--vacuum', '--reorder-locals',
  '--reorder-functions-by-name', '--strip-debug', '--strip-producers', '--strip-target-features', '--detect-features',
]

/** Where crates lie on the machine that builds is nobody's business. */
const crates = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry/src/')
const CRATES = ['--config', `target.wasm32-unknown-unknown.rustflags=[${JSON.stringify(`--remap-path-prefix=${crates}=`)}]`]

/** Leaves out what no module of the page calls. */
function shake(made, file) {
  const modules = readdirSync(glue).map((name) => readFileSync(`${glue}${name}`, 'utf8')).join('')
  const isCalled = (name) => {
    const [, edit] = /^syncline_edits_(.*)/.exec(name) ?? []
    return name === 'memory' || RegExp(`\\b${name}\\b`).test(modules) || (edit !== undefined && modules.includes(`'${edit}'`))
  }
  const exported = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(made))).map(({ name }) => name)
  const called = exported.filter(isCalled)
  const graph = [{ name: 'page', root: true, reaches: called }, ...called.map((name) => ({ name, export: name }))]
  writeFileSync(`${file}.json`, JSON.stringify(graph))
  binaryen('wasm-metadce', made, `--graph-file=${file}.json`, '--debuginfo', '-o', file)
  return file
}

/** Compiles the C library with these features alone: the whole of it, or what pages call. */
function make(file, features, isWhole) {
  const flags = ['--profile', 'wasm', '--package', 'syncline-ffi', '--target', 'wasm32-unknown-unknown', '--no-default-features']
  const made = build('syncline.wasm', [...CRATES, ...flags, '--features', features.join(',')])
  const needed = isWhole ? made : shake(made, `${built}${file}`)
  binaryen('wasm-opt', needed, ...SMALL, '-o', `${built}${file}`)
}

mkdirSync(built, { recursive: true })
make('syncline.wasm', [], false)
make('views.wasm', ['views'], false)
if (process.argv.includes('--test')) {
  make('whole.wasm', ['server', 'json'], true)
  make('panic.wasm', ['test-panic'], true)
}
