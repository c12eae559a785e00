/** What values of a template are as text, and which are refused. */

import { errorOf, type SynclineError } from '../errors.js'
import { invalid } from '../refusal.js'
import { type Mark, Nth } from './each.js'
import { Json, type State } from './record.js'

/** Where a value stands, for an error. */
interface Site {
  readonly place: string
}

/**
 * Most nodes within each other, templates and lists included, so that no stack overflows; of elements the engine takes
 * half as many, see `VIEW_DEPTH` in `core/src/limit.rs`.
 *
 * @internal
 */
export const DEPTH = 520

/** There are more nodes within each other than {@link DEPTH}. @internal */
export function tooDeep(): SynclineError {
  return errorOf('TooDeep', `at most ${DEPTH} nodes within each other`, 'more, or an array that contains itself')
}

/** Whether this shows nothing between tags. @internal */
export function isHole(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'boolean'
}

/** Whether this is text between tags. @internal */
export function isText(value: unknown): value is string | number | bigint {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
}

/** The text of an attribute; undefined if it is not there. @internal */
export function attribute(value: unknown, slot: Site): string | undefined {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
      return String(value)
    case 'boolean':
      return value ? '' : undefined
    case 'undefined':
      return undefined
    default:
      if (value === null) return undefined
      throw wrong('text, a number or a boolean as an attribute', value, slot)
  }
}

/** What is kept of a property: what may change within is kept as JSON. @internal */
export function property(value: unknown, slot: Site): State {
  if (typeof value === 'function' || typeof value === 'symbol') throw wrong('JSON as a property', value, slot)
  if (typeof value !== 'object' || value === null) return value
  let text: string | undefined
  try {
    text = stringify(value)
  } catch (error) {
    throw invalid(`JSON as a property ${slot.place}`, error instanceof Error ? error.message : String(error))
  }
  return text === undefined ? undefined : new Json(text)
}

/** The JSON of a property; undefined if it is not there. @internal */
export function json(state: State): string | undefined {
  if (state instanceof Json) return state.text
  if (typeof state === 'bigint') return `"${state}"`
  return stringify(state)
}

/** An escape of half a character, behind backslashes that stand for themselves. */
const HALF = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g

/** The JSON of a value; half a character is none, as in text. */
function stringify(value: unknown): string | undefined {
  const text = JSON.stringify(value) as string | undefined
  return text?.includes('\\ud') ? text.replace(HALF, '$1\ufffd') : text
}

/** Gives the key back, if it is one, so that it equals itself. @internal */
export function checkKey(key: Mark, slot: Site): Mark {
  if (typeof key === 'string') return key
  if (typeof key === 'number') return Number.isNaN(key) ? 'NaN' : key
  if (key instanceof Nth) return key
  throw wrong('text or a number as the key of an item', key, slot)
}

/** A value stands where it cannot. @internal */
export function wrong(expected: string, value: unknown, slot: Site): SynclineError {
  return invalid(`${expected} ${slot.place}`, kindOf(value))
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== 'Object' && name !== '' ? `an object of the class ${name}` : 'an object'
}
