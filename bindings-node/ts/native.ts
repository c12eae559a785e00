/** Where the native half of the package is, and what to do when it is not there. */

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import type { Backend } from './backend.js'
import { drain } from './drain.js'
import { errorFrom } from './errors.js'
import type { RoomReport } from './handle/options.js'
import { clientOutput, serverOutput } from './handle/reading.js'
import { load as bring } from './require.cjs'
import type { EngineSource } from './source.js'
import type { Json } from './value.js'
import type { ViewBackend } from './view/backend.js'

/** The package's own folder, seen from the compiled files. */
const HOME = '../..'

/** Says where the native library lies, for a place of one's own. */
const OVERRIDE = 'SYNCLINE_NATIVE_LIBRARY'

/** The system as the names of the platform packages say it, such as `linux-x64-gnu`. */
function target(): string {
  const { platform, arch } = process
  if (platform === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`
}

/** Whether programs of this system use musl as their C library. */
function isMusl(): boolean {
  try {
    return readFileSync('/usr/bin/ldd', 'latin1').includes('musl')
  } catch {
    const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
    return report !== undefined && report.header?.glibcVersionRuntime === undefined
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === 'MODULE_NOT_FOUND'
}

/** Loads the library: from the place that the environment says, from a local build, or from the platform's package. */
function find(): unknown {
  const override = process.env[OVERRIDE]
  const system = target()
  if (override !== undefined && override !== '') {
    try {
      return bring(resolve(override))
    } catch (error) {
      throw unusable(`the native library ${override}, which ${OVERRIDE} names, cannot be loaded`, system, error)
    }
  }
  const wanted = `syncline-${system}`
  for (const place of [`${HOME}/syncline.${system}.node`, wanted]) {
    try {
      return bring(place)
    } catch (error) {
      if (!isMissing(error)) throw unusable(`the native library ${place} cannot be loaded`, system, error)
    }
  }
  throw unusable(`the package ${wanted} is not installed`, system, undefined)
}

function unusable(what: string, system: string, cause: unknown): Error {
  const { version } = bring(`${HOME}/package.json`) as { version: string }
  const message = [
    `syncline ${version}: ${what}.`,
    `  This is ${system} (platform ${process.platform}, arch ${process.arch}, Node.js ${process.version}).`,
    `  It is an optional dependency: install without --omit=optional or --no-optional. If a lock file was made on another`,
    `  system, delete node_modules and the lock file, and install again; or add it yourself:`,
    `    npm install syncline-${system}@${version}`,
    `  If there is no such package, build from source and say where the library is with ${OVERRIDE}=/path/to/syncline.node`,
  ]
  if (cause instanceof Error) message.push(`  The cause: ${cause.message}`)
  return new Error(message.join('\n'), { cause })
}

/** What crosses as text or in a buffer, as the library has it. */
interface Native {
  clientDrain(client: number, buffer: Uint8Array): number
  clientBatch(client: number, room: number, edits: string): number
  clientPresences(client: number, room: number): string
  clientItems(client: number, room: number, key: string): string | undefined
  clientEntries(client: number, room: number, prefix: string): string
  serverDrain(server: number, buffer: Uint8Array): number
  serverRooms(server: number): string
  serverRoomWrite(server: number, room: number, edits: string): number
  serverRoomEntries(server: number, room: number, prefix: string): string
  serverRoomReport(server: number, room: number): string
  serverRoomPresences(server: number, room: number): string
}

/** The functions of the library. */
type Functions = Native & Omit<Backend, keyof Native | 'clientOutputs' | 'serverOutputs'>

/** The functions, each throwing the errors that its own stand for. */
function checked(functions: Functions & ViewBackend): Functions & ViewBackend {
  const entries = Object.entries(functions as unknown as Record<string, (...args: unknown[]) => unknown>)
  const mended = entries.map(([name, call]) => [
    name,
    (...args: unknown[]): unknown => {
      try {
        return call(...args)
      } catch (error) {
        throw errorFrom(error)
      }
    },
  ])
  return Object.fromEntries(mended) as unknown as Functions & ViewBackend
}

const pairs = <T>(text: string): [T, Json][] => JSON.parse(text) as [T, Json][]

/** The functions, with what crosses as text or in a buffer read. */
function read(native: Functions & ViewBackend): Backend & ViewBackend {
  return {
    ...native,
    clientOutputs: (client) => drain((buffer) => native.clientDrain(client, buffer), clientOutput),
    clientBatch: (client, room, edits) => native.clientBatch(client, room, edits.toText()),
    clientPresences: (client, room) => pairs(native.clientPresences(client, room)),
    clientItems: (client, room, key) => {
      const text = native.clientItems(client, room, key)
      return text === undefined ? undefined : pairs(text)
    },
    clientEntries: (client, room, prefix) => pairs(native.clientEntries(client, room, prefix)),
    serverOutputs: (server) => drain((buffer) => native.serverDrain(server, buffer), serverOutput),
    serverRooms: (server) => pairs<number>(native.serverRooms(server)) as [number, string][],
    serverRoomWrite: (server, room, edits) => native.serverRoomWrite(server, room, edits.toText()),
    serverRoomEntries: (server, room, prefix) => pairs(native.serverRoomEntries(server, room, prefix)),
    serverRoomReport: (server, room) => JSON.parse(native.serverRoomReport(server, room)) as RoomReport,
    serverRoomPresences: (server, room) => pairs(native.serverRoomPresences(server, room)),
  }
}

function loaded(): Backend & ViewBackend {
  const functions = find() as Functions & ViewBackend
  const { version } = bring(`${HOME}/package.json`) as { version: string }
  if (functions.version() !== version) {
    throw unusable(`the native library is of version ${functions.version()}, which is another`, target(), undefined)
  }
  return read(checked(functions))
}

/** The engine as a library of this machine. @internal */
export const backend: Backend & ViewBackend = loaded()

/**
 * Loads the engine into a page; `connect` does it by itself. In Node it does nothing: the engine is there already.
 *
 * By default from the file `syncline.wasm` beside this one. Bundlers that do not bring it there, or pages that have it
 * elsewhere, say where it is, before the first `connect`. Later calls wait for the first.
 *
 * @throws {SynclineError} `NotFound` if it is not there, `InvalidArgument` if what is there cannot be compiled; then it may be
 * tried again.
 */
export function load(_source?: EngineSource): Promise<void> {
  return Promise.resolve()
}
