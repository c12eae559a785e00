/** The functions of a server, over the C ABI of the instance: for what runs both ends in one place, as the shared scenarios do. */

import type { ServerBackend } from '../backend.js'
import { codeOf, codes, errorOf, isCode } from '../errors.js'
import { counter } from '../handle/number.js'
import type { ServerOutput } from '../handle/outputs.js'
import { blobs as writeBlobs } from './blobs.js'
import { hex, pairsOf, seedOf } from './client.js'
import { withEdits } from './edits.js'
import { Handles } from './handles.js'
import type { Engine } from './instance.js'

/** The fields of a server's configuration. */
const CONFIG = { mode: 4, durability: 8, options: 24, seed: 32, now: 64, bytes: 72 } as const
const OUTPUT_BYTES = 168
const AT = {
  kind: 4, conn: 8, request: 16, write: 24, version: 32, record: 40, dropped: 48, room: 56, channel: 60, status: 64,
  replace: 68, sync: 69, remove: 70, bytes: 72, name: 84, principal: 96, token: 108, schema: 120, message: 132, keys: 144,
  principals: 156,
} as const
const REPORT = { epoch: 8, version: 16, staged: 24, digest: 32, keys: 40, bytes: 48, readers: 56, registers: 64, size: 72 } as const

function readOutput(e: Engine, at: number): ServerOutput {
  const room = e.u32(at + AT.room)
  const conn = e.u64(at + AT.conn)
  const name = (): string => e.textOf(at + AT.name)
  const channel = e.u32(at + AT.channel)
  const principal = (): string => e.textOf(at + AT.principal)
  const status = e.i32(at + AT.status)
  const error = () => errorOf(codeOf(status), 'what the message says', e.textOf(at + AT.message))
  const kind = e.u32(at + AT.kind)
  switch (kind) {
    case 1:
      return { kind: 'transmit', conn, bytes: e.bytesOf(at + AT.bytes) }
    case 2:
      return { kind: 'pause', conn }
    case 3:
      return { kind: 'resume', conn }
    case 4:
      return { kind: 'close', conn, code: codeOf(status) }
    case 5: {
      const [token, schema] = [e.textOf(at + AT.token), e.textOf(at + AT.schema)]
      return { kind: 'authorize', conn, request: e.u64(at + AT.request), token, schema, room: name() }
    }
    case 6:
      return { kind: 'openRoom', room, name: name() }
    case 7: {
      const [replace, sync] = [e.u8(at + AT.replace) === 1, e.u8(at + AT.sync) === 1]
      return { kind: 'persist', room, record: e.u64(at + AT.record), replace, sync, bytes: e.bytesOf(at + AT.bytes) }
    }
    case 8:
      return { kind: 'closeRoom', room, delete: e.u8(at + AT.remove) === 1 }
    case 32:
      return { kind: 'joined', room, conn, channel, principal: principal() }
    case 33:
      return { kind: 'left', room, conn, channel, principal: principal(), ...(status !== 0 && { code: codeOf(status) }) }
    case 34:
      return { kind: 'opened', room, name: name(), droppedBytes: e.u64(at + AT.dropped) }
    case 35:
      return { kind: 'failed', room, name: name(), error: error() }
    case 36:
      return { kind: 'closed', room, name: name() }
    case 37:
      return { kind: 'written', room, write: e.u64(at + AT.write), version: e.u64(at + AT.version) }
    case 38:
      return { kind: 'writeFailed', room, write: e.u64(at + AT.write), error: error() }
    case 39: {
      const list = (place: number): string[] => JSON.parse(e.textOf(place)) as string[]
      return {
        kind: 'changed', room, version: e.u64(at + AT.version), keys: list(at + AT.keys), principals: list(at + AT.principals),
      }
    }
    default:
      throw errorOf('Internal', 'an output of a server', `the kind ${kind}`)
  }
}

