// The pages and their server at one address: node server.mjs [PORT]
//
// After `npm run build`: http://localhost:4000/react/?name=ada, and the same for vue and svelte. Without a name nothing is
// stored. Only the boss may change what begins with signed/, and stale edits of the note are refused.
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { Server } from 'syncline'

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' }
const http = createServer((request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname))
  const file = join(import.meta.dirname, 'dist', path.endsWith('/') ? `${path}index.html` : path)
  if (!existsSync(file)) return response.writeHead(404).end()
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
  createReadStream(file).pipe(response)
})

const server = new Server({
  policy: { note: 'strict' },
  // A token is taken for a name here; a real server wants proof.
  authorize: ({ token }) => ({ principal: token, write: token === 'boss' ? true : ['todo/', 'note', 'title', 'count'] }),
})
await server.listen({ server: http, path: '/sync' })
await server.room('list').batch((write) => {
  write.set('todo/1', { title: 'Buy tea', done: false })
  write.set('todo/2', { title: 'Water the plants', done: true })
  write.set('signed/1', { title: 'Pay the rent', done: false })
})

http.listen(Number(process.argv[2] ?? 4000), 'localhost', () => console.log(`http://localhost:${http.address().port}`))
process.once('SIGTERM', async () => {
  http.close()
  await server.close()
})
