// A server that is told to end (SIGTERM) while a client takes nothing from its connection. It ends well only if the server waits for
// it, tells it all that was accepted and only then to come back later, and if its disk has the same.
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from '../../bindings-node/dist/esm/index.js'
import { Wire } from './network.mjs'
import { start } from './programs.mjs'

// Far more than what the buffers of sockets take.
const KEYS = 8000
const VALUE = 'x'.repeat(3000)

const within = (seconds, promise, what) => {
  const late = pause(seconds * 1000, undefined, { ref: false }).then(() => { throw new Error(`no ${what} within ${seconds} s`) })
  return Promise.race([promise, late])
}

// Why the first connection of a client ended, and what the client had of the room by then.
const goodbye = (client, room) =>
  new Promise(resolve => client.once('failed', ({ error }) => resolve({ code: error.code, keys: room.keys().length })))

export const ending = async ({ build, folder, language, step }) => {
  const home = join(folder, 'ending')
  await mkdir(home, { recursive: true })
  await writeFile(join(home, 'lines.tsv'), Array.from({ length: KEYS }, (_, at) => `key-${at}\t"${VALUE}"\n`).join(''))
  let port = 0
  const begin = async () => {
    const server = start(build, 'server', language, 'ending server', ['0', 'rooms'], home)
    port = (await server.until('listening')).listening
    return server
  }
  let server = await begin()
  const wire = await Wire.to(() => port)
  const client = await connect(`ws://127.0.0.1:${wire.port}`, { token: 'eve' })
  const room = client.room('r')
  try {
    await within(20, room.ready, 'state')
    wire.hold()
    await server.ask('loaded', 'load', 'r', 'lines.tsv')
    const told = goodbye(client, room)
    server.child.kill('SIGTERM')
    const early = await Promise.race([server.exit.then(() => true), pause(500)])
    if (early) throw new Error(`the ${language} server ended before a client had taken what it was told`)
    wire.flow()
    const { code, keys } = await within(20, told, 'good-bye')
    if (code !== 'ShuttingDown') throw new Error(`the ${language} server ended a connection by ${code}`)
    if (keys !== KEYS) throw new Error(`the ${language} server ended when a client had ${keys} of ${KEYS} keys`)
    const end = await within(20, server.exit, 'end of the server')
    if (end.code !== 0) throw new Error(`the ${language} server ended with ${end.signal ?? end.code}`)
  } finally {
    client.close()
    wire.close()
    server.child.kill('SIGKILL')
  }
  server = await begin()
  await server.ask('dumped', 'dump', 'r', 'dump.json')
  await server.quit()
  const held = Object.keys(JSON.parse(readFileSync(join(home, 'dump.json'), 'utf8'))).length
  if (held !== KEYS) throw new Error(`the ${language} server came back with ${held} of ${KEYS} keys`)
  step(`a ${language} server, told to end, waited for a client that had stood still, told it everything, and said good-bye`)
}
