/** How the native library's outputs are read, one field after another; `src/drain/` says how they look. */

import type { Reader } from '../drain.js'
import { type ClientOutput, Conflict, type RefusalFields, Refused, RESUMES, type ServerOutput, STATUSES, Unknown, type Verdict } from './outputs.js'

function refusal(reader: Reader): RefusalFields {
  return {
    room: reader.small(),
    draft: reader.large(),
    drafts: reader.numbers(),
    by: reader.large(),
    code: reader.code(),
    key: reader.text(),
    mine: reader.text(),
    base: reader.text(),
    theirs: reader.text(),
  }
}

function verdict(reader: Reader): Verdict {
  const kind = reader.byte()
  if (kind === 1) return { kind: 'applied', version: reader.large() }
  const code = reader.code()
  return kind === 2 ? { kind: 'refused', code, op: reader.small() } : { kind: 'unknown', code }
}

function resumed(reader: Reader): ClientOutput {
  const room = reader.small()
  const resume = RESUMES[reader.byte() - 1] ?? 'reset'
  const code = reader.codeOrNone()
  return code === undefined ? { kind: 'resumed', room, resume } : { kind: 'resumed', room, resume, code }
}

function status(reader: Reader): ClientOutput {
  const room = reader.small()
  const status = STATUSES[reader.byte()] ?? 'degraded'
  return { kind: 'status', room: room === 0 ? undefined : room, status }
}

function failed(reader: Reader): ClientOutput {
  const retries = reader.flag()
  return { kind: 'failed', error: reader.error(), retries }
}

/** Reads one output of a client. @internal */
export function clientOutput(reader: Reader): ClientOutput {
  const kind = reader.byte()
  switch (kind) {
    case 1:
      return { kind: 'persist', record: reader.large(), replace: reader.flag(), sync: reader.flag(), bytes: reader.bytes() }
    case 2:
      return { kind: 'connect' }
    case 3:
      return { kind: 'transmit', bytes: reader.bytes() }
    case 4:
      return { kind: 'disconnect' }
    case 5:
      return { kind: 'propose', room: reader.small(), proposal: reader.large(), bytes: reader.bytes() }
    case 32:
      return { kind: 'change', room: reader.small(), origin: reader.flag() ? 'remote' : 'local', keys: reader.texts() }
    case 33:
      return { kind: 'verdict', room: reader.small(), draft: reader.large(), verdict: verdict(reader) }
    case 34:
      return new Refused(refusal(reader))
    case 35:
      return new Conflict(refusal(reader))
    case 36:
      return new Unknown(reader.small(), reader.large(), reader.code(), reader.text())
    case 37:
      return { kind: 'ready', room: reader.small() }
    case 38:
      return resumed(reader)
    case 39:
      return { kind: 'diverged', room: reader.small() }
    case 40:
      return { kind: 'denied', room: reader.small(), code: reader.code(), retries: reader.flag() }
    case 41:
      return failed(reader)
    case 42:
      return status(reader)
    case 43:
      return { kind: 'presence', room: reader.small() }
    case 44:
      return { kind: 'storageFailed' }
    case 45:
      return { kind: 'view', room: reader.small(), view: reader.small() }
    case 46:
      return { kind: 'unwatched', room: reader.small(), view: reader.small(), code: reader.code() }
    case 47:
      return { kind: 'stored', mark: reader.large() }
    default:
      throw new Error(`an output of a client of the kind ${kind}`)
  }
}

function authorize(reader: Reader): ServerOutput {
  const conn = reader.large()
  const request = reader.large()
  return { kind: 'authorize', conn, request, token: reader.text(), schema: reader.text(), room: reader.text() }
}

function left(reader: Reader): ServerOutput {
  const room = reader.small()
  const conn = reader.large()
  const channel = reader.small()
  const principal = reader.text()
  const code = reader.codeOrNone()
  return code === undefined
    ? { kind: 'left', room, conn, channel, principal }
    : { kind: 'left', room, conn, channel, principal, code }
}

/** Reads one output of a server. @internal */
export function serverOutput(reader: Reader): ServerOutput {
  const kind = reader.byte()
  switch (kind) {
    case 1:
      return { kind: 'transmit', conn: reader.large(), bytes: reader.bytes() }
    case 2:
      return { kind: 'pause', conn: reader.large() }
    case 3:
      return { kind: 'resume', conn: reader.large() }
    case 4:
      return { kind: 'close', conn: reader.large(), code: reader.code() }
    case 5:
      return authorize(reader)
    case 6:
      return { kind: 'openRoom', room: reader.small(), name: reader.text() }
    case 7: {
      const room = reader.small()
      const record = reader.large()
      return { kind: 'persist', room, record, replace: reader.flag(), sync: reader.flag(), bytes: reader.bytes() }
    }
    case 8:
      return { kind: 'closeRoom', room: reader.small(), delete: reader.flag() }
    case 9:
      return { kind: 'render', room: reader.small(), view: reader.text() }
    case 32:
      return { kind: 'joined', room: reader.small(), conn: reader.large(), channel: reader.small(), principal: reader.text() }
    case 33:
      return left(reader)
    case 34:
      return { kind: 'opened', room: reader.small(), name: reader.text(), droppedBytes: reader.large() }
    case 35:
      return { kind: 'failed', room: reader.small(), name: reader.text(), error: reader.error() }
    case 36:
      return { kind: 'closed', room: reader.small(), name: reader.text() }
    case 37:
      return { kind: 'written', room: reader.small(), write: reader.large(), version: reader.large() }
    case 38:
      return { kind: 'writeFailed', room: reader.small(), write: reader.large(), error: reader.error() }
    case 39: {
      const room = reader.small()
      const version = reader.large()
      return { kind: 'changed', room, version, keys: reader.texts(), principals: reader.texts() }
    }
    default:
      throw new Error(`an output of a server of the kind ${kind}`)
  }
}
