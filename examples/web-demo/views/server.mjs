// A shop that the server renders: node server.mjs PORT DIRECTORY
//
// The page at /?name=Ada has what the server rendered in it, and goes on from there. /state/ROOM shows what a room holds, and /fresh?name=Ada
// what the server renders now. Port 0 takes any free one.
import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { DenyError, Server } from 'syncline'
import { goods } from './catalogue.mjs'
import { viewsOf } from './views.mjs'

const [port, storage] = process.argv.slice(2)
if (storage === undefined) throw new Error('server.mjs PORT DIRECTORY')

const NAME = /^[a-z]{1,32}$/
const TYPES = { '.css': 'text/css', '.js': 'text/javascript', '.wasm': 'application/wasm' }

// Whoever says a name is let in under it, to the shop and to a room of their own: a real server wants proof.
const authorize = ({ token, room }) => {
  if (!NAME.test(token)) throw new DenyError('Unauthorized')
  return room === 'shop' || room === `person-${token}` ? { principal: token, write: true } : null
}
// What is sold cannot be sold twice.
const server = new Server({ authorize, storage, policy: { 'stock/': 'strict' }, views: viewsOf(goods) })
server.on('viewFailed', ({ error }) => console.error(error))

const shop = server.room('shop')
if (await shop.get(`stock/${goods[0].id}`) === undefined) {
  await shop.batch(write => {
    for (const { id, stock } of goods) write.set(`stock/${id}`, stock)
  })
}

const built = join(dirname(createRequire(import.meta.url).resolve('syncline/package.json')), 'dist/browser')
const files = new Map()
for (const [folder, path] of [[join(import.meta.dirname, 'page'), '/'], [built, '/syncline/']]) {
  for (const name of readdirSync(folder)) if (extname(name) in TYPES) files.set(path + name, join(folder, name))
}
const page = readFileSync(join(import.meta.dirname, 'page/index.html'), 'utf8')
const drawings = new Map(goods.map(({ id, drawing }) => [`/drawing/${id}.svg`, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${drawing}</svg>`]))

const answer = async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  const name = (searchParams.get('name') ?? 'guest').toLowerCase()
  const send = (type, body) => response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' }).end(body)
  const file = files.get(pathname)
  if (file !== undefined) {
    response.writeHead(200, { 'content-type': TYPES[extname(file)], 'cache-control': 'no-cache' })
    createReadStream(file).on('error', error => response.destroy(error)).pipe(response)
  } else if (drawings.has(pathname)) {
    send('image/svg+xml', drawings.get(pathname))
  } else if (pathname.startsWith('/state/')) {
    send('application/json', await server.room(pathname.slice('/state/'.length)).entriesJson())
  } else if (NAME.test(name) && (pathname === '/' || pathname === '/fresh')) {
    const rendered = await server.html(`person-${name}`, 'shop')
    send('text/html; charset=utf-8', pathname === '/' ? page.replace('<!--view-->', () => rendered).replace('{name}', name).replace('{sync}', '/sync') : rendered)
  } else {
    response.writeHead(404).end()
  }
}
const http = createServer((request, response) => {
  // What a stranger asks for ends nobody's server: a room's name that is none is not found.
  answer(request, response).catch(error => {
    const isName = error.code === 'InvalidName' || error.code === 'ERR_INVALID_URL'
    if (!isName) console.error(error)
    if (response.headersSent) response.destroy()
    else response.writeHead(isName ? 404 : 500).end()
  })
})
await server.listen({ server: http, path: '/sync' })
http.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}`))

const stop = async () => {
  await server.windDown({ retryAfter: 500 })
  http.close()
  await server.close()
  process.exit()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
