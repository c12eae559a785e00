/** The servers of all ways on one port, and what goes through each socket: bytes of TCP, with the frames' heads, without handshakes. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { setupWSConnection } from '@y/websocket-server/utils'
import { build } from 'esbuild'
import { WebSocketServer } from 'ws'

const { Server } = await import(createRequire(import.meta.url).resolve('../../bindings-node/dist/esm/index.js'))

const page = join(import.meta.dirname, 'page')
export const BUILT = join(import.meta.dirname, '../../bindings-node/dist/browser')
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }

/** The file of a way as a page would have it. */
export async function bundle(name) {
  const { outputFiles } = await build({
    entryPoints: [join(page, name)], bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', write: false, external: ['/syncline/*'],
  })
  return outputFiles[0].text
}

/** A relay by hand: keeps what was said last of each key. */
function relay(rooms) {
  return (socket, name) => {
    const room = rooms.get(name) ?? { map: new Map(), sockets: new Set() }
    rooms.set(name, room)
    room.sockets.add(socket)
    socket.send(JSON.stringify({ state: [...room.map] }))
    socket.on('message', (data) => {
      const { key, value } = JSON.parse(data)
      room.map.set(key, value)
      const text = JSON.stringify({ key, value })
      for (const other of room.sockets) if (other !== socket) other.send(text)
    })
    socket.on('close', () => room.sockets.delete(socket))
  }
}

export async function serve() {
  const rooms = new Server({ authorize: () => ({ principal: 'bench', write: true }), limits: { frames_minute: 600_000 } })
  const sockets = new WebSocketServer({ noServer: true })
  const byHand = relay(new Map())
  // The newest comes last.
  const wires = []
  const scripts = new Map()
  for (const name of ['syncline.js', 'yjs.js', 'hand.js']) scripts.set(`/${name}`, await bundle(name))

  const http = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    const type = TYPES[extname(pathname)]
    const headers = {
      'content-type': type,
      // The second visit takes them from the cache.
      'cache-control': 'max-age=3600',
      // For clocks of five microseconds instead of a hundred.
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    }
    try {
      const body = scripts.get(pathname) ?? readFileSync(pathname.startsWith('/syncline/') ? join(BUILT, pathname.slice(10)) : join(page, pathname))
      response.writeHead(200, headers).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  http.on('upgrade', (request, socket, head) => {
    const [, path, name] = /^\/(\w+)\/?(.*)$/.exec(request.url) ?? []
    wires.push(socket)
    socket.setNoDelay(true)
    if (path === 'rooms') rooms.upgrade(request, socket, head)
    else {
      sockets.handleUpgrade(request, socket, head, (opened) => {
        if (path === 'yjs') setupWSConnection(opened, request, { docName: name })
        else byHand(opened, name)
      })
    }
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${http.address().port}`,
    /** How many sockets there were. */
    count: () => wires.length,
    /** Bytes of a socket, as the page sees them. */
    wire: (index) => ({ up: wires[index].bytesRead, down: wires[index].bytesWritten }),
    async close() {
      await rooms.close()
      for (const wire of wires) wire.destroy()
      http.close()
    },
  }
}
