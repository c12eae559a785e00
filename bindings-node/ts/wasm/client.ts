/** The functions of a client, over the C ABI of the instance. */

import type { ClientBackend } from '../backend.js'
import { type CodeName, codeOf, codes, errorOf, SynclineError } from '../errors.js'
import type { Json, Told } from '../value.js'
import { counter } from '../handle/number.js'
import { blobs as writeBlobs } from './blobs.js'
import { withEdits } from './edits.js'
import { Handles } from './handles.js'
import type { Engine } from './instance.js'
import type { ProposalFate } from '../page/tab.js'
import { CONFIG, FATE, OUTPUT_BYTES, readFate, readOutput, STATUSES } from './layout.js'
import type { ClientOutput } from '../handle/outputs.js'

/** As C numbers them. */
const RESOLUTIONS = ['theirs', 'mine', 'value']
const SEED_BYTES = 32

/** What a key holds, from its JSON text. @internal */
export function toldOf(json: string): Told {
  const first = json.charCodeAt(0)
  // An object or an array stays text, which is parsed where it is wanted.
  if (first === 0x7b || first === 0x5b) return json
  return first === 0x22 ? `"${JSON.parse(json) as string}` : (JSON.parse(json) as Told)
}

/** What clients do whose tabs follow each other; tabs are 16 hexadecimal digits. @internal */
export interface TabFunctions {
  standby(env: number, config: string, seed: Uint8Array, tab: string, now: number): number
  follow(client: number, bytes: Uint8Array, replace: boolean): void
  snapshot(client: number): { record: number; bytes: Uint8Array }
  adopt(client: number, tab: string, bytes: Uint8Array): number
  withdraw(client: number, room: number, proposal: number, code: CodeName): void
  proposeAgain(client: number): void
  fate(client: number, room: number, tab: string, proposal: number, adopted: number): ProposalFate
  forgetTab(client: number, tab: string): void
}

/** Hexadecimal digits of a number of 64 bits. @internal */
export function hex(number: bigint): string {
  return number.toString(16).padStart(16, '0')
}

/** Checks the entropy of a handle. @internal */
export function seedOf(seed: Uint8Array): Uint8Array {
  if (seed.byteLength === SEED_BYTES) return seed
  throw errorOf('InvalidArgument', 'at most 32 bytes of seed, and no fewer', String(seed.byteLength))
}