/** The functions of servers; handles are made in the engine that `engine` gives. @internal */
export function serverFunctions(engine: () => Engine): ServerBackend {
  const handles = new Handles()

  /** Calls a function of a server: `more` are what stands between it and the place of the error. */
  const call = (server: number, name: string, more: (e: Engine) => (number | bigint)[] = () => []): Engine | undefined => {
    const { engine: e, place } = handles.find(server)
    e.begin()
    const args = more(e)
    const found = e.ok((e.call(name) as (...args: (number | bigint)[]) => number)(place, ...args, e.error))
    return found ? e : undefined
  }
  const text = (server: number, name: string, more: (e: Engine) => (number | bigint)[] = () => []): string =>
    call(server, name, (e) => [...more(e), e.buffer])?.takeText() ?? ''
  const conn = (number: number): bigint => BigInt(counter(number, 'conn'))
  const no = (number: number): number => counter(number, 'room')
  const words = (e: Engine, word: string): number[] => [e.text(word), e.length]

  const held = (server: number, name: string, room: number, key: string): [string, string] | undefined => {
    const e = call(server, name, (e) => [no(room), ...words(e, key), e.number, e.buffer])
    return e === undefined ? undefined : [String(e.u64(e.number)), e.takeText()]
  }

  return {
    serverAutomatic: () => {
      throw errorOf('WrongMode', 'a handle in manual mode', 'an automatic one, without threads')
    },
    serverManual: (_, options, durable, seed, now) =>
      handles.keep(() => {
        const e = engine()
        e.begin()
        const [text, length] = [e.text(options), e.length]
        const at = e.struct(CONFIG.bytes)
        e.call('syncline_server_config_init')(at, CONFIG.bytes)
        e.setU32(at + CONFIG.mode, 1)
        e.setU32(at + CONFIG.durability, durable ? 0 : 1)
        e.setU32(at + CONFIG.options, text)
        e.setU32(at + CONFIG.options + 4, length)
        e.setBytes(at + CONFIG.seed, seedOf(seed))
        e.setU64(at + CONFIG.now, counter(now, 'now'))
        e.ok(e.call('syncline_server_new')(at, e.number, e.error))
        return { engine: e, place: e.u32(e.number) }
      }),
    serverListen: (server, on) => { call(server, 'syncline_wasm_server_listen', () => [server, on ? 1 : 0]) },
    serverClose: (server) => {
      const { engine: e, place } = handles.find(server)
      call(server, 'syncline_server_close')
      handles.forget(server)
      e.call('syncline_server_free')(place)
    },
    serverOutputs: (server) => {
      const { engine: e, place } = handles.find(server)
      const at = e.keep(OUTPUT_BYTES)
      e.call('syncline_server_output_init')(at, OUTPUT_BYTES)
      const outputs: ServerOutput[] = []
      while (e.ok(e.call('syncline_server_poll')(place, at, e.error))) outputs.push(readOutput(e, at))
      e.free(at, OUTPUT_BYTES)
      return outputs
    },
    serverSetNow: (server, now) => { call(server, 'syncline_server_set_now', () => [BigInt(counter(now, 'now'))]) },
    serverDeadline: (server) => {
      const e = call(server, 'syncline_server_deadline', (e) => [e.number])
      return e?.u64(e.number)
    },
    serverConnected: (server, number) => { call(server, 'syncline_server_connected', () => [conn(number)]) },
    serverReceive: (server, number, frame) => {
      call(server, 'syncline_server_receive', (e) => [conn(number), e.bytes(frame), e.length])
    },
    serverWritable: (server, number) => { call(server, 'syncline_server_writable', () => [conn(number)]) },
    serverDisconnected: (server, number) => { call(server, 'syncline_server_disconnected', () => [conn(number)]) },
    serverGrant: (server, request, principal, write) => {
      call(server, 'syncline_server_grant', (e) => {
        const name = words(e, principal)
        const list = writeBlobs(e, write.map((prefix) => new TextEncoder().encode(prefix)))
        return [BigInt(counter(request, 'request')), ...name, list, write.length]
      })
    },
    serverDeny: (server, request, code) => {
      if (!isCode(code)) throw errorOf('InvalidArgument', 'the name of a code', code)
      call(server, 'syncline_server_deny', () => [BigInt(counter(request, 'request')), codes[code]])
    },
    serverRevoke: (server, principal) => { call(server, 'syncline_server_revoke', (e) => words(e, principal)) },
    serverWindDown: (server, millis, within) => {
      call(server, 'syncline_server_wind_down', () => [BigInt(counter(millis, 'retryAfterMs')), BigInt(counter(within, 'withinMs'))])
    },
    serverShutdown: (server, millis) => {
      call(server, 'syncline_server_shutdown', () => [BigInt(counter(millis, 'retryAfterMs'))])
    },
    serverLimits: (server) => text(server, 'syncline_server_limits'),
    serverMetrics: (server) => text(server, 'syncline_server_metrics'),
    serverPrometheus: (server, labels) => text(server, 'syncline_server_metrics_prometheus', (e) => words(e, labels)),
    serverFlight: (server) => {
      // There are no files.
      handles.find(server)
      return undefined
    },
    serverRoomOpened: (server, room, blobs) => {
      call(server, 'syncline_server_room_opened', (e) => [no(room), writeBlobs(e, blobs), blobs.length])
    },
    serverRoomFailed: (server, room, message) => {
      call(server, 'syncline_server_room_failed', (e) => [no(room), codes.StorageFailed, ...words(e, message)])
    },
    serverPersisted: (server, room, record) => {
      call(server, 'syncline_server_persisted', () => [no(room), BigInt(counter(record, 'record'))])
    },
    serverRoomOpen: (server, name) => {
      const e = call(server, 'syncline_server_room_open', (e) => [...words(e, name), e.number])
      return e?.u32(e.number) ?? 0
    },
    serverRoomRelease: (server, room) => { call(server, 'syncline_server_room_release', () => [no(room)]) },
    serverRoomUnload: (server, room) => { call(server, 'syncline_server_room_unload', () => [no(room)]) },
    serverRoomDelete: (server, room) => { call(server, 'syncline_server_room_delete', () => [no(room)]) },
    serverRoom: (server, name) => {
      const e = call(server, 'syncline_server_room_find', (e) => [...words(e, name), e.number])
      return e?.u32(e.number)
    },
    serverRooms: (server) => pairsOf<number>(text(server, 'syncline_server_rooms'), 'room', 'name') as [number, string][],
    serverRoomWrite: (server, room, edits) => {
      const { engine: e, place } = handles.find(server)
      return withEdits(e, edits, () => newItem(e, place), true, (list) => {
        e.ok(e.begin().call('syncline_server_room_write')(place, no(room), list, e.number, e.error))
        return e.u64(e.number)
      })
    },
    serverRoomGet: (server, room, key) => held(server, 'syncline_server_room_get', room, key),
    serverRoomStaged: (server, room, key) => held(server, 'syncline_server_room_staged', room, key),
    serverRoomEntries: (server, room, prefix) => {
      const entries = text(server, 'syncline_server_room_entries', (e) => [no(room), ...words(e, prefix)])
      return Object.entries(JSON.parse(entries) as Record<string, never>)
    },
    serverRoomEntriesJson: (server, room, prefix) =>
      text(server, 'syncline_server_room_entries', (e) => [no(room), ...words(e, prefix)]),
    serverRoomReport: (server, room) => {
      const { engine: e, place } = handles.find(server)
      const at = e.begin().struct(REPORT.size)
      e.call('syncline_room_report_init')(at, REPORT.size)
      e.ok(e.call('syncline_server_room_report')(place, no(room), at, e.buffer, e.error))
      return {
        name: e.takeText(),
        epoch: hex(e.big(at + REPORT.epoch)),
        version: e.u64(at + REPORT.version),
        stagedVersion: e.u64(at + REPORT.staged),
        digest: hex(e.big(at + REPORT.digest)),
        keys: e.u64(at + REPORT.keys),
        bytes: e.u64(at + REPORT.bytes),
        readers: e.u64(at + REPORT.readers),
        registers: e.u64(at + REPORT.registers),
      }
    },
    serverRoomMetrics: (server, room) => text(server, 'syncline_server_room_metrics', () => [no(room)]),
    serverRoomPresences: (server, room) => pairsOf(text(server, 'syncline_server_room_presences', () => [no(room)]), 'id', 'state'),
    serverRoomExport: (server, room) =>
      call(server, 'syncline_server_room_export', (e) => [no(room), e.buffer])?.takeBytes() ?? new Uint8Array(),
    serverRoomExpire: (server, room, version) => {
      call(server, 'syncline_server_room_expire', () => [no(room), BigInt(counter(version, 'version'))])
    },
    serverRoomRenew: (server, room) => { call(server, 'syncline_server_room_renew', () => [no(room)]) },
    serverNewItem: (server) => {
      const { engine: e, place } = handles.find(server)
      return hex(newItem(e, place))
    },
  }
}

function newItem(e: Engine, server: number): bigint {
  e.ok(e.begin().call('syncline_server_new_item')(server, e.number, e.error))
  return e.big(e.number)
}
