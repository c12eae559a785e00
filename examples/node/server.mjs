// A syncline server with rooms on disk and a command line: node server.mjs PORT DIRECTORY [POLICY_JSON]
//
// Port 0 takes any free one. Commands on standard input; answers are JSON lines on standard output:
//
//   load ROOM FILE   writes "key<TAB>json" lines into a room, as the host
//   dump ROOM FILE   writes the room as one JSON object
//   metrics          what was counted
//   quit             stops: everything accepted is durable, clients are told to come back
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { DenyError, Server } from 'syncline'
import { JsonText } from 'syncline/handle'

const BATCH = 32
const [port, storage, policy = '{}'] = process.argv.slice(2)
if (storage === undefined) throw new Error('server.mjs PORT DIRECTORY [POLICY_JSON]')

// Whoever has a token is let in under its name, to read and to write: a real server checks it.
const authorize = ({ token }) => {
  if (token === '') throw new DenyError('Unauthorized')
  return { principal: token, write: true }
}
const server = new Server({ authorize, storage, policy: JSON.parse(policy) })
const answer = message => console.log(JSON.stringify(message))

const commands = {
  __proto__: null,
  async load(name, file) {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const room = server.room(name)
    for (let next = 0; next < lines.length; next += BATCH) {
      const batch = lines.slice(next, next + BATCH).map(line => line.split('\t'))
      await room.batch(write => {
        for (const [key, json] of batch) write.set(key, new JsonText(json))
      })
    }
    answer({ loaded: lines.length })
  },
  async dump(name, file) {
    writeFileSync(file, await server.room(name).entriesJson())
    answer({ dumped: true })
  },
  metrics: async () => answer({ metrics: server.metrics() }),
  quit: async () => lines.close()
}

answer({ listening: (await server.listen({ port: Number(port), host: '127.0.0.1' })).port })
const lines = createInterface({ input: process.stdin })
lines.on('close', async () => {
  process.stdin.destroy()
  await server.windDown({ retryAfter: 100 })
  await server.close()
})
lines.on('line', line => {
  const [word, ...args] = line.split(' ')
  if (word in commands) commands[word](...args).catch(error => console.error(error.message))
  else console.error('commands: load ROOM FILE, dump ROOM FILE, metrics, quit')
})
process.once('SIGTERM', commands.quit)
