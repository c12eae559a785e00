/** What can be compared with what. */

import { Each } from './each.js'
import { isHole, isText } from './leaf.js'
import { Group, Instance, List, type State } from './record.js'
import { Result } from './result.js'

/** Whether a value can be compared with what was there; otherwise it is new. @internal */
export function fits(state: State, value: unknown): boolean {
  if (value instanceof Result) return state instanceof Instance && state.template.strings === value.strings
  if (value instanceof Each) return state instanceof List
  if (Array.isArray(value)) return state instanceof Group
  return isText(value) ? isText(state) : isHole(value) && isHole(state)
}

/** Whether the slots of an instance hold the very values of a result. @internal */
export function isSame(record: Instance, result: Result): boolean {
  return (
    result.s0 === record.s0 &&
    result.s1 === record.s1 &&
    result.s2 === record.s2 &&
    result.s3 === record.s3 &&
    result.s4 === record.s4 &&
    result.s5 === record.s5 &&
    result.s6 === record.s6 &&
    result.s7 === record.s7 &&
    (record.more === undefined || areSame(record.more, result.more))
  )
}

function areSame(states: readonly State[], values: readonly unknown[] | undefined): boolean {
  for (let index = 0; index < states.length; index += 1) if (states[index] !== values?.[index]) return false
  return true
}
