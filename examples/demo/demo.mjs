// A server in each language: that it ends well, and then the same faults and the same comparison, with clients in all of them.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { lines, read, share, whole } from './data.mjs'
import { ending } from './ending.mjs'
import { decided, round } from './round.mjs'
import { table } from './table.mjs'

const [build, olderVersion, newerVersion] = process.argv.slice(2)
const ROUNDS = [
  { server: 'Node', clients: ['Node', 'Python', 'C', 'Node'], restarted: 'Python' },
  { server: 'Python', clients: ['Python', 'Node', 'C', 'Python'], restarted: 'C' },
  { server: 'C', clients: ['C', 'Node', 'Python', 'C'], restarted: 'Node' }
]
const run = join(build, 'run')
const started = Date.now()
const step = text => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${text}`)

rmSync(run, { recursive: true, force: true })
const older = read(build, olderVersion)
const newer = read(build, newerVersion)
const { shares, changed, contested, counts } = share(older, newer, ROUNDS[0].clients.length)
const files = { 'older.tsv': lines(older), 'want.json': whole(newer) }
shares.forEach((edits, index) => (files[`edits-${index + 1}.tsv`] = edits.map(line => line + '\n').join('')))
step(`mime-db ${olderVersion} → ${newerVersion}: ${Object.keys(older).length} → ${Object.keys(newer).length} records, ` +
  `${changed} differ, ${contested} of them changed by two clients`)

const ms = value => `${value.toFixed(1)} ms`
const columns = ['server, client', 'edits', 'coalesced', 'pushes', 'applied', 'refused', 'unknown', 'retried', 'bytes out per edit',
  'in and out', 'p50', 'p99', 'by delta', 'snapshot', 'reset']
const row = (name, m) => [name, ...[m.total + m.coalesced, m.coalesced, m.pushes, m.applied, m.refused, m.unknown, m.retried].map(String),
  (m.bytes_out / decided(m)).toFixed(0), ((m.bytes_in + m.bytes_out) / decided(m)).toFixed(0), ms(m.latency.p50_ms), ms(m.latency.p99_ms),
  ...[m.resumed_delta, m.resumed_snapshot, m.resumed_reset].map(String)]

const rows = [columns]
for (const languages of ROUNDS) {
  const folder = join(run, languages.server.toLowerCase())
  const data = { shares, counts: [...counts], files }
  const ended = ending({ build, folder, language: languages.server, step })
  const metrics = await ended.then(() => round({ build, folder, data, languages, step })).catch(error => {
    console.error(`\nFAILED with a ${languages.server} server\n${error.message}`)
    process.exit(1)
  })
  metrics.forEach((m, index) => {
    const language = index === 3 ? languages.restarted : languages.clients[index]
    rows.push(row(`${languages.server}, ${index + 1} ${language}`, m))
  })
}
console.log(`\n${table(rows)}\n
Client 4 counts from its restart. Latency is from edit to verdict, offline and killed servers included. Bytes in are the first
snapshot and the edits of all clients. The last three columns are how the client resumed.

OK: ${ROUNDS.length} servers, their clients and a new one equal mime-db ${newerVersion}, byte for byte (${files['want.json'].length} characters each)`)
