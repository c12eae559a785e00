/** Which step does what. */

import { handleOf, newClient, roomOf, startClient } from './client.mjs'
import { batch, edit, hostWrite, number, resolve } from './edits.mjs'
import { bytes, Vain } from './link.mjs'
import { arriveLate, bury, connect, cut, deliver, dropLink, linkOf, refuseConnection, settle } from './network.mjs'
import { ask } from './questions.mjs'
import { answerQuestions, roomNumber, serverOf, startServer } from './server.mjs'
import { bringBack, crash, failClient, failRoom, hold, putAside, release, reopen, spoil } from './storage.mjs'
import { VIEW_STEPS } from './views.mjs'

/** The words of a step that are not read yet. */
class Words {
  #rest

  constructor(words) {
    this.#rest = [...words]
  }

  get isEmpty() {
    return this.#rest.length === 0
  }

  next() {
    const word = this.#rest.shift()
    if (word === undefined) throw new Vain('a word is missing')
    return word
  }

  /** The next word as a number, if there is one. */
  count() {
    return this.isEmpty ? undefined : number(this.next())
  }

  /** All that are left. */
  rest() {
    return this.#rest.splice(0)
  }

  /** Those that are left say nothing any more. */
  skip() {
    this.#rest = []
  }
}

function oneOf(word, first, second) {
  if (word !== first && word !== second) throw new Vain(`${word}: neither ${first} nor ${second}`)
  return word === first
}

/** Does one step. */
export function step(world, all) {
  const words = new Words(all)
  const verb = words.next()
  const steps = STEPS.get(verb)
  if (steps !== undefined) {
    steps(world, words, verb)
  } else {
    const answer = world.told(() => ask(world, verb, words))
    if (answer !== undefined) world.print(answer)
  }
  if (!words.isEmpty) throw new Vain('a word too many')
}

/** A question whose answer is known. */
function check(world, words) {
  const asked = words.rest()
  const expected = asked.pop()
  const question = new Words(asked)
  let answer
  try {
    answer = ask(world, question.next(), question)
  } catch (error) {
    if (error instanceof Vain) throw error
    answer = `! ${world.codeOf(error)}`
  }
  if (!question.isEmpty) throw new Vain('a word too many')
  if (answer !== expected) throw new Vain(`the answer is ${answer}`)
}

function startNewServer(world, words) {
  world.server.options = JSON.parse(words.next())
  if (!words.isEmpty) world.server.durability = words.next()
  startServer(world)
}

function startNewClient(world, words) {
  const client = newClient(words.next(), JSON.parse(words.next()))
  world.clients.push(client)
  startClient(world, client)
}

function open(world, words) {
  const [client, room] = [world.client(words.next()), words.next()]
  const writes = oneOf(words.next(), 'rw', 'ro')
  const number = world.told(() => handleOf(client).open(room, writes))
  if (number !== undefined) client.rooms.set(room, number)
  world.pump()
}

/** A step of one client: what is done with its handle. */
function ofClient(use) {
  return (world, words) => {
    const client = world.client(words.next())
    const handle = handleOf(client)
    world.told(() => use(handle, words, (name) => roomOf(client, name), world))
    world.pump()
  }
}

function presence(handle, words, room, world) {
  const number = room(words.next())
  const word = words.next()
  if (word === 'null') handle.clearPresence(number)
  else handle.setPresence(number, new world.engine.JsonText(word))
}

function fail(world, words) {
  const party = words.next()
  const room = party === 'server' ? words.next() : ''
  const kept = oneOf(words.next(), 'kept', 'lost')
  if (party === 'server') failRoom(world, room, kept)
  else failClient(world, party, kept)
}

/** A step of the host. */
function ofHost(use) {
  return (world, words) => {
    use(world, words.next(), words)
    world.pump()
  }
}

/** A step of the host with an open room; an error is told. */
function ofRoom(use) {
  return ofHost((world, name, words) => {
    const [handle, room] = [serverOf(world), roomNumber(world, name)]
    world.told(() => use(handle, room, words))
  })
}

function answer(what) {
  return ofHost((world, token, words) => {
    world.answers.set(token, what(words))
    answerQuestions(world)
  })
}

/** A step of the network. */
function ofNetwork(use) {
  return (world, words, verb) => {
    use(world, words.next(), words, verb)
    world.pump()
  }
}

