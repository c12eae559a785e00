/** The steps in which somebody writes. */

import { handleOf, roomOf } from './client.mjs'
import { Vain } from './link.mjs'
import { roomNumber, serverOf } from './server.mjs'

/** A number of a step. */
export function number(word) {
  if (!/^\d+$/.test(word)) throw new Vain(`${word}: no number`)
  return Number(word)
}

const item = (word) => word.padStart(16, '0')
const neighbour = (word) => (word === '-' ? undefined : item(word))

/** The next edits of a list of them. */
function edits(world, words) {
  const { Edits, JsonText } = world.engine
  const edits = new Edits()
  const json = () => new JsonText(words.next())
  const index = () => number(words.next())
  const near = () => ({ left: neighbour(words.next()), right: neighbour(words.next()) })
  while (!words.isEmpty) {
    const [verb, key] = [words.next(), words.next()]
    switch (verb) {
      case 'set':
      case 'merge':
      case 'add':
        edits[verb](key, json())
        break
      case 'delete':
      case 'expect':
        edits[verb](key)
        break
      case 'require':
        edits.expect(key, { ifVersion: number(words.next()) })
        break
      case 'insertat': {
        const [at, id] = [index(), item(words.next())]
        edits.insert(key, at, json(), { item: id })
        break
      }
      case 'removeat':
        edits.remove(key, index())
        break
      case 'moveto':
        edits.move(key, index(), index())
        break
      case 'replaceat':
        edits.replace(key, index(), json())
        break
      case 'insert': {
        const [id, place] = [item(words.next()), near()]
        edits.insertItem(key, id, json(), place)
        break
      }
      case 'remove':
        edits.removeItem(key, item(words.next()))
        break
      case 'move':
        edits.moveItem(key, item(words.next()), near())
        break
      case 'replace':
        edits.replaceItem(key, item(words.next()), json())
        break
      default:
        throw new Vain(`${verb}: no edit`)
    }
  }
  return edits
}

function printMade(world, what, make) {
  const made = world.told(make)
  if (made !== undefined) world.print(`${what} ${made}`)
  world.pump()
}

/** `NAME ROOM KEY …` */
export function edit(world, verb, words) {
  const client = world.client(words.next())
  const [handle, room, key] = [handleOf(client), roomOf(client, words.next()), words.next()]
  const json = (text) => new world.engine.JsonText(text)
  printMade(world, 'draft', () => {
    switch (verb) {
      case 'insert':
      case 'replace': {
        const at = number(words.next())
        return handle[verb](room, key, at, json(words.next()))
      }
      case 'remove':
        return handle.remove(room, key, number(words.next()))
      case 'move':
        return handle.move(room, key, number(words.next()), number(words.next()))
      case 'delete':
        return handle.delete(room, key)
      default:
        return handle[verb](room, key, json(words.next()))
    }
  })
}

/** `NAME ROOM [EDIT KEY …]…` */
export function batch(world, words) {
  const client = world.client(words.next())
  const [handle, room] = [handleOf(client), roomOf(client, words.next())]
  printMade(world, 'draft', () => handle.batch(room, edits(world, words)))
}

/** `NAME ROOM DRAFT mine|theirs|JSON` */
export function resolve(world, words) {
  const client = world.client(words.next())
  const [handle, room, draft] = [handleOf(client), roomOf(client, words.next()), number(words.next())]
  const word = words.next()
  printMade(world, 'draft', () => {
    const keep = word === 'mine' || word === 'theirs'
    return handle.resolve(room, draft, keep ? { keep: word } : { value: new world.engine.JsonText(word) })
  })
}

/** `ROOM [EDIT KEY …]…` */
export function hostWrite(world, words) {
  const room = roomNumber(world, words.next())
  printMade(world, 'write', () => serverOf(world).roomWrite(room, edits(world, words)))
}
