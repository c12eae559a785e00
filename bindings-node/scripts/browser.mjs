/** Bundles the TypeScript for browsers into `dist/browser`, with its types and the engine, and the scenarios' backends into `build/wasm`. */

import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

const home = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(`${home}package.json`, 'utf8'))

/** Takes one module in the place of another. */
const instead = (pairs) => ({
  name: 'instead',
  setup({ onResolve }) {
    for (const [name, file] of Object.entries(pairs)) {
      onResolve({ filter: new RegExp(`/${name}\\.js$`) }, () => ({ path: `${home}ts/${file}` }))
    }
  },
})

const common = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  platform: 'browser',
  minify: true,
  sourcemap: true,
  sourcesContent: true,
  legalComments: 'none',
  define: { SYNCLINE_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
}

const pairs = { native: 'native.browser.ts', platform: 'transport/platform.browser.ts' }

rmSync(`${home}dist/browser`, { recursive: true, force: true })
await build({
  ...common,
  entryPoints: { index: `${home}ts/index.browser.ts`, handle: `${home}ts/handle.browser.ts`, element: `${home}ts/element.ts`, store: `${home}ts/store.ts`, react: `${home}ts/react.ts` },
  external: ['react'],
  outdir: `${home}dist/browser`,
  splitting: true,
  chunkNames: 'shared-[hash]',
  plugins: [instead(pairs)],
})
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
execFileSync(process.execPath, [compiler, '--project', `${home}tsconfig.browser.json`], { stdio: 'inherit' })
copyFileSync(`${home}build/wasm/syncline.wasm`, `${home}dist/browser/syncline.wasm`)
writeFileSync(`${home}dist/browser/syncline.wasm.d.ts`, '/** Where a loader for files has put the engine. */\ndeclare const place: string\nexport default place\n')

// For the scenarios: clients of the browser's own engine, and both ends of the whole one.
for (const [name, backend] of [['client', 'native.browser.ts'], ['whole', 'wasm/whole.ts']]) {
  await build({
    ...common,
    minify: false,
    entryPoints: { [name]: `${home}ts/wasm/${name}.handles.ts` },
    outdir: `${home}build/wasm`,
    plugins: [instead({ ...pairs, native: backend })],
  })
}
