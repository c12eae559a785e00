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

/** Refuses an option that is unknown, such as one with a typing error. @internal */
export function checkNames(what: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw invalid(`${what}: ${names.join(', ')}`, name)
  }
}

/** What was thrown, as an error. @internal */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
