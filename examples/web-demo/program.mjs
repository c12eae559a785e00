// The server of the page as a process that can be killed and started again on the same port and the same folder.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const COMMANDS = {
  node: [process.execPath, 'server.mjs'],
  python: [process.env.PYTHON ?? 'python3', 'server.py']
}

export class Program {
  #child
  #port = '0'

  // `here` is where the server's file lies.
  constructor(kind, folder, here = import.meta.dirname) {
    if (!(kind in COMMANDS)) throw new Error(`SERVER is one of ${Object.keys(COMMANDS).join(', ')}`)
    this.kind = kind
    this.folder = folder
    this.here = here
  }

  async start() {
    const [path, file] = COMMANDS[this.kind]
    this.#child = spawn(path, [join(this.here, file), this.#port, this.folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.exit = once(this.#child, 'exit')
    const ended = this.exit.then(([code]) => Promise.reject(new Error(`the server ended with ${code} before it listened`)))
    ended.catch(() => {})
    const [url] = await Promise.race([once(createInterface({ input: this.#child.stdout }), 'line'), ended])
    this.url = url
    this.#port = new URL(url).port
  }

  // Without a good-bye.
  async kill() {
    this.#child.kill('SIGKILL')
    await this.exit
  }

  async end() {
    this.#child.kill('SIGTERM')
    const [code, signal] = await this.exit
    if (code !== 0) throw new Error(`the server ended with ${signal ?? code}`)
  }
}
