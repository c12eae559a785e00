/** What a page loads of each way: its code and its engine, minified and compressed. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { BUILT } from './servers.mjs'

const compressed = (bytes) => gzipSync(bytes, { level: 9 }).byteLength

/** Bytes by way. */
export async function sizes(ways) {
  const known = {}
  for (const { id, file } of ways) {
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, 'page', file)], bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', write: false, logLevel: 'error',
      plugins: [{ name: 'built', setup: ({ onResolve }) => { onResolve({ filter: /^\/syncline\// }, ({ path }) => ({ path: join(BUILT, path.slice(10)) })) } }],
    })
    const engine = file === 'syncline.js' ? readdirSync(BUILT).filter((name) => name.endsWith('.wasm')) : []
    known[id] = [outputFiles[0].contents, ...engine.map((name) => readFileSync(join(BUILT, name)))].reduce((sum, bytes) => sum + compressed(bytes), 0)
  }
  return known
}
