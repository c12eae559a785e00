/** What can go wrong: the codes of the engine, and which class of error each is thrown as. */

import { brand } from './brand.js'

/** The stable number of each code, its group, and its one sentence. */
const TABLE = {
  Internal: [-1, 'internal', 'the engine broke one of its own rules'],
  Panic: [-2, 'internal', 'a panic was caught; the handle is poisoned'],
  Poisoned: [-3, 'internal', 'the handle is poisoned by an earlier failure'],
  InvalidArgument: [-4, 'other', 'an argument is not what the function takes'],
  Closed: [-5, 'closed', 'the handle is closed'],
  BufferTooSmall: [-6, 'other', 'the buffer is too small'],
  NotFound: [-7, 'other', 'there is nothing under that name'],
  StorageInUse: [-8, 'storage', 'another process uses this storage'],
  StorageFailed: [-9, 'storage', 'storage failed'],
  StorageCorrupt: [-10, 'storage', 'stored bytes are damaged'],
  Full: [-11, 'full', 'the outbox is full'],
  WrongMode: [-12, 'other', "the call belongs to the handle's other mode"],
  Timeout: [-13, 'other', 'the time is over'],
  InvalidName: [-14, 'other', 'a name is empty or too long'],
  InvalidUtf8: [-20, 'value', 'the text is not UTF-8'],
  InvalidJson: [-21, 'value', 'the text is not JSON'],
  NumberOutOfRange: [-22, 'value', 'a number is outside what every language can hold'],
  LoneSurrogate: [-23, 'value', 'a surrogate stands without its partner'],
  TooDeep: [-24, 'value', 'a value is nested too deep'],
  TooManyItems: [-25, 'value', 'a list or an object has too many items'],
  ValueTooLarge: [-26, 'value', 'a value is too large'],
  MutationTooLarge: [-28, 'value', 'a mutation is too large'],
  Stale: [-40, 'refused', 'the key has changed since the writer saw it'],
  WrongType: [-41, 'value', 'the operation does not fit the value'],
  Overflow: [-42, 'value', 'the sum is out of range'],
  NoSuchItem: [-43, 'value', 'the list has no such item'],
  DuplicateItem: [-44, 'value', 'the list already has that item'],
  Forbidden: [-45, 'refused', 'not permitted'],
  RoomFull: [-46, 'refused', 'the room is full'],
  IdentityReused: [-47, 'refused', "a mutation's name was used before for another mutation"],
  FrameTooLarge: [-60, 'protocol', 'a frame is too large'],
  Malformed: [-61, 'protocol', 'a frame is not a message'],
  UnknownMessage: [-62, 'protocol', 'a message is unknown'],
  Unsupported: [-63, 'protocol', 'no protocol version or codec in common'],
  Unexpected: [-64, 'protocol', 'a message came out of turn'],
  HelloTimeout: [-65, 'protocol', 'no greeting came in time'],
  Unauthorized: [-66, 'protocol', 'the token is not accepted'],
  Flood: [-67, 'protocol', 'the peer sent more than its budget'],
  Idle: [-68, 'protocol', 'nothing was heard for too long'],
  WindowExceeded: [-69, 'protocol', 'more mutations are in flight than the window allows'],
  Stalled: [-70, 'protocol', 'the peer did not read for too long'],
  Expired: [-80, 'refused', 'the session is unknown to the room'],
  Superseded: [-81, 'refused', 'a newer connection took over'],
  TooMany: [-82, 'refused', 'a limit of rooms, connections or clients is reached'],
  Deleted: [-83, 'refused', 'the room was deleted'],
  Unavailable: [-84, 'refused', 'the room is not available now'],
  ShuttingDown: [-85, 'refused', 'the server is shutting down'],
  EpochChanged: [-86, 'refused', 'the room has a new epoch'],
  Diverged: [-87, 'refused', "the digest differs from the server's"],
  RolledBack: [-88, 'refused', "the client's storage was rolled back"],
} as const satisfies Record<string, readonly [number, Group, string]>

