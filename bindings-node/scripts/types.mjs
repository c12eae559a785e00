/** Compiles the TypeScript twice: as ECMAScript modules and as CommonJS. */

import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('..', import.meta.url))
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')

rmSync(`${home}dist`, { recursive: true, force: true })
for (const project of ['tsconfig.json', 'tsconfig.cjs.json']) {
  execFileSync(process.execPath, [compiler, '--project', `${home}${project}`], { stdio: 'inherit' })
}
writeFileSync(`${home}dist/cjs/package.json`, '{ "type": "commonjs" }\n')
