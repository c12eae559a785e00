/** Builds with cargo, and says where the file of this name is that it made. */

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export function build(name, flags) {
  const all = ['build', '--locked', '--message-format=json-render-diagnostics', ...flags]
  const stdio = ['ignore', 'pipe', 'inherit']
  const said = execFileSync(process.env.CARGO ?? 'cargo', all, { cwd: root, stdio, encoding: 'utf8', maxBuffer: 1 << 28 })
  const made = said
    .split('\n')
    .filter((line) => line.includes('"compiler-artifact"'))
    .flatMap((line) => JSON.parse(line).filenames)
    .find((file) => file.endsWith(name))
  if (made === undefined) throw new Error(`cargo did not make ${name}`)
  return made
}
