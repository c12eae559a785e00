// Leaves promises behind in every way there is, asked for and not.
import { connect, Server } from 'syncline'

process.on('unhandledRejection', (reason) => {
  console.log('unhandled', reason)
  process.exitCode = 1
})
process.on('uncaughtException', (error) => {
  console.log('uncaught', error)
  process.exitCode = 1
})

const client = await connect('ws://127.0.0.1:1', { token: () => Promise.reject(new Error('no token')) })
const room = client.room('cart')
const edit = room.set('a', 1)
void edit.settled
void room.ready
void room.changes()
room.set('b', 1)
room.close()
void room.ready
const other = client.room('other')
void other.ready
const last = other.set('a', 1)
const unasked = other.set('b', 1)
void last.settled
client.close()
void other.ready
void last.settled
void unasked.settled

const server = new Server({ authorize: () => Promise.reject(new Error('no')) })
await server.listen({ port: 0, host: '127.0.0.1' })
void server.close()
void server.close()
await new Promise(setImmediate)
globalThis.gc()
await new Promise(setImmediate)
console.log('done')
