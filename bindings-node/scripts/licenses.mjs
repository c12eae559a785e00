/** Copies the licenses into the package that is being packed. */

import { copyFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(`${root}${name}`, name)
