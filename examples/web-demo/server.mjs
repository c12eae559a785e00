// A shop and a to-do list for the browser, from one server: node server.mjs PORT DIRECTORY
//
// Serves the page, the package's build for browsers, and the rooms at /sync, which lie in the directory. /state/ROOM shows what a room
// holds. Port 0 takes any free one.
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { DenyError, Server } from 'syncline'
import { catalogue, stockOf } from './catalogue.mjs'

const [port, storage] = process.argv.slice(2)
if (storage === undefined) throw new Error('server.mjs PORT DIRECTORY')

const ROOM = /^(cart|todo)-[a-z0-9-]{1,32}$/
const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.wasm': 'application/wasm', '.svg': 'image/svg+xml' }
const BATCH = 32
const goods = catalogue()

// Each list has a shelf of its own, filled when somebody first asks for it.
const shelves = new Map()
const fill = async name => {
  const room = server.room(name)
  if (await room.get(`stock/${goods[0].id}`) !== undefined) return
  for (let next = 0; next < goods.length; next += BATCH) {
    await room.batch(write => {
      for (const { id } of goods.slice(next, next + BATCH)) write.set(`stock/${id}`, stockOf(id))
    })
  }
}
const filled = name => {
  if (!shelves.has(name)) shelves.set(name, fill(name))
  return shelves.get(name)
}

// Whoever says a name is let in under it: a real server wants proof.
const authorize = async ({ token, room }) => {
  if (token === '') throw new DenyError('Unauthorized')
  if (!ROOM.test(room)) return null
  if (room.startsWith('cart-')) await filled(room)
  return { principal: token, write: true }
}
// What is sold cannot be sold twice, and nobody's words are written over unseen; elsewhere edits merge, or the last one stays.
const server = new Server({ authorize, storage, policy: { 'stock/': 'strict', 'title/': 'strict' } })

const built = join(dirname(createRequire(import.meta.url).resolve('syncline/package.json')), 'dist/browser')
const page = join(import.meta.dirname, 'page')
const files = new Map([['/', join(page, 'index.html')]])
for (const [folder, path] of [[page, '/'], [built, '/syncline/']]) {
  for (const name of readdirSync(folder)) if (extname(name) in TYPES) files.set(path + name, join(folder, name))
}
const answers = {
  '/catalogue.json': () => goods,
  '/config.json': () => ({ sync: '/sync' }),
  // What the page needs where there is no network.
  '/files.json': () => [...files.keys(), '/catalogue.json', '/config.json']
}

const http = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  const file = files.get(pathname)
  const [, room] = /^\/state\/([^/]+)$/.exec(pathname) ?? []
  if (file !== undefined && existsSync(file)) {
    response.writeHead(200, { 'content-type': TYPES[extname(file)], 'cache-control': 'no-cache' })
    createReadStream(file).pipe(response)
  } else if (pathname in answers) {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache' })
    response.end(JSON.stringify(answers[pathname]()))
  } else if (room !== undefined && ROOM.test(room)) {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(await server.room(room).entriesJson())
  } else {
    response.writeHead(404).end()
  }
})
await server.listen({ server: http, path: '/sync' })
http.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}`))

const stop = async () => {
  await server.windDown({ retryAfter: 500 }) // clients come back; what they do meanwhile waits in their outboxes
  http.close()
  await server.close()
  process.exit()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
