// A listener that throws: others hear all the same, the engine goes on, and the error is uncaught.
import { connect, Server } from 'syncline'

process.on('uncaughtException', (error) => console.log('uncaught', error.message))
const server = new Server({ authorize: () => ({ principal: 'ada', write: true }) })
const { url } = await server.listen({ port: 0, host: '127.0.0.1' })
const log = ({ event, error }) => { if (error?.message === 'mine') console.log('log', event) }
const client = await connect(url, { log })
const room = client.room('cart')
await room.ready
room.once('change', () => { throw new Error('mine') })
room.once('change', () => console.log('heard'))
const { kind } = await room.set('a', 1).settled
console.log('settled', kind)
client.close()
await server.close()
