/** A client and a server in one process, whose frames arrive at once. */

import { ClientHandle, ServerHandle } from '../../dist/esm/handle.js'

const SEED = Uint8Array.from({ length: 32 }, (_, at) => at)

export function manualClient(config = {}, blobs = []) {
  return ClientHandle.manual({ durable: false, ...config }, SEED, blobs, 0)
}

export function manualServer(config = {}) {
  return ServerHandle.manual(config, 'volatile', SEED, 0)
}

/** Carries frames until nobody wants anything; gives what else both said. */
export function pump(client, server, state = { conn: 0 }) {
  const told = { client: [], server: [] }
  for (let moved = true; moved; ) {
    moved = false
    for (const output of client.drain()) {
      moved = true
      if (output.kind === 'connect') {
        state.conn += 1
        client.connected('ada')
        server.connected(state.conn)
      } else if (output.kind === 'transmit') {
        server.receive(state.conn, output.bytes)
      } else {
        told.client.push(output)
      }
    }
    for (const output of server.drain()) {
      moved = true
      if (output.kind === 'transmit') {
        client.receive(output.bytes)
        server.writable(output.conn)
      } else if (output.kind === 'authorize') {
        server.grant(output.request, output.token, [''])
      } else {
        told.server.push(output)
      }
    }
  }
  return told
}
