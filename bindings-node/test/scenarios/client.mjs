/** A client, its storage, and what is done about its outputs. */

import { clientEvent } from './events.mjs'
import { Vain } from './link.mjs'
import { leave } from './network.mjs'
import { printChanges } from './views.mjs'
import { seed } from './world.mjs'

export function newClient(name, config) {
  return {
    name,
    config,
    /** Undefined after a crash. */
    handle: undefined,
    restarts: 0,
    link: undefined,
    /** Connections whose end the server has not noticed. */
    ghosts: [],
    /** It asked for a connection. */
    asks: false,
    rooms: new Map(),
    blobs: [],
    /** What its storage was when it was put aside. */
    backup: [],
    /** Orders are kept unanswered. */
    held: false,
    orders: [],
  }
}

export function handleOf({ handle, name }) {
  if (handle === undefined) throw new Vain(`${name} does not run`)
  return handle
}

export function roomOf(client, name) {
  const room = client.rooms.get(name)
  if (room === undefined) throw new Vain(`${client.name} never opened ${name}`)
  return room
}

/** Does to blobs what an order says. */
export function write(blobs, { replace, bytes }) {
  if (replace) blobs.length = 0
  blobs.push(bytes)
}

/** Starts a client on what is durable of it. */
export function startClient(world, client) {
  const { ClientHandle } = world.engine
  client.rooms.clear()
  client.asks = false
  client.handle = world.told(() =>
    ClientHandle.manual(client.config, seed(client.name, client.restarts), client.blobs, world.now),
  )
  world.pump()
}

export function drainClient(world, client) {
  let moved = false
  while (client.handle !== undefined) {
    const { handle } = client
    const outputs = world.unlessClosed(() => handle.drain()) ?? []
    if (outputs.length === 0) break
    moved = true
    for (const output of outputs) carryOut(world, client, handle, output)
  }
  return moved
}

function carryOut(world, client, handle, output) {
  switch (output.kind) {
    case 'persist':
      if (client.held) {
        client.orders.push(output)
      } else {
        write(client.blobs, output)
        handle.persisted(output.record)
      }
      break
    case 'connect':
      client.asks = true
      world.print(`connect ${client.name}`)
      break
    case 'transmit':
      client.link?.up.push(output.bytes)
      break
    case 'disconnect':
      world.print(`disconnect ${client.name}`)
      leave(world, client)
      break
    default:
      world.print(`event ${client.name} ${clientEvent(handle, output)}`)
      if (output.kind === 'view') printChanges(world, client, output)
  }
}
