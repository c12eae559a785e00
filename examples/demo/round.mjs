// One server and four clients on one room: the clients share out the real differences between two versions of a package and push
// them as edits, while connections are cut, one client is offline for a while, two clients change the same records, and the server is
// killed and restarted on its journal. It ends well only if every replica equals the newer version, byte for byte, if every edit
// was counted once, if all verdicts are accounted for, and if the faults really did what they are there for.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { counter, write } from './data.mjs'
import { Wire } from './network.mjs'
import { start } from './programs.mjs'

const EDITS_PER_SECOND = 40 // of each client: slow enough that the faults fall into the middle
const POLICY = '{"":"last","application/":"strict"}'
const sleep = seconds => pause(seconds * 1000)
const sum = values => values.reduce((a, b) => a + b, 0)

export const decided = metrics => metrics.applied + metrics.refused + metrics.unknown

// `languages` is of the server, of the clients 1 to 4, and of client 4 after its restart.
export const round = async ({ build, folder, data, languages, step }) => {
  mkdirSync(folder, { recursive: true })
  const { shares, counts, files } = data
  for (const [name, text] of Object.entries(files)) write(join(folder, name), text)

  const failures = []
  const must = (holds, text) => holds || failures.push(text)
  let server
  let port = 0
  const startServer = async () => {
    server = start(build, 'server', languages.server, 'server', [String(port), 'rooms', POLICY], folder)
    port = (await server.until('listening')).listening
  }
  const wires = await Promise.all(shares.map(() => Wire.to(() => port)))
  const cutAll = text => {
    for (const wire of wires) wire.cut()
    step(text)
  }
  const startClient = (index, language, storage = `client-${index + 1}`) =>
    start(build, 'client', language, `client ${index + 1}`, ['127.0.0.1', String(wires[index].port), 'mime', storage], folder)

  await startServer()
  await server.ask('loaded', 'load', 'mime', 'older.tsv')
  const clients = languages.clients.map((language, index) => startClient(index, language))
  await Promise.all(clients.map(client => client.ask('synced', 'sync')))
  step(`a ${languages.server} server, and clients in ${languages.clients.join(', ')}: all hold the older version`)

  clients.forEach((client, index) => client.say('edits', `edits-${index + 1}.tsv`, EDITS_PER_SECOND))
  step(`${sum(shares.map(edits => edits.length))} edits begin, ${shares.length * EDITS_PER_SECOND} a second`)
  await sleep(0.7)
  cutAll('every connection cut')
  await sleep(0.5)
  wires[2].down = true
  wires[2].cut()
  step('client 3 goes offline and keeps editing')
  await sleep(0.8)
  cutAll('every connection cut')
  await sleep(0.4)
  server.stop()
  await sleep(0.3)
  await server.kill()
  step('server stopped, and killed (SIGKILL) with edits on their way to it')
  await sleep(0.6)
  await startServer()
  step('server restarted on its journal')
  await sleep(1)
  // What client 4 pushes now is accepted, but client 4 stands still and dies before it hears of it.
  server.stop()
  await sleep(0.3)
  clients[3].stop()
  server.go()
  await sleep(0.3)
  await clients[3].kill()
  clients[3] = startClient(3, languages.restarted)
  counts[3] += (await clients[3].ask('value', 'get', counter(3))).value ?? 0 // what its journal holds
  const { restored } = await clients[3].until('restored')
  step(`client 4 killed, and restarted on its journal in ${languages.restarted}: ${restored} edits without a verdict`)
  clients[3].say('edits', 'edits-4.tsv', EDITS_PER_SECOND)
  await sleep(0.5)
  cutAll('every connection cut')
  wires[2].down = false
  step('client 3 is back')

  const said = (await Promise.all(clients.map(client => client.until('edited')))).map(answer => answer.edited)
  await Promise.all(clients.map(client => client.ask('synced', 'sync')))
  step('every edit has its verdict')
  const metrics = (await Promise.all(clients.map(client => client.ask('metrics', 'metrics')))).map(answer => answer.metrics)

  // A replica may be a delta behind the last verdict of another client: wait for one version everywhere.
  const level = async () => {
    for (let versions = [], tries = 0; new Set(versions).size !== 1; tries += 1) {
      if (tries > 200) throw new Error(`the clients stay at different versions: ${versions.join(', ')}`)
      await sleep(0.05)
      versions = (await Promise.all(clients.map(client => client.ask('version', 'version')))).map(answer => answer.version)
    }
  }

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

  const want = Buffer.from(files['want.json'])
  const same = async (name, program, ...room) => {
    const file = `${name.replaceAll(' ', '-')}.json`
    await program.ask('dumped', 'dump', ...room, file)
    const path = join(folder, file)
    must(readFileSync(path).equals(want), `${program.name} differs: compare ${path} with ${join(folder, 'want.json')}`)
  }
  await same('server', server, 'mime')
  for (const [index, client] of clients.entries()) await same(`client ${index + 1}`, client)
  for (const program of [...clients, server]) await program.quit()

  // What is on disk is the same again: a new client of a server that starts from its journal.
  await startServer()
  const fresh = startClient(0, languages.restarted, 'client-new')
  await fresh.ask('synced', 'sync')
  await same('new client', fresh)
  for (const program of [fresh, server]) await program.quit()
  for (const wire of wires) wire.close()
  step('the server and every client compared, and once more from the server\'s journal')

  metrics.forEach((m, index) => {
    const { name } = clients[index]
    const before = index === 3 ? restored : 0
    must(m.total + m.coalesced === said[index], `${name} made ${said[index]} edits and counts ${m.total + m.coalesced}`)
    must(decided(m) === m.total + before, `${name} has ${decided(m)} verdicts for ${m.total + before} mutations`)
    must(m.unknown === 0, `${name} does not know what became of ${m.unknown} mutations`)
    must(m.resumed_delta > 0, `${name} never resumed`)
  })
  must(sum(metrics.map(m => m.retried)) > 0, 'nothing had to be sent again')
  must(sum(metrics.map(m => m.refused)) > 0, 'no edit was refused')
  if (failures.length > 0) throw new Error(failures.join('\n'))
  return metrics
}