type Group = 'internal' | 'other' | 'closed' | 'storage' | 'full' | 'value' | 'refused' | 'protocol'

/** The name of everything that can go wrong, the same in every language. */
export type CodeName = keyof typeof TABLE

/** Something went wrong. */
export class SynclineError extends Error {
  /** The name of what went wrong; compare this, not the message. */
  readonly code: CodeName
  /** The code's stable number, below zero. */
  readonly number: number
  /** What would have been right, as in `at most 32 levels`. */
  readonly expected: string
  /** What came instead, as in `33 levels`. */
  readonly actual: string

  constructor(code: CodeName, expected: string, actual: string) {
    super(`${TABLE[code][2]}: expected ${expected}, got ${actual}`)
    this.code = code
    this.number = TABLE[code][0]
    this.expected = expected
    this.actual = actual
  }

  static {
    named(this, 'SynclineError')
  }
}

/** A handle, a client, a server or a room is used after its end. */
export class ClosedError extends SynclineError {
  static {
    named(this, 'ClosedError')
  }
}

/** Storage is used by another, failed, or is damaged. */
export class StorageError extends SynclineError {
  static {
    named(this, 'StorageError')
  }
}

/** The outbox is at its limit: edits wait for a server that cannot be reached. */
export class QueueFullError extends SynclineError {
  static {
    named(this, 'QueueFullError')
  }
}

/** A value, or what an operation would make of it, does not fit. */
export class ValueRefusedError extends SynclineError {
  static {
    named(this, 'ValueRefusedError')
  }
}

/** The server, or the room's policy, said no. */
export class RefusedError extends SynclineError {
  static {
    named(this, 'RefusedError')
  }
}

/** The peer did not keep to the protocol, or said that this side did not. */
export class ProtocolError extends SynclineError {
  static {
    named(this, 'ProtocolError')
  }
}

/** A bug in the engine; the handle cannot be used any more. */
export class InternalError extends SynclineError {
  static {
    named(this, 'InternalError')
  }
}

const CLASSES = {
  internal: InternalError,
  other: SynclineError,
  closed: ClosedError,
  storage: StorageError,
  full: QueueFullError,
  value: ValueRefusedError,
  refused: RefusedError,
  protocol: ProtocolError,
} as const satisfies Record<Group, typeof SynclineError>

/** The stable number of every code, by its name. */
export const codes: Readonly<Record<CodeName, number>> = Object.fromEntries(
  Object.entries(TABLE).map(([name, [number]]) => [name, number]),
) as Record<CodeName, number>

/** The one sentence of a code. */
export function messageOf(code: CodeName): string {
  return TABLE[code][2]
}

/** Whether this is the name of a code. */
export function isCode(name: unknown): name is CodeName {
  return typeof name === 'string' && Object.hasOwn(TABLE, name)
}

/** The error of a code, in the class of its group. */
export function errorOf(code: CodeName, expected: string, actual: string): SynclineError {
  return new CLASSES[TABLE[code][1]](code, expected, actual)
}

/**
 * What a backend threw, as the error that it stands for.
 *
 * The engine throws the code's name with what was expected and what came; what else is thrown says that an argument is
 * of a wrong type.
 *
 * @internal
 */
export function errorFrom(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof SynclineError) return thrown
  const code = (thrown as { code?: unknown }).code
  if (!isCode(code)) {
    return typeof code === 'string' ? errorOf('InvalidArgument', 'an argument of the right type', thrown.message) : thrown
  }
  const [expected, actual] = JSON.parse(thrown.message) as [string, string]
  return errorOf(code, expected, actual)
}

const NAMES = new Map(Object.entries(codes).map(([name, number]) => [number, name as CodeName]))

/** The name of the code with this number. @internal */
export function codeOf(number: number): CodeName {
  return NAMES.get(number) ?? 'Internal'
}

/** What stands before an error's message, not a property of each; and what it is in every copy of the package. */
function named(constructor: { prototype: Error }, name: string): void {
  brand(constructor, name)
  Object.defineProperty(constructor.prototype, 'name', { value: name, configurable: true, writable: true })
}
