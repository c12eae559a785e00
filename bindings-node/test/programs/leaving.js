// A server with a storage, and a client of it with one, in the middle of everything when they end: as a worker, many
// times in one process, or as the process itself.
import { join } from 'node:path'
import { isMainThread, parentPort, threadId, workerData } from 'node:worker_threads'

import { connect, Server } from 'syncline'

const [folder, end] = isMainThread ? process.argv.slice(2) : [workerData.folder, workerData.end]
const own = join(folder, `${process.pid}-${threadId}`)
const server = new Server({ storage: `${own}-rooms`, authorize: ({ token }) => ({ principal: token, write: true }) })
const { url } = await server.listen({ port: 0, host: '127.0.0.1' })
const client = await connect(url, { token: 'ada', storage: `${own}-client` })
const lonely = await connect('ws://127.0.0.1:1', { token: 'ada', storage: `${own}-lonely` })
const room = client.room('cart')
await room.set('first', 1).settled
for (let at = 0; at < 100; at += 1) {
  room.set(`k${at}`, at)
  lonely.room('cart').set(`k${at}`, at)
}
// Nobody is there any more to hear of these.
const waiting = [room.set('last', 1).settled, lonely.flush(), lonely.room('other').ready, server.room('cart').set('host', 1)]
for (const promise of waiting) promise.catch(() => {})
parentPort?.postMessage('in the middle')

if (end === 'exit') process.exit(0)
if (end === 'exit in a listener') room.on('change', () => process.exit(0))
if (end === 'throw') throw new Error('on purpose')
if (end === 'throw in a listener') room.on('change', () => { throw new Error('on purpose') })
if (end === 'close and exit') {
  void server.close()
  client.close()
  process.exit(0)
}
// Or somebody else ends it, or it ends when nothing is left to wait for: the server and its promise keep it until then.
if (end === 'nothing left') {
  await waiting[0]
  lonely.close()
  await server.close()
}
