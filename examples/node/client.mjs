// A syncline client with its outbox on disk and a command line: node client.mjs HOST PORT ROOM JOURNAL
//
// Commands on standard input; answers are JSON lines on standard output:
//
//   set KEY JSON | merge KEY JSON | add KEY NUMBER | delete KEY | get KEY
//   edits FILE RATE   makes the edits "set|merge|add|delete<TAB>key[<TAB>json]" of a file, RATE a second
//   sync              answers when every edit has its verdict
//   pending | version | status | metrics
//   dump FILE         writes the room as one JSON object
//   quit              stops; edits without a verdict stay in the journal
import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from 'syncline'
import { JsonText } from 'syncline/handle'

const [host, port, name, journal] = process.argv.slice(2)
if (journal === undefined) throw new Error('client.mjs HOST PORT ROOM JOURNAL')
// The server takes any token for a name; a real one wants proof.
const client = await connect(`ws://${host}:${port}`, { token: basename(journal), storage: journal })
const room = client.room(name)
const answer = message => console.log(JSON.stringify(message))
const complain = error => error.code === 'Closed' || console.error(error.message)
const edit = async (kind, key, json) => {
  if (!['set', 'merge', 'add', 'delete'].includes(kind)) throw new Error(`no such command: ${kind}`)
  room[kind](key, kind === 'delete' ? undefined : new JsonText(json))
}
const commands = {
  __proto__: null,
  get: async key => answer({ value: room.get(key, null) }),
  async edits(file, rate) {
    const edits = readFileSync(file, 'utf8').trimEnd().split('\n')
    for (const line of edits) {
      if (client.closed) return
      await edit(...line.split('\t')).catch(complain)
      await pause(1000 / (Number(rate) || 100))
    }
    answer({ edited: edits.length })
  },
  sync: async () => (await room.ready, await client.flush(), answer({ synced: true })),
  pending: async () => answer({ pending: room.pending }),
  version: async () => answer({ version: room.version ?? 0 }),
  status: async () => answer({ status: client.status }),
  metrics: async () => answer({ metrics: client.metrics() }),
  dump: async file => (writeFileSync(file, room.entriesJson()), answer({ dumped: true })),
  quit: async () => lines.close()
}

client.on('denied', ({ code }) => console.error(`room: ${code}`))
answer({ restored: room.pending })
const lines = createInterface({ input: process.stdin })
lines.on('close', () => (client.close(), process.stdin.destroy()))
lines.on('line', line => {
  const [, word, key, json] = /^(\S*) ?(\S*) ?(.*)$/.exec(line)
  const done = word in commands ? commands[word](key, json) : edit(word, key, json)
  done.catch(complain)
})
process.once('SIGTERM', commands.quit)
