/** What storage does: answers late, fails, is lost, is put aside and brought back. */

import { handleOf, startClient, write } from './client.mjs'
import { Vain } from './link.mjs'
import { dropLink } from './network.mjs'
import { carryOutOrder, roomNumber, serverOf, startServer, writeOrder } from './server.mjs'

const partyOf = (world, name) => (name === 'server' ? world.server : world.client(name))

export function hold(world, name) {
  partyOf(world, name).held = true
}

/** Carries out orders that were held, and answers them. With a number, the others stay held. */
export function release(world, name, most = Infinity) {
  const party = partyOf(world, name)
  party.held = most !== Infinity
  for (let done = 0; done < most; done += 1) {
    const order = party.orders.shift()
    if (order === undefined) break
    if (name === 'server') {
      carryOutOrder(world, serverOf(world), order)
    } else {
      write(party.blobs, order)
      handleOf(party).persisted(order.record)
    }
  }
  world.pump()
}

function takeOrders(party) {
  const { orders } = party
  party.held = false
  party.orders = []
  return orders
}

/** Storage fails; what was ordered is nevertheless there if `kept`. */
export function failClient(world, name, kept) {
  const client = world.client(name)
  for (const order of takeOrders(client)) if (kept) write(client.blobs, order)
  handleOf(client).persistFailed('a failure')
  world.pump()
}

/** Storage of one room fails; what was ordered is nevertheless there if `kept`. */
export function failRoom(world, name, kept) {
  const number = roomNumber(world, name)
  for (const order of takeOrders(world.server)) {
    if (order.kind === 'persist' && kept && order.room === number) writeOrder(world, order)
  }
  serverOf(world).roomFailed(number, 'a failure')
  world.pump()
}

/** The process dies: what was not answered is lost, and so are its connections. */
export function crash(world, name) {
  const party = partyOf(world, name)
  const { handle } = party
  party.handle = undefined
  if (handle !== undefined) world.unlessClosed(() => handle.close())
  takeOrders(party)
  if (name !== 'server') {
    dropLink(world, party)
    return
  }
  party.questions = []
  for (const client of world.clients) {
    client.ghosts = []
    dropLink(world, client)
  }
}

export function reopen(world, name) {
  const party = partyOf(world, name)
  party.restarts += 1
  if (name === 'server') startServer(world)
  else startClient(world, party)
}

const copyOf = (disks) => new Map([...disks].map(([name, blobs]) => [name, [...blobs]]))

export function putAside(world, name) {
  const party = partyOf(world, name)
  if (name === 'server') party.backup = copyOf(party.disks)
  else party.backup = [...party.blobs]
}

/** Storage is again what it was when it was put aside; nothing if it never was. */
export function bringBack(world, name) {
  const party = partyOf(world, name)
  if (name === 'server') party.disks = copyOf(party.backup)
  else party.blobs = [...party.backup]
}

/** Spoils a byte of what is durable. */
export function spoil(world, name, room) {
  const blobs = name === 'server' ? world.server.disks.get(room) : world.client(name).blobs
  if (blobs?.[0] === undefined || blobs[0].length === 0) throw new Vain('nothing to spoil')
  // A copy: a backup may have the same bytes.
  blobs[0] = Uint8Array.from(blobs[0], (byte, at) => (at === 0 ? byte ^ 0x80 : byte))
}
