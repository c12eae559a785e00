/** What an application needs to get the package, as npm installs it, into a page: with each bundler, and without one. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { Server } from '../../dist/esm/index.js'
import { bind, html } from '../../dist/esm/views.js'
import { directory, home, open, person, serve, site } from './harness.mjs'

const bundles = fileURLToPath(new URL('bundles/', import.meta.url))
const found = createRequire(`${bundles}package.json`)
const bundler = async (name) => import(pathToFileURL(found.resolve(name)))

/** The application, with the package as it is installed. */
const app = (() => {
  const folder = directory()
  const npm = (...args) => execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const [{ filename }] = JSON.parse(npm('pack', home, '--json', '--silent'))
  cpSync(`${bundles}app`, folder, { recursive: true })
  writeFileSync(`${folder}/package.json`, '{ "private": true, "type": "module" }\n')
  npm('install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', '--omit=optional', `./${filename}`)
  return folder
})()

const wasm = `${app}/node_modules/syncline/dist/browser/syncline.wasm`

/** That an edit reaches the server, from the page and from a worker. */
async function use(t, address, { worker = true } = {}) {
  const server = await serve(t)
  const page = await open(t, await person(t), address, { helpers: false })
  await page.waitForFunction(() => globalThis.edit !== undefined)
  assert.equal(await page.evaluate((url) => edit(url, 'page'), server.url), 'applied durable')
  if (worker) assert.equal(await page.evaluate((url) => editInWorker(url, 'worker'), server.url), 'applied durable')
  assert.deepEqual(await server.entries(), { page: 1, ...(worker && { worker: 1 }) })
}

