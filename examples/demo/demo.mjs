// A C server and C clients on one room: the clients share out the real differences between two published versions of a package and
// push them as edits, while connections are killed, one client is offline for a while, two clients change the same records, and
// the server is killed and restarted on its journal. It ends well only if every replica equals the newer version, byte for byte, if
// every edit was counted once, if all verdicts are accounted for, and if the faults really did what they are there for.
import { readFileSync, rmSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { counter, read, lines, share, whole, write } from './data.mjs'
import { Program } from './process.mjs'

const [build, olderVersion, newerVersion] = process.argv.slice(2)
const CLIENTS = 4
const EDITS_PER_SECOND = 40 // of each client: slow enough that the faults fall into the middle
const POLICY = '{"":"last","application/":"strict"}'
const run = join(build, 'run')
const sleep = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000))
const started = Date.now()
const step = text => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${text}`)

rmSync(run, { recursive: true, force: true })
mkdirSync(run, { recursive: true })
const older = read(build, olderVersion)
const newer = read(build, newerVersion)
const { shares, changed, contested, counts } = share(older, newer, CLIENTS)
write(join(run, 'older.tsv'), lines(older))
write(join(run, 'want.json'), whole(newer))
shares.forEach((edits, index) => write(join(run, `edits-${index + 1}.tsv`), edits.map(line => line + '\n').join('')))
step(`mime-db ${olderVersion} → ${newerVersion}: ${Object.keys(older).length} → ${Object.keys(newer).length} records, ` +
  `${changed} differ, ${contested} of them changed by two clients`)

const startServer = async port => {
  const server = new Program('server', join(build, 'server'), [String(port), 'server', POLICY], run)
  const { listening } = await server.until('listening')
  return { server, port: listening }
}
const startClient = index =>
  new Program(`client ${index}`, join(build, 'client'), ['127.0.0.1', String(port), 'mime', `client-${index}`], run)

let { server, port } = await startServer(0)
await server.ask('loaded', 'load', 'mime', 'older.tsv')
step(`server on port ${port}, loaded`)
const clients = Array.from({ length: CLIENTS }, (_, index) => startClient(index + 1))
await Promise.all(clients.map(client => client.ask('synced', 'sync')))
step(`${CLIENTS} clients hold the older version`)

const total = shares.flat().length
clients.forEach((client, index) => client.say('edits', `edits-${index + 1}.tsv`, EDITS_PER_SECOND))
step(`${total} edits begin, ${CLIENTS * EDITS_PER_SECOND} a second`)
const offline = clients[2]
await sleep(0.7)
server.say('kick')
step('every connection killed')
await sleep(0.7)
await offline.ask('offline', 'offline')
step('client 3 goes offline and keeps editing')
await sleep(1)
server.say('kick')
step('every connection killed')
await sleep(0.5)
server.stop()
await sleep(0.3)
await server.kill()
step('server stopped, and killed (SIGKILL) with edits on their way to it')
await sleep(0.8)
;({ server, port } = await startServer(port))
step('server restarted on its journal')
await sleep(1)
// What client 4 pushes now is accepted, but client 4 stands still and dies before it hears of it.
server.stop()
await sleep(0.3)
clients[3].stop()
server.go()
await sleep(0.3)
await clients[3].kill()
clients[3] = startClient(4)
counts[3] += (await clients[3].ask('value', 'get', counter(3))).value ?? 0 // what its journal holds
const { restored: rest } = await clients[3].until('restored')
step(`client 4 killed and restarted on its journal: ${rest} edits without a verdict`)
clients[3].say('edits', 'edits-4.tsv', EDITS_PER_SECOND)
await sleep(0.5)
server.say('kick')
step('every connection killed')
await offline.ask('online', 'online')
step('client 3 is back')

let done = false
const watch = (async () => {
  while (!done) {
    await sleep(1)
    if (done) break
    const answers = await Promise.all(clients.map(client => client.ask('pending', 'pending')))
    step(`edits without a verdict: ${answers.map(answer => answer.pending).join(' · ')}`)
  }
})()
const said = (await Promise.all(clients.map(client => client.until('edited')))).map(answer => answer.edited)
await Promise.all(clients.map(client => client.ask('synced', 'sync')))
done = true
await watch
step('every edit has its verdict')
const metrics = await Promise.all(clients.map(client => client.ask('metrics', 'metrics')))

// A replica may be a delta behind the last verdict of another client: wait for one version everywhere.
const level = async () => {
  for (let versions = [], tries = 0; new Set(versions).size !== 1; tries += 1) {
    if (tries > 200) throw new Error(`the clients stay at different versions: ${versions.join(', ')}`)
    await sleep(0.05)
    versions = (await Promise.all(clients.map(client => client.ask('version', 'version')))).map(answer => answer.version)
  }
}
const failures = []
const must = (holds, text) => holds || failures.push(text)

// A sum tells what equal states cannot: that no edit was lost and none applied twice.
await level()
for (const client of clients) {
  for (const [index, count] of counts.entries()) {
    const { value } = await client.ask('value', 'get', counter(index))
    must(value === count, `${client.name} shows that client ${index + 1} added 1 ${value} times instead of ${count}`)
  }
}
for (const index of counts.keys()) clients[0].say('delete', counter(index))
await clients[0].ask('synced', 'sync')
await level()

const want = readFileSync(join(run, 'want.json'))
const same = async (name, program, ...room) => {
  const file = `${name.replaceAll(' ', '-')}.json`
  const path = join(run, file)
  await program.ask('dumped', 'dump', ...room, file)
  must(readFileSync(path).equals(want), `${name} differs from ${newerVersion}: compare ${path} with ${join(run, 'want.json')}`)
}
await same('server', server, 'mime')
for (const [index, client] of clients.entries()) await same(`client ${index + 1}`, client)
for (const program of [...clients, server]) await program.quit()

// What is on disk is the same again: a new client of a server that starts from its journal.
;({ server, port } = await startServer(port))
const fresh = startClient('new')
await fresh.ask('synced', 'sync')
await same('a new client', fresh)
for (const program of [fresh, server]) await program.quit()
step('the server and every client compared, and once more from the server\'s journal')

const columns = ['', ...clients.map((_, index) => `client ${index + 1}`), 'together']
const sum = values => values.reduce((a, b) => a + b, 0)
const row = (title, pick, join = sum, show = String) => {
  const values = metrics.map(({ metrics }) => pick(metrics))
  return [title, ...values.map(show), show(join(values))]
}
const worst = values => Math.max(...values)
const ms = value => `${value.toFixed(1)} ms`
const decided = m => m.applied + m.refused + m.unknown
const all = pick => sum(metrics.map(({ metrics: m }) => pick(m)))
const per = (title, pick) =>
  [title, ...metrics.map(({ metrics: m }) => (pick(m) / decided(m)).toFixed(0)), (all(pick) / all(decided)).toFixed(0)]
const table = [
  columns,
  row('edits', m => m.total + m.coalesced),
  row('coalesced', m => m.coalesced),
  row('pushes', m => m.pushes),
  row('applied', m => m.applied),
  row('refused', m => m.refused),
  row('unknown', m => m.unknown),
  row('retried', m => m.retried),
  row('bytes out', m => m.bytes_out),
  row('bytes in', m => m.bytes_in),
  per('bytes out per edit', m => m.bytes_out),
  per('bytes in and out per edit', m => m.bytes_in + m.bytes_out),
  row('latency p50', m => m.latency.p50_ms, worst, ms),
  row('latency p99', m => m.latency.p99_ms, worst, ms),
  row('resumed by delta', m => m.resumed_delta),
  row('resumed by snapshot', m => m.resumed_snapshot),
  row('resumed by reset', m => m.resumed_reset),
]
const widths = columns.map((_, column) => Math.max(...table.map(cells => cells[column].length)))
console.log()
for (const cells of table) {
  console.log(cells.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[0]))).join('  '))
}
console.log('\nClient 4 counts from its restart. Latency is from edit to verdict, offline and killed servers included; "together" shows the worst.' +
  '\nBytes in are the first snapshot and the edits of all clients.')

metrics.forEach(({ metrics: m }, index) => {
  const name = `client ${index + 1}`
  const restored = index === 3 ? rest : 0
  must(m.total + m.coalesced === said[index], `${name} made ${said[index]} edits and counts ${m.total + m.coalesced}`)
  must(decided(m) === m.total + restored, `${name} has ${decided(m)} verdicts for ${m.total + restored} mutations`)
  must(m.unknown === 0, `${name} does not know what became of ${m.unknown} mutations`)
  must(m.resumed_delta > 0, `${name} never resumed`)
})
must(all(m => m.retried) > 0, 'nothing had to be sent again')
must(all(m => m.refused) > 0, 'no edit was refused')
if (failures.length > 0) {
  console.error(`\nFAILED\n${failures.join('\n')}`)
  process.exit(1)
}
console.log(`\nOK: the server, ${CLIENTS} clients and a new one equal mime-db ${newerVersion}, byte for byte (${want.length} bytes each)`)
