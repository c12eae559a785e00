// The same server and the same client in each language, and how they are started.
import { join } from 'node:path'
import { Program } from './process.mjs'

const here = import.meta.dirname
const examples = join(here, '..')

const commands = (build, kind) => ({
  C: [join(build, kind)],
  Node: [process.execPath, join(examples, 'node', `${kind}.mjs`)],
  Python: [process.env.PYTHON ?? 'python3', join(examples, 'python', `${kind}.py`)]
})

// `folder` is where the program runs: commands are words, and the path of a folder may have spaces.
export const start = (build, kind, language, name, args, folder) => {
  const [path, ...first] = commands(build, kind)[language]
  return new Program(`${name} (${language})`, path, [...first, ...args], folder)
}
