// Programs of their own.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Starts a program of test/programs; a promise of its end, that also says what it says meanwhile. */
export function run(name, ...args) {
  return start(fileURLToPath(new URL(`../programs/${name}`, import.meta.url)), { args })
}

/** The same for any program. */
export function start(program, { args = [], cwd } = {}) {
  const child = spawn(process.execPath, ['--expose-gc', program, ...args], { cwd, stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  const waiting = new Set()
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text) => {
    output += text
    for (const look of waiting) look()
  })
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, output }))
  })
  const says = (line) => new Promise((resolve, reject) => {
    const look = () => {
      const found = output.split('\n').slice(0, -1).find((said) => said.startsWith(line))
      if (found === undefined) return
      waiting.delete(look)
      resolve(found)
    }
    waiting.add(look)
    look()
    void ended.then(({ code }) => reject(new Error(`${program} ended with ${code} before it said ${line}:\n${output}`)))
  })
  return Object.assign(ended, {
    says,
    kill: (signal) => child.kill(signal),
    tell: (line) => child.stdin.write(`${line}\n`),
  })
}
