/** How events look in lines. */

import { ownerOf } from './network.mjs'

/** An event of a client. */
export function clientEvent(handle, event) {
  const room = event.room === undefined ? '-' : (handle.roomName(event.room) ?? `#${event.room}`)
  const again = event.retries ? 'retries' : 'final'
  switch (event.kind) {
    case 'change':
      return `change ${room} ${event.origin} ${JSON.stringify(event.keys)}`
    case 'verdict': {
      const { kind, version, code, op } = event.verdict
      const what = { applied: version, refused: `${code} ${op}`, unknown: code }[kind]
      return `${kind} ${room} ${event.draft} ${what}`
    }
    case 'refused':
      return `resolved ${sides(room, event)} by ${event.by ?? '-'}`
    case 'conflict':
      return `conflict ${sides(room, event)}`
    case 'unknown':
      return `handed back ${room} ${event.draft} ${event.code} ${event.editsJson}`
    case 'resumed':
      return `resumed ${room} ${event.resume}${event.code === undefined ? '' : ` ${event.code}`}`
    case 'denied':
      return `denied ${room} ${event.code} ${again}`
    case 'failed':
      return `failed ${event.error.code} ${again}`
    case 'status':
      return `status ${room} ${event.status}`
    case 'view':
      return `view ${room} ${event.view}`
    case 'unwatched':
      return `unwatched ${room} ${event.view} ${event.code}`
    case 'stored':
      return `stored ${event.mark}`
    case 'storageFailed':
      return 'storage failed'
    default:
      return `${event.kind} ${room}`
  }
}

function sides(room, { drafts, key, code, mineJson, baseJson, theirsJson }) {
  return `${room} ${drafts.join('+')} ${key} ${code} mine ${mineJson ?? '-'} base ${baseJson ?? '-'} theirs ${theirsJson ?? '-'}`
}

/** An event of the server. */
export function serverEvent(world, event) {
  const room = event.name ?? world.server.names.get(event.room) ?? `#${event.room}`
  switch (event.kind) {
    case 'joined':
      return `joined ${room} ${ownerOf(world, event.conn)} ${event.channel} as ${event.principal}`
    case 'left':
      return `left ${room} ${ownerOf(world, event.conn)} ${event.channel} as ${event.principal} ${event.code ?? '-'}`
    case 'failed':
      return `failed ${room} ${event.error.code}`
    case 'written':
      return `written ${room} ${event.write} ${event.version}`
    case 'writeFailed':
      return `write failed ${room} ${event.write} ${event.error.code}`
    case 'changed':
      return `changed ${room} ${event.version} ${JSON.stringify(event.keys)} by ${JSON.stringify(event.principals)}`
    default:
      return `${event.kind} ${room}`
  }
}
