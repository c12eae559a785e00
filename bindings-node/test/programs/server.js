// A server with its rooms in a directory, until it is told to stop.
import { createInterface } from 'node:readline'

import { Server } from 'syncline'

const [storage, port] = process.argv.slice(2)
const server = new Server({ storage, authorize: ({ token }) => ({ principal: token, write: true }) })
console.log(JSON.stringify(await server.listen({ port: Number(port), host: '127.0.0.1' })))
for await (const line of createInterface(process.stdin)) if (line === 'stop') break
await server.close()
process.stdin.destroy()