/** That no module of Node is among these. */
function assertForBrowsers(modules, folder) {
  assert.ok(modules.some((name) => name.includes('syncline/dist/browser/')), modules.join('\n'))
  const foreign = modules.filter((name) => /node_modules\/ws\/|dist\/(esm|cjs)|^node:|browser-external/.test(name))
  assert.deepEqual(foreign, [])
  for (const name of readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.js'))) {
    assert.doesNotMatch(readFileSync(`${folder}/${name}`, 'utf8'), /["']node:\w+["']|process\.(platform|env)|["']ws["']/)
  }
}

const within = async (t, folder) => (await site(t, { mounts: { '/': folder } })).origin

test('a build of Vite needs nothing', async (t) => {
  const { build } = await bundler('vite')
  const outDir = directory()
  const config = { root: app, configFile: false, logLevel: 'warn', worker: { format: 'es' }, build: { outDir, emptyOutDir: true } }
  const { output } = await build(config)
  assertForBrowsers(output.flatMap(({ moduleIds = [] }) => moduleIds), outDir)
  await use(t, `${await within(t, outDir)}/index.html`)
})

test('the development server of Vite needs nothing', async (t) => {
  const { createServer } = await bundler('vite')
  const server = await createServer({ root: app, configFile: false, logLevel: 'error', server: { host: '127.0.0.1', port: 0 } })
  t.after(() => server.close())
  await server.listen()
  const asked = []
  server.middlewares.stack.unshift({ route: '', handle: ({ url }, _, next) => { asked.push(url); next() } })
  await use(t, server.resolvedUrls.local[0])
  assert.ok(asked.some((url) => url.includes('.vite/deps/syncline.js')), 'it was not bundled before')
})

test('webpack needs nothing', async (t) => {
  const { default: webpack } = await bundler('webpack')
  const folder = directory()
  const compiler = webpack({ mode: 'production', context: app, entry: './main.js', output: { path: folder, filename: 'main.js' } })
  const stats = await new Promise((resolve, reject) => compiler.run((error, stats) => (error ? reject(error) : resolve(stats))))
  assert.equal(stats.hasErrors(), false, stats.toString())
  const flat = (modules) => modules.flatMap((each) => [each.nameForCondition ?? each.name ?? '', ...flat(each.modules ?? [])])
  assertForBrowsers(flat(stats.toJson({ all: false, modules: true, nestedModules: true, modulesSpace: Infinity }).modules), folder)
  copyFileSync(`${app}/index.html`, `${folder}/index.html`)
  await use(t, `${await within(t, folder)}/index.html`)
})

const esbuild = async (entryPoints, outdir, more = {}) => {
  const { build } = await bundler('esbuild')
  const { metafile } = await build({
    absWorkingDir: app, entryPoints, outdir, bundle: true, format: 'esm', splitting: true, metafile: true, logLevel: 'error', ...more,
  })
  assertForBrowsers(Object.keys(metafile.inputs), outdir)
  copyFileSync(`${app}/index.html`, `${outdir}/index.html`)
  return `${outdir}/`
}

test('esbuild needs the engine beside the bundle', async (t) => {
  const folder = await esbuild(['main.js', 'worker.js'], directory())
  copyFileSync(wasm, `${folder}syncline.wasm`)
  await use(t, `${await within(t, folder)}/index.html`)
})

test('esbuild with a loader for the engine needs its address to be said', async (t) => {
  const folder = await esbuild({ main: 'placed.js' }, directory(), { loader: { '.wasm': 'file' } })
  await use(t, `${await within(t, folder)}/index.html`, { worker: false })
})

test('a bundle without the engine says which file is missing, and another attempt can be made', async (t) => {
  const folder = await esbuild(['main.js'], directory())
  const page = await open(t, await person(t), `${await within(t, folder)}/index.html`, { helpers: false })
  const attempt = () => page.evaluate(() => edit('ws://127.0.0.1:1', 'page').catch(({ code, message }) => `${code}: ${message}`))
  assert.match(await attempt(), /^NotFound: .*syncline\.wasm.*404/)
  writeFileSync(`${folder}syncline.wasm.html`, '<!doctype html>')
  await page.route('**/syncline.wasm', (route) => route.fulfill({ path: `${folder}syncline.wasm.html` }), { times: 1 })
  assert.match(await attempt(), /^NotFound: .*syncline\.wasm.*a page of HTML/)
  const server = await serve(t)
  copyFileSync(wasm, `${folder}syncline.wasm`)
  assert.equal(await page.evaluate((url) => edit(url, 'page'), server.url), 'applied durable')
})

test('a page without a bundler needs an import map, and a worker the address', async (t) => {
  const folder = directory()
  mkdirSync(`${folder}/vendor`)
  cpSync(`${app}/node_modules/syncline/dist/browser`, `${folder}/vendor/syncline`, { recursive: true })
  for (const name of ['main.js', 'program.js']) copyFileSync(`${app}/${name}`, `${folder}/${name}`)
  const worker = readFileSync(`${app}/worker.js`, 'utf8').replace("'./program.js'", "'./direct.js'")
  writeFileSync(`${folder}/worker.js`, worker)
  writeFileSync(`${folder}/direct.js`, readFileSync(`${app}/program.js`, 'utf8').replace("'syncline'", "'/vendor/syncline/index.js'"))
  const map = '<script type="importmap">{"imports":{"syncline":"/vendor/syncline/index.js"}}</script>'
  writeFileSync(`${folder}/index.html`, `<!doctype html>${map}<link rel="icon" href="data:,"><script type="module" src="/main.js"></script>`)
  await use(t, `${await within(t, folder)}/index.html`)
})

/** A server that renders. */
async function render(t) {
  const cart = (request) => html`<button data-on-click="add">${bind('count', request.get('count', 0))}</button>`
  const server = new Server({ views: { cart }, origins: '*', authorize: () => ({ principal: 'ada', write: true }) })
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  return `ws://127.0.0.1:${port}`
}

/** That pages show a view: one that needs it from its beginning, and one that says which engine it needs, and shows it later. */
async function show(t, origin) {
  const url = await render(t)
  for (const [at, name] of ['index', 'late'].entries()) {
    const page = await open(t, await person(t), `${origin}/${name}.html`, { helpers: false })
    await page.waitForFunction(() => globalThis.show !== undefined)
    await page.evaluate((url) => globalThis.show(url), url)
    await page.waitForFunction((text) => document.querySelector('main').textContent === text, String(at + 1))
  }
}

const pagesOf = (names) => names.map((name) => `${app}/views/${name}`)

test('a build of Vite with views needs nothing, and has both engines', async (t) => {
  const { build } = await bundler('vite')
  const outDir = directory()
  const rollupOptions = { input: pagesOf(['index.html', 'late.html']) }
  const { output } = await build({ root: `${app}/views`, configFile: false, logLevel: 'warn', build: { outDir, emptyOutDir: true, rollupOptions } })
  assertForBrowsers(output.flatMap(({ moduleIds = [] }) => moduleIds), outDir)
  assert.ok(output.some(({ fileName }) => /views.*\.wasm$/.test(fileName)), output.map(({ fileName }) => fileName).join('\n'))
  await show(t, await within(t, outDir))
})

test('the development server of Vite with views needs nothing', async (t) => {
  const { createServer } = await bundler('vite')
  const server = await createServer({ root: `${app}/views`, configFile: false, logLevel: 'error', server: { host: '127.0.0.1', port: 0 } })
  t.after(() => server.close())
  await server.listen()
  await show(t, server.resolvedUrls.local[0].replace(/\/$/, ''))
})

test('webpack with views needs nothing', async (t) => {
  const { default: webpack } = await bundler('webpack')
  const folder = directory()
  const entry = { main: './views/main.js', late: './views/late.js' }
  const compiler = webpack({ mode: 'production', context: app, entry, output: { path: folder, filename: '[name].js' } })
  const stats = await new Promise((resolve, reject) => compiler.run((error, stats) => (error ? reject(error) : resolve(stats))))
  assert.equal(stats.hasErrors(), false, stats.toString())
  for (const name of ['index.html', 'late.html']) copyFileSync(`${app}/views/${name}`, `${folder}/${name}`)
  await show(t, await within(t, folder))
})

test('esbuild needs the engine with views beside the bundle', async (t) => {
  const folder = await esbuild(pagesOf(['main.js', 'late.js']), directory())
  for (const name of ['index.html', 'late.html']) copyFileSync(`${app}/views/${name}`, `${folder}${name}`)
  copyFileSync(`${app}/node_modules/syncline/dist/browser/views.wasm`, `${folder}views.wasm`)
  await show(t, await within(t, folder))
})