function move(world, name, words, verb) {
  deliver(world, world.client(name), verb === 'up', words.count() ?? Infinity)
}

function letPass(world, millis, _words, verb) {
  world.pass(world.now + number(millis) * 1_000, verb === 'run')
}

function tellOneWritable(world, name) {
  const { conn } = world.link(name)
  const link = linkOf(world, conn)
  if (!link.owes) throw new Vain('nothing was transmitted')
  link.owes = false
  serverOf(world).writable(conn)
}

/** Loses, doubles, swaps or forges frames. */
function tamper(world, name, words, verb) {
  const link = world.link(name)
  const queue = oneOf(words.next(), 'up', 'down') ? link.up : link.down
  const need = (count) => {
    if (count === 0 || queue.length < count) throw new Vain('no such frame is under way')
  }
  switch (verb) {
    case 'lose': {
      const count = words.count() ?? queue.length
      need(count)
      queue.splice(0, count)
      break
    }
    case 'double':
      need(1)
      queue.unshift(queue[0])
      break
    case 'swap':
      need(2)
      queue.unshift(...queue.splice(1, 1))
      break
    default:
      queue.push(bytes(words.next()))
  }
}

const editing = (world, words, verb) => edit(world, verb, words)

const STEPS = new Map(
  Object.entries({
    ...VIEW_STEPS,
    quiet: (world) => (world.quiet = true),
    loud: (world) => (world.quiet = false),
    check,
    server: startNewServer,
    client: startNewClient,
    open,
    set: editing,
    delete: editing,
    merge: editing,
    add: editing,
    insert: editing,
    remove: editing,
    move: editing,
    replace: editing,
    batch,
    resolve,
    write: hostWrite,
    closeroom: ofClient((handle, words, room) => handle.closeRoom(room(words.next()))),
    forget: ofClient((handle, words, room) => handle.forgetRoom(room(words.next()))),
    closeclient: ofClient((handle) => handle.close()),
    flush: ofClient((handle) => handle.flush()),
    askstored: ofClient((handle) => handle.askStored()),
    token: ofClient((handle, words) => handle.setToken(words.next())),
    presence: ofClient(presence),
    hold: (world, words) => hold(world, words.next()),
    release: (world, words) => release(world, words.next(), words.count()),
    fail,
    crash: (world, words) => crash(world, words.next()),
    reopen: (world, words) => reopen(world, words.next()),
    putaside: (world, words) => putAside(world, words.next()),
    bringback: (world, words) => bringBack(world, words.next()),
    spoil: (world, words) => spoil(world, words.next(), words.isEmpty ? undefined : words.next()),
    grant: answer((words) => ({ grant: words.rest() })),
    deny: answer((words) => ({ deny: words.next() })),
    later: ofHost((world, token) => world.answers.set(token, { later: true })),
    revoke: ofHost((world, principal) => serverOf(world).revoke(principal)),
    hostopen: ofHost((world, name) => world.told(() => serverOf(world).roomOpen(name))),
    wind_down: ofHost((world, millis, words) => serverOf(world).windDown(number(millis), number(words.next()))),
    shutdown: ofHost((world, millis) => serverOf(world).shutdown(number(millis))),
    hostclose: ofRoom((handle, room) => handle.roomRelease(room)),
    expire: ofRoom((handle, room, words) => handle.roomExpire(room, number(words.next()))),
    unload: ofRoom((handle, room) => handle.roomUnload(room)),
    deleteroom: ofRoom((handle, room) => handle.roomDelete(room)),
    settle: (world) => settle(world),
    tick: ofNetwork(letPass),
    run: ofNetwork(letPass),
    connect: ofNetwork((world, name, words) => connect(world, name, words.isEmpty ? name : words.next())),
    unreachable: ofNetwork(refuseConnection),
    drop: ofNetwork((world, name) => dropLink(world, world.client(name))),
    cut: ofNetwork(cut),
    late: ofNetwork(arriveLate),
    bury: ofNetwork(bury),
    up: ofNetwork(move),
    down: ofNetwork(move),
    slow: ofNetwork((world, name) => (world.link(name).slow = true)),
    fast: ofNetwork((world, name) => (world.link(name).slow = false)),
    writable: ofNetwork(tellOneWritable),
    lose: ofNetwork(tamper),
    double: ofNetwork(tamper),
    swap: ofNetwork(tamper),
    raw: ofNetwork(tamper),
  }),
)
