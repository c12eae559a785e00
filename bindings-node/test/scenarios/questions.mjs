/** The questions that a step can ask, and a check can know the answer to. */

import { handleOf, roomOf } from './client.mjs'
import { Vain } from './link.mjs'
import { serverOf } from './server.mjs'
import { askViews } from './views.mjs'

const OF_HOST = ['hostget', 'hoststaged', 'hostentries', 'hostversion', 'hostpresences', 'registers', 'readers', 'roommetric']

/** The answer to a question; an error that the engine has for it is thrown. */
export function ask(world, question, words) {
  const ofViews = askViews(world, question, words)
  if (ofViews !== undefined) return ofViews
  if (OF_HOST.includes(question)) return askHost(world, question, words)
  if (question === 'hostmetric') return member(serverOf(world).metrics(), words.next())
  if (question === 'hostrooms') {
    return JSON.stringify(
      serverOf(world)
        .rooms()
        .map(([room, name]) => ({ room, name })),
    )
  }
  return askClient(world, question, words)
}

function askClient(world, question, words) {
  const client = world.client(words.next())
  const handle = handleOf(client)
  if (question === 'metric') return member(handle.metrics(), words.next())
  if (question === 'status' && words.isEmpty) return handle.overallStatus()
  const room = roomOf(client, words.next())
  switch (question) {
    case 'get':
      return handle.getJson(room, words.next()) ?? '-'
    case 'confirmed':
      return JSON.stringify(handle.confirmedGet(room, words.next())) ?? '-'
    case 'entries':
      return handle.entriesJson(room, words.next())
    case 'version':
      return String(handle.version(room) ?? 0)
    case 'pending':
      return String(handle.pending(room))
    case 'ready':
      return handle.ready(room) ? 'yes' : 'no'
    case 'denied':
      return handle.denied(room) ?? '-'
    case 'status':
      return handle.status(room)?.status ?? 'closed'
    case 'presences':
      return participants(handle.presences(room))
    case 'own':
      return JSON.stringify(handle.presenceOwn(room)) ?? '-'
    default:
      throw new Vain(`${question}: no such question`)
  }
}

function askHost(world, question, words) {
  const handle = serverOf(world)
  const room = handle.room(words.next())
  if (room === undefined) {
    words.skip()
    return 'closed'
  }
  switch (question) {
    case 'hostget':
      return handle.roomGetJson(room, words.next())?.join(' ') ?? '-'
    case 'hoststaged':
      return handle.roomStagedJson(room, words.next())?.join(' ') ?? '-'
    case 'hostentries':
      return handle.roomEntriesJson(room, words.next())
    case 'hostpresences':
      return participants(handle.roomPresences(room))
    case 'roommetric':
      return member(handle.roomMetrics(room), words.next())
    default:
      return String(handle.roomReport(room)[{ hostversion: 'version' }[question] ?? question])
  }
}

/** The number in a report where its name stands first. */
function member(report, name) {
  const [, rest] = JSON.stringify(report).split(`"${name}":`)
  return rest === undefined ? '-' : rest.split(/[,}]/)[0]
}

function participants(others) {
  return JSON.stringify(others.map(([id, state]) => ({ id, state })))
}
