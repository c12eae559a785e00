/** The errors that the facade itself makes. */

import { ClosedError, type CodeName, errorOf, type SynclineError } from './errors.js'

/** An argument is not what the function takes. @internal */
export function invalid(expected: string, actual: string): SynclineError {
  return errorOf('InvalidArgument', expected, actual)
}

/** Something is used after its end. @internal */
export function closed(expected: string, actual = 'a closed one'): ClosedError {
  return new ClosedError('Closed', expected, actual)
}

/** A room that nobody comes into by waiting. @internal */
export function notEntered(code: CodeName, room: string): SynclineError {
  return errorOf(code, 'a room that may be entered', room)
}

/** A room is used before its client is there. @internal */
export function notYet(): SynclineError {
  return errorOf('Unavailable', 'a room of a client that is there', 'none yet: the client is being made, or this is a server')
}

/** Refuses options that are none, and one that is unknown, such as one with a typing error. @internal */
export function checkNames(what: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw invalid(`${what} as an object`, shown(options))
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw invalid(`${what}: ${names.join(', ')}`, name)
  }
}

/** Refuses what is not of this type. @internal */
export function checkType(what: string, value: unknown, type: 'string' | 'function' | 'boolean'): void {
  if (typeof value !== type) throw invalid(`a ${type} as ${what}`, shown(value))
}

/** Refuses what cannot be aborted. @internal */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || (typeof signal === 'object' && signal !== null && 'addEventListener' in signal)) return
  throw invalid('an AbortSignal as signal', shown(signal))
}

function shown(value: unknown): string {
  return value === null ? 'null' : `a value of type ${typeof value}`
}

/** What was thrown, as an error. @internal */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
