/** Which numbers are counters. */

import { errorOf } from '../errors.js'

/** Gives the number back, if it is an integer from 0 to 2^53 - 1. @internal */
export function counter(number: number, what: string): number {
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw errorOf('InvalidArgument', `${what} as an integer from 0 to 2^53 - 1`, String(number))
}
