// An HTTP server whose port is taken, and of which nobody hears errors.
import { createServer } from 'node:http'

import { Server } from 'syncline'

process.on('uncaughtException', ({ code }) => {
  console.log('uncaught', code)
  process.exit()
})
const http = createServer()
const server = new Server({ authorize: () => null })
await server.listen({ server: http })
http.listen(Number(process.argv[2]), '127.0.0.1')
