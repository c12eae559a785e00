// A program of the demo: commands in, one JSON object a line out.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export class Program {
  constructor(name, path, args, folder) {
    this.name = name
    this.waiting = []
    this.said = []
    this.child = spawn(path, args, { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] })
    this.child.stdin.on('error', () => {}) // a killed program does not read
    this.exit = new Promise(resolve => this.child.on('exit', (code, signal) => resolve({ code, signal })))
    createInterface({ input: this.child.stdout }).on('line', line => this.hear(JSON.parse(line)))
  }

  hear(message) {
    const index = this.waiting.findIndex(({ kind }) => kind in message)
    if (index < 0) this.said.push(message)
    else this.waiting.splice(index, 1)[0].resolve(message)
  }

  // The next message that has this member.
  until(kind, seconds = 40) {
    const index = this.said.findIndex(message => kind in message)
    if (index >= 0) return Promise.resolve(this.said.splice(index, 1)[0])
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`${this.name} did not say "${kind}" within ${seconds} s`))
      const timer = setTimeout(late, seconds * 1000)
      const done = value => (clearTimeout(timer), resolve(value))
      this.waiting.push({ kind, resolve: done })
      this.exit.then(({ code, signal }) => {
        clearTimeout(timer)
        reject(new Error(`${this.name} ended with ${signal ?? code} before it said "${kind}"`))
      })
    })
  }

  say(...words) {
    this.child.stdin.write(words.join(' ') + '\n')
  }

  ask(kind, ...words) {
    this.say(...words)
    return this.until(kind)
  }

  async kill() {
    this.child.kill('SIGKILL')
    await this.exit
  }

  // A stopped program takes nothing from its connections.
  stop() {
    this.child.kill('SIGSTOP')
  }

  go() {
    this.child.kill('SIGCONT')
  }

  async quit(seconds = 10) {
    this.say('quit')
    const timer = setTimeout(() => this.child.kill('SIGKILL'), seconds * 1000)
    const { code, signal } = await this.exit
    clearTimeout(timer)
    if (code !== 0) throw new Error(`${this.name} ended with ${signal ?? code} when it was told to quit`)
  }
}
