/** The server, the storage of its rooms, and what its host does about its outputs. */

import { write } from './client.mjs'
import { serverEvent } from './events.mjs'
import { Vain } from './link.mjs'
import { endFromServer, ghostOf, linkOf, ownerOf, setPaused } from './network.mjs'
import { seed } from './world.mjs'

export function newServer() {
  return {
    options: {},
    durability: 'durable',
    /** Undefined before its start and after a crash. */
    handle: undefined,
    restarts: 0,
    /** The names of rooms that are or were open. */
    names: new Map(),
    disks: new Map(),
    /** What storage was when it was put aside. */
    backup: new Map(),
    /** Orders are kept unanswered. */
    held: false,
    orders: [],
    /** Questions that are not answered yet, with the token. */
    questions: [],
  }
}

export function serverOf(world) {
  const { handle } = world.server
  if (handle === undefined) throw new Vain('the server does not run')
  return handle
}

export function roomNumber(world, name) {
  const number = serverOf(world).room(name)
  if (number === undefined) throw new Vain(`${name} is not open at the server`)
  return number
}

/** Starts the server on what is durable of it. */
export function startServer(world) {
  const { server } = world
  server.names.clear()
  server.handle = world.told(() =>
    world.engine.ServerHandle.manual(server.options, server.durability, seed('server', server.restarts), world.now),
  )
  world.pump()
}

export function drainServer(world) {
  let moved = false
  while (world.server.handle !== undefined) {
    const { handle } = world.server
    const outputs = handle.drain()
    if (outputs.length === 0) break
    moved = true
    for (const output of outputs) serve(world, handle, output)
  }
  return moved
}

function serve(world, handle, output) {
  const { server } = world
  switch (output.kind) {
    case 'transmit': {
      const link = linkOf(world, output.conn)
      const way = link ?? ghostOf(world, output.conn)
      link?.down.push(output.bytes)
      if (way !== undefined) way.owes = true
      break
    }
    case 'pause':
    case 'resume':
      setPaused(world, output.conn, output.kind === 'pause')
      break
    case 'close':
      world.print(`close ${ownerOf(world, output.conn)} ${output.code}`)
      endFromServer(world, output.conn)
      break
    case 'authorize':
      server.questions.push(output)
      answerQuestions(world)
      break
    case 'openRoom':
      server.names.set(output.room, output.name)
      order(world, handle, output)
      break
    case 'persist':
      order(world, handle, output)
      break
    case 'closeRoom':
      if (output.delete) server.disks.delete(server.names.get(output.room))
      break
    case 'render':
      world.print(`render ${server.names.get(output.room) ?? `#${output.room}`} ${output.view}`)
      break
    default:
      if (output.kind === 'opened') server.names.set(output.room, output.name)
      world.print(`event server ${serverEvent(world, output)}`)
  }
}

function order(world, handle, output) {
  if (world.server.held) world.server.orders.push(output)
  else carryOutOrder(world, handle, output)
}

/** Does what was ordered, and says so. */
export function carryOutOrder(world, handle, order) {
  if (order.kind === 'openRoom') {
    handle.roomOpened(order.room, world.server.disks.get(world.server.names.get(order.room)) ?? [])
  } else {
    writeOrder(world, order)
    handle.persisted(order.room, order.record)
  }
}

/** Makes what was ordered durable. */
export function writeOrder({ server }, order) {
  const name = server.names.get(order.room)
  if (name === undefined) return
  if (!server.disks.has(name)) server.disks.set(name, [])
  write(server.disks.get(name), order)
}

/** Answers the questions to which the host has an answer. */
export function answerQuestions(world) {
  const { handle, questions } = world.server
  if (handle === undefined) return
  world.server.questions = []
  for (const question of questions) {
    const { request, token } = question
    const answer = world.answers.get(token) ?? { grant: [''] }
    if (answer.later) world.server.questions.push(question)
    else if (answer.deny !== undefined) handle.deny(request, answer.deny)
    else handle.grant(request, token, answer.grant)
  }
}