/** The functions of clients; handles are made in the engine that `engine` gives. @internal */
export function clientFunctions(engine: () => Engine): ClientBackend & { readonly tabs: TabFunctions; readonly find: Handles['find'] } {
  const handles = new Handles()
  /** Where each engine puts the outputs of clients. */
  const outputs = new WeakMap<Engine, number>()

  const place = (engine: Engine): number => {
    const known = outputs.get(engine)
    if (known !== undefined) return known
    const made = engine.keep(OUTPUT_BYTES)
    engine.call('syncline_client_output_init')(made, OUTPUT_BYTES)
    outputs.set(engine, made)
    return made
  }

  /** An edit of one key: `more` writes what comes between the key and the place for the number. */
  const edit = (client: number, room: number, name: string, key: string, json?: string): number => {
    const { engine: e, place } = handles.find(client)
    e.begin()
    const [k, kn] = [e.text(key), e.length]
    const call = e.call(name)
    const status =
      json === undefined
        ? call(place, counter(room, 'room'), k, kn, e.number, e.error)
        : call(place, counter(room, 'room'), k, kn, e.text(json), e.length, e.number, e.error)
    e.ok(status)
    return e.u64(e.number)
  }

  /** An edit of a list: places, then perhaps a value. */
  const editAt = (client: number, room: number, name: string, key: string, at: readonly [number, string][], json?: string): number => {
    const { engine: e, place } = handles.find(client)
    e.begin()
    const [k, kn] = [e.text(key), e.length]
    const places = at.map(([index, what]) => counter(index, what))
    const rest = json === undefined ? [] : [e.text(json), e.length]
    const call = e.call(name) as (...args: number[]) => number
    e.ok(call(place, counter(room, 'room'), k, kn, ...places, ...rest, e.number, e.error))
    return e.u64(e.number)
  }

  /** What takes nothing but the client and perhaps one text. */
  const act = (client: number, name: string, text?: string): void => {
    const { engine: e, place } = handles.find(client)
    const call = e.begin().call(name)
    e.ok(text === undefined ? call(place, e.error) : call(place, e.text(text), e.length, e.error))
  }

  const actIn = (client: number, name: string, room: number): boolean => {
    const { engine: e, place } = handles.find(client)
    return e.ok(e.begin().call(name)(place, counter(room, 'room'), e.error))
  }

  /** A number of a room, if there is one. */
  const ask = <T>(client: number, name: string, room: number, read: (engine: Engine) => T): T | undefined => {
    const { engine: e, place } = handles.find(client)
    const found = e.ok(e.begin().call(name)(place, counter(room, 'room'), e.number, e.error))
    return found ? read(e) : undefined
  }

  /** A number of the whole client, if there is one. */
  const askAll = (client: number, name: string): number | undefined => {
    const { engine: e, place } = handles.find(client)
    return e.ok(e.begin().call(name)(place, e.number, e.error)) ? e.u64(e.number) : undefined
  }

  /** Text about the whole client. */
  const tell = (client: number, name: string, text?: string): string => {
    const { engine: e, place } = handles.find(client)
    const call = e.begin().call(name)
    e.ok(text === undefined ? call(place, e.buffer, e.error) : call(place, e.text(text), e.length, e.buffer, e.error))
    return e.takeText()
  }

  /** Text about a room, or about a key or a prefix of it, if there is any. */
  const tellOf = (client: number, name: string, room: number, key?: string): string | undefined => {
    const { engine: e, place } = handles.find(client)
    const call = e.begin().call(name)
    const number = counter(room, 'room')
    const status =
      key === undefined ? call(place, number, e.buffer, e.error) : call(place, number, e.text(key), e.length, e.buffer, e.error)
    return e.ok(status) ? e.takeText() : undefined
  }

  const told = (json: string | undefined): Told => (json === undefined ? undefined : toldOf(json))

  /** Makes a client: `init` completes its configuration. */
  const make = (config: string, seed: Uint8Array, now: number, init: (e: Engine, at: number) => void, name: string, ...more: (number | bigint)[]): number =>
    handles.keep(() => {
      const e = engine()
      e.begin()
      const [text, length] = [e.text(config), e.length]
      const at = e.struct(CONFIG.bytes)
      e.call('syncline_client_config_init')(at, CONFIG.bytes)
      e.setU32(at + CONFIG.mode, 1)
      e.setU32(at + CONFIG.options, text)
      e.setU32(at + CONFIG.options + 4, length)
      e.setBytes(at + CONFIG.seed, seedOf(seed))
      e.setU64(at + CONFIG.now, counter(now, 'now'))
      init(e, at)
      e.ok((e.call(name) as (...args: (number | bigint)[]) => number)(at, ...more, e.number, e.error))
      return { engine: e, place: e.u32(e.number) }
    })

  const tabOf = (tab: string): bigint => BigInt(`0x${tab}`)

  const tabs: TabFunctions = {
    standby: (_, config, seed, tab, now) => make(config, seed, now, () => {}, 'syncline_client_standby_new', tabOf(tab), 0, 0),
    follow: (client, bytes, replace) => {
      const { engine: e, place } = handles.find(client)
      e.ok(e.begin().call('syncline_client_follow')(place, e.bytes(bytes), e.length, replace ? 1 : 0, e.error))
    },
    snapshot: (client) => {
      const { engine: e, place } = handles.find(client)
      e.ok(e.begin().call('syncline_client_snapshot')(place, e.buffer, e.number, e.error))
      return { record: e.u64(e.number), bytes: e.takeBytes() }
    },
    adopt: (client, tab, bytes) => {
      const { engine: e, place } = handles.find(client)
      e.ok(e.begin().call('syncline_client_adopt')(place, tabOf(tab), e.bytes(bytes), e.length, e.number, e.error))
      return e.u64(e.number)
    },
    withdraw: (client, room, proposal, code) => {
      const { engine: e, place } = handles.find(client)
      e.ok(e.begin().call('syncline_client_withdraw')(place, counter(room, 'room'), BigInt(proposal), codes[code], e.error))
    },
    proposeAgain: (client) => { act(client, 'syncline_client_propose_again') },
    fate: (client, room, tab, proposal, adopted) => {
      const { engine: e, place } = handles.find(client)
      e.begin()
      const at = e.struct(FATE.bytes)
      const [fate, draft, status, op] = [at + FATE.kind, at + FATE.draft, at + FATE.status, at + FATE.op]
      const [made, taken] = [BigInt(proposal), BigInt(adopted)]
      e.ok(e.call('syncline_client_fate')(place, counter(room, 'room'), tabOf(tab), made, taken, fate, draft, status, op, e.error))
      return readFate(e, at)
    },
    forgetTab: (client, tab) => {
      const { engine: e, place } = handles.find(client)
      e.ok(e.begin().call('syncline_client_forget_tab')(place, tabOf(tab), e.error))
    },
  }

  return {
    tabs,
    find: (client) => handles.find(client),
    clientAutomatic: () => {
      throw errorOf('WrongMode', 'a handle in manual mode', 'an automatic one, without threads')
    },
    clientManual: (_, config, seed, blobs, now) =>
      make(config, seed, now, (e, at) => {
        const list = writeBlobs(e, blobs)
        e.setU32(at + CONFIG.blobs, list)
        e.setU32(at + CONFIG.blobs + 4, blobs.length)
      }, 'syncline_client_new'),
    clientListen: (client, on) => {
      const { engine: e, place } = handles.find(client)
      e.ok(e.begin().call('syncline_wasm_client_listen')(place, client, on ? 1 : 0, e.error))
      if (on) e.listeners.add(client)
      else e.listeners.delete(client)
    },
    clientClose: (client) => {
      const { engine: e, place } = handles.find(client)
      handles.forget(client)
      e.listeners.delete(client)
      e.ok(e.begin().call('syncline_client_close')(place, e.number, e.error))
      const pending = e.u64(e.number)
      e.call('syncline_client_free')(place)
      return pending
    },
    clientOutputs: (client) => {
      const { engine: e, place: handle } = handles.find(client)
      const at = place(e)
      const poll = e.call('syncline_client_poll')
      const polled: ClientOutput[] = []
      while (e.ok(poll(handle, at, e.error))) polled.push(readOutput(e, at))
      return polled
    },
    clientNow: (client) => askAll(client, 'syncline_client_now') ?? 0,
    clientSetNow: (client, now) => {
      const { engine: e, place } = handles.find(client)
      e.ok(e.begin().call('syncline_client_set_now')(place, BigInt(counter(now, 'now')), e.error))
    },
    clientDeadline: (client) => askAll(client, 'syncline_client_deadline'),
    clientPersisted: (client, record) => {
      const { engine: e, place } = handles.find(client)
      e.ok(e.begin().call('syncline_client_persisted')(place, BigInt(counter(record, 'record')), e.error))
    },
    clientPersistFailed: (client, message) => {
      const { engine: e, place } = handles.find(client)
      const failed = errorOf('StorageFailed', '', '').number
      e.ok(e.begin().call('syncline_client_persist_failed')(place, failed, e.text(message), e.length, e.error))
    },
    clientAskStored: (client) => askAll(client, 'syncline_client_ask_stored') ?? 0,
    clientStorageError: (client) => {
      const { engine: e, place } = handles.find(client)
      if (!e.ok(e.begin().call('syncline_client_storage_error')(place, e.number, e.error))) return undefined
      const error = e.takeError(e.u32(e.number))
      return error instanceof SynclineError ? [error.code, error.expected, error.actual] : undefined
    },
    clientConnected: (client, token) => { act(client, 'syncline_client_connected', token) },
    clientReceive: (client, frame) => {
      const { engine: e, place } = handles.find(client)
      e.ok(e.begin().call('syncline_client_receive')(place, e.bytes(frame), e.length, e.error))
    },
    clientDisconnected: (client) => { act(client, 'syncline_client_disconnected') },
    clientSetToken: (client, token) => { act(client, 'syncline_client_set_token', token) },
    clientReconnect: (client) => { act(client, 'syncline_client_reconnect') },
    clientOpen: (client, name, writes) => {
      const { engine: e, place } = handles.find(client)
      e.ok(e.begin().call('syncline_client_room_open')(place, e.text(name), e.length, writes ? 1 : 0, e.number, e.error))
      return e.u32(e.number)
    },
    clientCloseRoom: (client, room) => { actIn(client, 'syncline_client_room_close', room) },
    clientForgetRoom: (client, room) => { actIn(client, 'syncline_client_room_forget', room) },
    clientRoom: (client, name) => {
      const { engine: e, place } = handles.find(client)
      const found = e.ok(e.begin().call('syncline_client_room_find')(place, e.text(name), e.length, e.number, e.error))
      return found ? e.u32(e.number) : undefined
    },
    clientRoomName: (client, room) => tellOf(client, 'syncline_client_room_name', room),
    clientFlush: (client) => { act(client, 'syncline_client_flush') },
    clientSetNumber: (client, room, key, value) => {
      const { engine: e, place } = handles.find(client)
      const call = e.begin().call('syncline_client_set_f64')
      e.ok(call(place, counter(room, 'room'), e.text(key), e.length, value, e.number, e.error))
      return e.u64(e.number)
    },
    clientSetText: (client, room, key, value) => edit(client, room, 'syncline_client_set_text', key, value),
    clientSet: (client, room, key, json) => edit(client, room, 'syncline_client_set', key, json),
    clientMerge: (client, room, key, json) => edit(client, room, 'syncline_client_merge', key, json),
    clientAdd: (client, room, key, json) => {
      const { engine: e, place } = handles.find(client)
      const amount: unknown = JSON.parse(json)
      if (typeof amount !== 'number') throw errorOf('WrongType', 'a number', 'another value')
      const call = e.begin().call('syncline_client_add_f64')
      e.ok(call(place, counter(room, 'room'), e.text(key), e.length, amount, e.number, e.error))
      return e.u64(e.number)
    },
    clientDelete: (client, room, key) => edit(client, room, 'syncline_client_delete', key),
    clientInsert: (client, room, key, index, json) =>
      editAt(client, room, 'syncline_client_insert_at', key, [[index, 'index']], json),
    clientRemove: (client, room, key, index) => editAt(client, room, 'syncline_client_remove_at', key, [[index, 'index']]),
    clientMove: (client, room, key, from, to) =>
      editAt(client, room, 'syncline_client_move_to', key, [[from, 'from'], [to, 'to']]),
    clientReplace: (client, room, key, index, json) =>
      editAt(client, room, 'syncline_client_replace_at', key, [[index, 'index']], json),
    clientBatch: (client, room, edits) => {
      const { engine: e, place } = handles.find(client)
      return withEdits(e, edits, () => newItem(e, place), false, (list) => {
        e.ok(e.begin().call('syncline_client_batch')(place, counter(room, 'room'), list, e.number, e.error))
        return e.u64(e.number)
      })
    },
    clientResolve: (client, room, draft, resolution, json) => {
      const { engine: e, place } = handles.find(client)
      const kind = RESOLUTIONS.indexOf(resolution)
      if (kind < 0) throw errorOf('InvalidArgument', 'mine, theirs, or a value', resolution)
      e.begin()
      const [number, at] = [counter(room, 'room'), BigInt(counter(draft, 'draft'))]
      const [text, length] = json === undefined ? [0, 0] : [e.text(json), e.length]
      const made = e.ok(e.call('syncline_client_resolve')(place, number, at, kind, text, length, e.number, e.error))
      return made ? e.u64(e.number) : undefined
    },
    clientNewItem: (client) => {
      const { engine: e, place } = handles.find(client)
      return hex(newItem(e, place))
    },
    clientSetPresence: (client, room, json) => {
      if (json === undefined) {
        actIn(client, 'syncline_client_clear_presence', room)
        return
      }
      const { engine: e, place } = handles.find(client)
      e.ok(e.begin().call('syncline_client_set_presence')(place, counter(room, 'room'), e.text(json), e.length, e.error))
    },
    clientPresences: (client, room) => {
      const text = tellOf(client, 'syncline_client_presences', room) ?? '[]'
      return pairsOf(text, 'id', 'state')
    },
    clientPresenceOwn: (client, room) => told(tellOf(client, 'syncline_client_presence_own', room)),
    clientPresenceMe: (client, room) => ask(client, 'syncline_client_presence_id', room, (e) => e.u32(e.number)),
    clientGet: (client, room, key) => told(tellOf(client, 'syncline_client_get', room, key)),
    clientConfirmedGet: (client, room, key) => told(tellOf(client, 'syncline_client_get_confirmed', room, key)),
    clientGetJson: (client, room, key) => tellOf(client, 'syncline_client_get', room, key),
    clientItems: (client, room, key) => {
      const text = tellOf(client, 'syncline_client_get_items', room, key)
      return text === undefined ? undefined : pairsOf(text, 'id', 'value')
    },
    clientEntries: (client, room, prefix) => {
      const keys = JSON.parse(tellOf(client, 'syncline_client_keys', room, prefix) ?? '[]') as string[]
      const entries = JSON.parse(tellOf(client, 'syncline_client_entries', room, prefix) ?? '{}') as Record<string, Json>
      // An object of JavaScript has an order of its own for names that are numbers.
      return keys.map((key) => [key, entries[key] ?? null])
    },
    clientEntriesJson: (client, room, prefix) => tellOf(client, 'syncline_client_entries', room, prefix) ?? '{}',
    clientKeys: (client, room, prefix) => tellOf(client, 'syncline_client_keys', room, prefix) ?? '[]',
    clientVersion: (client, room) => ask(client, 'syncline_client_room_version', room, (e) => e.u64(e.number)),
    clientEpoch: (client, room) => ask(client, 'syncline_client_room_epoch', room, (e) => hex(e.big(e.number))),
    clientDurability: (client, room) =>
      ask(client, 'syncline_client_room_durability', room, (e) => (e.u32(e.number) === 0 ? 'durable' : 'volatile')),
    clientReady: (client, room) => actIn(client, 'syncline_client_room_ready', room),
    clientDenied: (client, room) => ask(client, 'syncline_client_room_denied', room, (e) => codeOf(e.i32(e.number))),
    clientPending: (client, room) => ask(client, 'syncline_client_room_pending', room, (e) => e.u64(e.number)) ?? 0,
    clientPendingTotal: (client) => askAll(client, 'syncline_client_pending') ?? 0,
    clientStatus: (client, room) => {
      const { engine: e, place } = handles.find(client)
      e.begin()
      const at = e.struct(8)
      const found = e.ok(e.call('syncline_client_room_status')(place, counter(room, 'room'), at, e.number, e.error))
      if (!found) return undefined
      const synced = e.big(e.number)
      return `${STATUSES[e.u32(at)] ?? ''} ${synced === NEVER ? '' : synced}`
    },
    clientOverallStatus: (client) => {
      const { engine: e, place } = handles.find(client)
      e.ok(e.begin().call('syncline_client_status')(place, e.number, e.error))
      return STATUSES[e.u32(e.number)] ?? ''
    },
    clientLimits: (client) => tell(client, 'syncline_client_limits'),
    clientMetrics: (client) => tell(client, 'syncline_client_metrics'),
    clientPrometheus: (client, labels) => tell(client, 'syncline_client_metrics_prometheus', labels),
    clientFlight: (client) => {
      // There are no files.
      handles.find(client)
      return undefined
    },
  }
}

/** How C says that a room was never synced. */
const NEVER = 0xffff_ffff_ffff_ffffn

function newItem(engine: Engine, client: number): bigint {
  engine.ok(engine.begin().call('syncline_client_new_item')(client, engine.number, engine.error))
  return engine.big(engine.number)
}

/** Pairs of an array of objects with two members. @internal */
export function pairsOf<T>(text: string, first: string, second: string): [T, Json][] {
  return (JSON.parse(text) as Record<string, Json>[]).map((each) => [each[first] as T, each[second] ?? null])
}
