/** Bundles the TypeScript for browsers into `dist/browser`, with its types and the engines, and what tests load alone into `build`. */

import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'
import { minify } from 'terser'

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

const pairs = { native: 'native.browser.ts', platform: 'transport/platform.browser.ts', watched: 'view/watched.browser.ts' }

const engine = './engine.js'
const faces = ['index', 'handle', 'element', 'store', 'react', 'views']
const source = (name) => (['index', 'handle', 'views'].includes(name) ? `ts/${name}.browser.ts` : `ts/${name}.ts`)

/** What `import 'syncline'` needs, all of it in one file, which the other entry points share; faces only say what of it is public. */
const { metafile } = await build({
  ...common,
  entryPoints: [home + source('index')],
  write: false,
  metafile: true,
  outdir: home,
  absWorkingDir: home,
  plugins: [instead(pairs)],
})
const inside = new Set(Object.keys(metafile.inputs).filter((file) => !/(?:^|\/)(?:face|handle|index\.browser)\.ts$/.test(file)))
const shared = new Set()
const outside = {
  name: 'outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const file = relative(home, join(resolveDir, path)).replace(/\.js$/, '.ts')
      if (!inside.has(file)) return undefined
      shared.add(file)
      return { path: engine, external: true, sideEffects: false }
    })
  },
}

rmSync(`${home}dist/browser`, { recursive: true, force: true })
await build({
  ...common,
  entryPoints: Object.fromEntries(faces.map((name) => [name, home + source(name)])),
  external: ['react'],
  outdir: `${home}dist/browser`,
  splitting: true,
  chunkNames: 'shared-[hash]',
  plugins: [instead(pairs), outside],
})
await build({
  ...common,
  stdin: { contents: [...shared].map((file) => `export * from './${file}'`).join('\n'), resolveDir: home, loader: 'ts' },
  outfile: `${home}dist/browser/engine.js`,
  plugins: [instead(pairs)],
})
// A thirtieth less, once it is compressed, than what made the bundle leaves.
for (const name of readdirSync(`${home}dist/browser`).filter((file) => file.endsWith('.js'))) {
  const file = `${home}dist/browser/${name}`
  const { code, map } = await minify(readFileSync(file, 'utf8'), {
    module: true,
    ecma: 2022,
    compress: { passes: 2 },
    sourceMap: { content: readFileSync(`${file}.map`, 'utf8'), url: `${name}.map`, filename: name },
  })
  writeFileSync(file, code)
  writeFileSync(`${file}.map`, map)
}
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
execFileSync(process.execPath, [compiler, '--project', `${home}tsconfig.browser.json`], { stdio: 'inherit' })
for (const name of ['syncline.wasm', 'views.wasm']) {
  copyFileSync(`${home}build/wasm/${name}`, `${home}dist/browser/${name}`)
  writeFileSync(`${home}dist/browser/${name}.d.ts`, '/** Where a loader for files has put the engine. */\ndeclare const place: string\nexport default place\n')
}

// For the scenarios: clients of the browser's own engines, and both ends of the whole one.
for (const [name, backend] of [['client', 'native.browser.ts'], ['views', 'native.browser.ts'], ['whole', 'wasm/whole.ts']]) {
  await build({
    ...common,
    minify: false,
    entryPoints: { [name]: `${home}ts/wasm/${name}.handles.ts` },
    outdir: `${home}build/wasm`,
    plugins: [instead({ ...pairs, native: backend })],
  })
}
// For the tests of what a page shows, without an engine.
await build({ ...common, minify: false, entryPoints: [`${home}ts/dom/page.ts`], outdir: `${home}build/dom` })
