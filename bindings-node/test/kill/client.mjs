// A client that writes until it is told to stop: client.mjs URL FILE ROOM NAME LIFE
//
// Each write is one batch: a key of its own, one more in a sum, and sometimes an item of a list. It says on standard output what it
// is about to write and what it was told, at once: what a killed program said is known. On standard input `stop` has it wait for all
// verdicts and say how many are missing.

import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

import { connect } from 'syncline'

import { LISTED } from './ghost.mjs'

const WAITING_MOST = 400
const PADDING = 'x'.repeat(200)

const [url, storage, name, me, life] = process.argv.slice(2)
const say = (line) => writeSync(1, `${line}\n`)

const client = await connect(url, {
  token: me,
  storage,
  timing: { backoff_first_ms: 5, backoff_most_ms: 50 },
  debounce: { quiet_ms: 2, max_wait_ms: 10 },
})
const room = client.room(name)
for (const event of ['unknown', 'refused', 'diverged']) room.on(event, ({ code }) => say(`w ${event} ${code ?? ''}`))
room.on('denied', ({ code, retries }) => { if (!retries) say(`w denied ${code}`) })
client.on('error', (error) => say(`w error ${error.message}`))

let writing = true
createInterface({ input: process.stdin }).on('line', async () => {
  writing = false
  say(`s ${await client.flush({ timeout: 30_000 })}`)
  client.close()
  process.exit(0)
})

for (let number = 0; writing; number += 1) {
  const id = `${life}.${number}`
  say(`m ${id}`)
  const edit = room.batch((batch) => {
    batch.set(`write/${me}/${id}`, PADDING)
    batch.add(`sum/${me}`, 1)
    if (number % LISTED === 0) batch.insert(`list/${me}`, room.get(`list/${me}`, []).length, id)
  })
  void edit.settled.then(({ kind }) => say(kind === 'applied' ? `a ${id}` : `w ${kind} ${id}`), () => {})
  void client.stored().then(() => say(`d ${id}`), () => {})
  await pause(client.pending > WAITING_MOST ? 20 : 1)
}
