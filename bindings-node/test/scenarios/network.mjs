/** What the network does: connects, delivers, loses. */

import { handleOf } from './client.mjs'
import { Link, shown, Vain } from './link.mjs'
import { serverOf } from './server.mjs'

export function linkOf(world, conn) {
  return world.clients.map((client) => client.link).find((link) => link?.conn === conn)
}

export function ghostOf(world, conn) {
  return world.clients.flatMap((client) => client.ghosts).find((ghost) => ghost.conn === conn)
}

/** The name of the client that a connection belongs or belonged to. */
export function ownerOf(world, conn) {
  return world.owners.get(conn) ?? `#${conn}`
}

export function setPaused(world, conn, paused) {
  world.print(`${paused ? 'pause' : 'resume'} ${ownerOf(world, conn)}`)
  const link = linkOf(world, conn)
  if (link !== undefined) link.paused = paused
}

/** Says what the server asks to be told when frames have left. */
export function tellWritable(world) {
  const { handle } = world.server
  if (handle === undefined) return false
  let moved = false
  for (const client of world.clients) {
    const links = client.link === undefined ? client.ghosts : [client.link, ...client.ghosts]
    for (const link of links) {
      if (!link.owes || link.slow || link.serverLeft) continue
      link.owes = false
      moved = true
      handle.writable(link.conn)
    }
  }
  return moved
}

function asked(client) {
  const { asks } = client
  client.asks = false
  if (!asks) throw new Vain(`${client.name} did not ask for a connection`)
}

export function connect(world, name, token) {
  serverOf(world)
  world.lastConn += 1
  const conn = world.lastConn
  world.owners.set(conn, name)
  const client = world.client(name)
  asked(client)
  client.link = new Link(conn)
  handleOf(client).connected(token)
  serverOf(world).connected(conn)
  world.pump()
}

/** The connection cannot be opened. */
export function refuseConnection(world, name) {
  const client = world.client(name)
  asked(client)
  handleOf(client).disconnected()
  world.pump()
}

/** The client has ended its connection: what it sent before still arrives. */
export function leave(world, client) {
  if (client.link !== undefined) {
    client.link.clientLeft = true
    client.link.down = []
  }
  finish(world, client)
}

/** The server has ended a connection: what it sent before still arrives. */
export function endFromServer(world, conn) {
  for (const client of world.clients) client.ghosts = client.ghosts.filter((ghost) => ghost.conn !== conn)
  const link = linkOf(world, conn)
  if (link !== undefined) {
    link.serverLeft = true
    link.up = []
  }
  for (const client of world.clients) finish(world, client)
}

/** Takes down a connection that one side has ended, once nothing is under way to the other. */
function finish(world, client) {
  const { link } = client
  if (link === undefined) return
  const heardByServer = link.clientLeft && (link.up.length === 0 || link.serverLeft)
  const heardByClient = link.serverLeft && (link.down.length === 0 || link.clientLeft)
  if (heardByServer || heardByClient) endLink(world, client)
}

/** Takes a connection down, and tells the sides that have not ended it. */
function endLink(world, client) {
  const { link } = client
  client.link = undefined
  if (link === undefined) return
  if (!link.clientLeft) client.handle?.disconnected()
  if (!link.serverLeft) world.server.handle?.disconnected(link.conn)
}

/** The connection ends, what was under way is lost, and both sides are told. */
export function dropLink(world, client) {
  endLink(world, client)
  world.pump()
}

/** The connection ends for the client; the server has not noticed. */
export function cut(world, name) {
  const client = world.client(name)
  const link = world.link(name)
  client.link = undefined
  link.down = []
  client.ghosts.push(link)
  handleOf(client).disconnected()
  world.pump()
}

/** What was under way on connections that were cut arrives. */
export function arriveLate(world, name) {
  const server = serverOf(world)
  for (const { conn } of [...world.client(name).ghosts]) {
    for (;;) {
      const frame = ghostOf(world, conn)?.up.shift()
      if (frame === undefined) break
      world.print(`late ${name} ${shown(frame)}`)
      server.receive(conn, frame)
      world.pump()
    }
  }
}

/** The server notices that connections were cut. */
export function bury(world, name) {
  const client = world.client(name)
  const { ghosts } = client
  client.ghosts = []
  for (const ghost of ghosts) serverOf(world).disconnected(ghost.conn)
  world.pump()
}

/** Delivers up to `most` frames one way, and says whether there was one. */
export function deliver(world, client, up, most) {
  let delivered = 0
  while (delivered < most && deliverOne(world, client, up)) delivered += 1
  return delivered > 0
}

function deliverOne(world, client, up) {
  const { link } = client
  if (link === undefined || (up && link.paused)) return false
  const frame = (up ? link.up : link.down).shift()
  if (frame === undefined) return false
  world.print(`${up ? 'up' : 'down'} ${client.name} ${shown(frame)}`)
  if (up) serverOf(world).receive(link.conn, frame)
  else handleOf(client).receive(frame)
  world.pump()
  finish(world, client)
  world.pump()
  return true
}

/** Delivers frames until there are none. */
export function settle(world) {
  for (let moved = true; moved; ) {
    moved = false
    for (const client of world.clients) {
      moved = deliver(world, client, true, Infinity) || moved
      moved = deliver(world, client, false, Infinity) || moved
    }
  }
}
