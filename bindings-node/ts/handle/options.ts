/** How handles are configured, and what they report; names and units are the engine's own. */

/** The bounds that both ends keep. Those that are not given have the engine's defaults. */
export interface Limits {
  /** Bytes of one frame. */
  frame_bytes: number
  /** Bytes of a greeting. */
  hello_bytes: number
  /** Bytes of a token. */
  token_bytes: number
  /** Bytes of a room's name. */
  room_name_bytes: number
  /** Bytes of a key. */
  key_bytes: number
  /** Bytes of one value as JSON. */
  value_bytes: number
  /** Levels of nesting. */
  depth: number
  /** Items of one list or members of one object. */
  items: number
  /** Edits of one mutation. */
  ops: number
  /** Bytes of one mutation, and of what it results in. */
  mutation_bytes: number
  /** Mutations of one client that are sent and not yet told. */
  window: number
  /** Bytes of those mutations. */
  window_bytes: number
  /** Edits in a client's outbox. */
  outbox_edits: number
  /** Bytes of a client's outbox. */
  outbox_bytes: number
  /** Bytes of one participant's presence. */
  presence_bytes: number
  /** Participants that a room shows. */
  presence_count: number
  /** Keys of one room. */
  room_keys: number
  /** Bytes of the keys and values of one room. */
  room_bytes: number
  /** Rooms joined over one connection. */
  connection_rooms: number
  /** Connections of one principal. */
  principal_connections: number
  /** Clients of one principal that a room remembers. */
  principal_registers: number
  /** Clients that a room remembers. */
  room_registers: number
  /** Removed keys that a room remembers. */
  tombstones: number
  /** Bytes of the first part of a large delta. */
  chunk_bytes: number
  /** Rooms that one server holds open. */
  server_rooms: number
  /** Connections of one server. */
  server_connections: number
  /** Frames that one connection may send a minute. */
  frames_minute: number
  /** Bytes that one connection may send a minute. */
  bytes_minute: number
}

/** How long things may take, in milliseconds. Those that are not given have the engine's defaults. */
export interface Timing {
  /** From accepting a connection to a greeting. */
  hello_ms: number
  /** Without a frame from the peer, a connection is dead after this. */
  idle_ms: number
  /** Without a frame to the peer, one is sent after this. */
  heartbeat_ms: number
  /** A frame that has not left for this long ends its connection. */
  stall_ms: number
  /** A participant not heard of for this long is gone. */
  presence_ms: number
  /** Presence is sent at most this often. */
  presence_pause_ms: number
  /** A room without readers is closed after this. */
  room_idle_ms: number
  /** First pause before connecting again. */
  backoff_first_ms: number
  /** Longest pause before connecting again. */
  backoff_most_ms: number
}

/** When a burst of edits is sent. */
export interface Debounce {
  /** Silence after the latest edit that closes the batch, in milliseconds. */
  quiet_ms: number
  /** Longest an edit may wait, in milliseconds. */
  max_wait_ms: number
  /** Edits that close the batch at once. */
  max_edits: number
}

/** How messages look as bytes. */
export type Codec = 'binary' | 'json'

/** Which stale edits a room refuses. */
export type Policy = 'strict' | 'merge' | 'last'

/** What the refusals of keys with one prefix turn into; `custom` asks by a `conflict`. */
export type Resolver = 'keep_theirs' | 'keep_mine' | 'three_way' | 'custom'

/** How a client behaves. A member that is unknown is refused. */
export interface ClientConfig {
  readonly limits?: Readonly<Partial<Limits>>
  readonly timing?: Readonly<Partial<Timing>>
  readonly debounce?: Readonly<Partial<Debounce>>
  /** How messages should look, if the server agrees: binary by default. */
  readonly codec?: Codec
  /** The application's own schema name, for the server's host to judge. */
  readonly schema?: string
  /** Manual mode: whether anything is recorded. True by default. */
  readonly durable?: boolean
  /** Whether the confirmed state is recorded as well. True by default. */
  readonly cache?: boolean
  /** By prefix of keys; the longest decides. */
  readonly resolvers?: Readonly<Record<string, Resolver>>
  /** The file into which all is recorded that the client is given, to be replayed. Not in browsers. */
  readonly flight?: string
  /** The most bytes of that: 64 MiB by default. */
  readonly flight_bytes?: number
}

/** How a server behaves. A member that is unknown is refused. */
export interface ServerConfig {
  readonly limits?: Readonly<Partial<Limits>>
  readonly timing?: Readonly<Partial<Timing>>
  /** The codecs that it speaks: both by default. */
  readonly codecs?: readonly Codec[]
  /** By prefix of keys; the longest decides. `last` by default. */
  readonly policy?: Readonly<Record<string, Policy>>
  /** Whether the host wants `changed`. False by default. */
  readonly watch?: boolean
  /** Puts a digest into every final delta. */
  readonly digest_always?: boolean
  /** Whether the host renders views. False by default. */
  readonly views?: boolean
  /** The file into which all is recorded that the server is given, to be replayed. Not in browsers. */
  readonly flight?: string
  /** The most bytes of that: 64 MiB by default. */
  readonly flight_bytes?: number
}

/** A distribution of times in milliseconds. */
export interface Latency {
  count: number
  sum_ms: number
  mean_ms: number | null
  p50_ms: number | null
  p90_ms: number | null
  p99_ms: number | null
  max_ms: number | null
}

/** What a client or a room has counted. */
export interface Report {
  total: number
  applied: number
  refused: number
  unknown: number
  conflicts: number
  retried: number
  coalesced: number
  pushes: number
  queue_depth: number
  success_rate: number | null
  bytes_in: number
  bytes_out: number
  frames_in: number
  frames_out: number
  resumed_delta: number
  resumed_snapshot: number
  resumed_reset: number
  latency: Latency
}

/** What a client has counted. */
export type ClientReport = Report

/** What a room has counted of its clients' mutations. */
export type RoomMetrics = Report

/** What a server has counted. Reasons are names of codes. */
export interface ServerMetrics {
  connections: number
  rooms: number
  readers: number
  accepted: number
  frames_in: number
  frames_out: number
  bytes_in: number
  bytes_out: number
  closed: Record<string, number>
  faults: Record<string, number>
  denied: Record<string, number>
  events_lost: number
}

/** How far a recording is. */
export interface FlightStatus {
  /** The file. */
  path: string
  /** How many bytes of calls it has, not all of which are written yet. */
  bytes: number
  /** Whether it had no more place; it has all before that. */
  full: boolean
  /** Whether it could not be written any more. */
  failed: boolean
}

/** What there is to know about a room at one moment. */
export interface RoomReport {
  name: string
  /** 16 hexadecimal digits. */
  epoch: string
  /** The durable version. */
  version: number
  /** The version once all that is accepted is durable. */
  stagedVersion: number
  /** 16 hexadecimal digits; equal rooms have equal ones. */
  digest: string
  keys: number
  bytes: number
  readers: number
  registers: number
}

/** How far a room is from its server. */
export type Status = 'synced' | 'pending' | 'offline' | 'degraded'

/** The status of a room, and when all was last well, in microseconds of the handle's clock. */
export interface RoomStatus {
  status: Status
  syncedAt?: number
}

/** Whether what a server says of a room survives its crash. */
export type Durability = 'durable' | 'volatile'
