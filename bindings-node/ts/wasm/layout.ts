/** Where the fields of C's structs lie in WebAssembly: `ffi/src/wasm.rs` checks these places. */

import { codeOf, errorOf } from '../errors.js'
import {
  type ClientOutput, Conflict, type RefusalFields, Refused, RESUMES, STATUSES, Unknown, type Verdict,
} from '../handle/outputs.js'
import type { ProposalFate } from '../page/tab.js'
import type { Engine } from './instance.js'

export { STATUSES }

/** The fields of a client's configuration. @internal */
export const CONFIG = { mode: 4, options: 16, blobs: 24, seed: 32, now: 64, bytes: 72 } as const

/** Bytes of a client's output. @internal */
export const OUTPUT_BYTES = 208

const AT = {
  kind: 4, draft: 8, by: 16, version: 24, record: 32, room: 40, status: 44, op: 48, verdict: 52, origin: 56, resume: 60,
  syncStatus: 64, replace: 68, sync: 69, retries: 70, bytes: 72, keys: 84, key: 96, mine: 108, base: 120, theirs: 132,
  edits: 144, drafts: 168, expected: 180, got: 192, view: 204,
} as const

function verdict(e: Engine, at: number): Verdict {
  const kind = e.u32(at + AT.verdict)
  if (kind === 1) return { kind: 'applied', version: e.u64(at + AT.version) }
  const code = codeOf(e.i32(at + AT.status))
  return kind === 2 ? { kind: 'refused', code, op: e.u32(at + AT.op) } : { kind: 'unknown', code }
}

function refusal(e: Engine, at: number): RefusalFields {
  return {
    room: e.u32(at + AT.room),
    draft: e.u64(at + AT.draft),
    drafts: JSON.parse(e.textOf(at + AT.drafts)) as number[],
    by: e.u64(at + AT.by),
    code: codeOf(e.i32(at + AT.status)),
    key: e.textOf(at + AT.key),
    mine: e.textOf(at + AT.mine),
    base: e.textOf(at + AT.base),
    theirs: e.textOf(at + AT.theirs),
  }
}

/** Reads one output of a client, copied. @internal */
export function readOutput(e: Engine, at: number): ClientOutput {
  const kind = e.u32(at + AT.kind)
  const room = e.u32(at + AT.room)
  switch (kind) {
    case 1:
      return {
        kind: 'persist',
        record: e.u64(at + AT.record),
        replace: e.u8(at + AT.replace) === 1,
        sync: e.u8(at + AT.sync) === 1,
        bytes: e.bytesOf(at + AT.bytes),
      }
    case 2:
      return { kind: 'connect' }
    case 3:
      return { kind: 'transmit', bytes: e.bytesOf(at + AT.bytes) }
    case 4:
      return { kind: 'disconnect' }
    case 5:
      return { kind: 'propose', room, proposal: e.u64(at + AT.draft), bytes: e.bytesOf(at + AT.bytes) }
    case 32: {
      const keys = JSON.parse(e.textOf(at + AT.keys)) as string[]
      return { kind: 'change', room, origin: e.u32(at + AT.origin) === 1 ? 'remote' : 'local', keys }
    }
    case 33:
      return { kind: 'verdict', room, draft: e.u64(at + AT.draft), verdict: verdict(e, at) }
    case 34:
      return new Refused(refusal(e, at))
    case 35:
      return new Conflict(refusal(e, at))
    case 36:
      return new Unknown(room, e.u64(at + AT.draft), codeOf(e.i32(at + AT.status)), e.textOf(at + AT.edits))
    case 37:
      return { kind: 'ready', room }
    case 38: {
      const resume = RESUMES[e.u32(at + AT.resume) - 1] ?? 'reset'
      const status = e.i32(at + AT.status)
      return status === 0 ? { kind: 'resumed', room, resume } : { kind: 'resumed', room, resume, code: codeOf(status) }
    }
    case 39:
      return { kind: 'diverged', room }
    case 40:
      return { kind: 'denied', room, code: codeOf(e.i32(at + AT.status)), retries: e.u8(at + AT.retries) === 1 }
    case 41: {
      const error = errorOf(codeOf(e.i32(at + AT.status)), e.textOf(at + AT.expected), e.textOf(at + AT.got))
      return { kind: 'failed', error, retries: e.u8(at + AT.retries) === 1 }
    }
    case 42:
      return { kind: 'status', room: room === 0 ? undefined : room, status: STATUSES[e.u32(at + AT.syncStatus)] ?? 'degraded' }
    case 43:
      return { kind: 'presence', room }
    case 44:
      return { kind: 'storageFailed' }
    case 45:
      return { kind: 'view', room, view: e.u32(at + AT.view) }
    case 46:
      return { kind: 'unwatched', room, view: e.u32(at + AT.view), code: codeOf(e.i32(at + AT.status)) }
    case 47:
      return { kind: 'stored', mark: e.u64(at + AT.record) }
    default:
      throw errorOf('Internal', 'an output of a client', `the kind ${kind}`)
  }
}

/** What became of a proposal. @internal */
export const FATE = { kind: 4, draft: 8, status: 16, op: 20, bytes: 24 } as const

/** Reads what became of a proposal. @internal */
export function readFate(e: Engine, at: number): ProposalFate {
  switch (e.u32(at + FATE.kind)) {
    case 1:
      return { fate: 'pending', draft: e.u64(at + FATE.draft) }
    case 2:
      return { fate: 'applied', draft: e.u64(at + FATE.draft) }
    case 3:
      return { fate: 'refused', code: codeOf(e.i32(at + FATE.status)), op: e.u32(at + FATE.op) }
    case 4:
      return { fate: 'unknown' }
    default:
      return { fate: 'unseen' }
  }
}
