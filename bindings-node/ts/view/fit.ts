/** What can be compared with what. */

import { Bound } from './bind.js'
import { Each, type Mark } from './each.js'
import { areKeyed, Element, Fragment, type Raw, RAW } from './element.js'
import { isHole, isText } from './leaf.js'
import { Branch, Group, Instance, List, type State, Teller } from './record.js'
import { Result } from './result.js'

/** Whether a value can be compared with what was there, which has the same mark if it has one. @internal */
export function fits(state: State, value: unknown, mark?: Mark): boolean {
  if (value instanceof Element) return state instanceof Branch && isOf(state, value, mark)
  if (value instanceof Result) return state instanceof Instance && state.template.strings === value.strings
  if (value instanceof Each) return state instanceof List && !(state instanceof Branch)
  if (isText(value)) return isText(state)
  if (isHole(value)) return isHole(state)
  if (value instanceof Bound) return state instanceof Teller
  const nodes = nodesOf(value)
  if (nodes === undefined) return false
  return areKeyed(nodes) ? state instanceof List && !(state instanceof Branch) : state instanceof Group
}

function isOf(state: Branch, value: Element, mark: Mark | undefined): boolean {
  if (state.tag.name !== value.tag || (mark === undefined && state.key !== value.key)) return false
  if (state.form !== RAW && value.form !== RAW) return true
  // HTML as it is cannot change within its element.
  return state.form === value.form && (state.children[0] as Raw).html === (value.children[0] as Raw).html
}

/** Nodes beside each other, if a value is that. @internal */
export function nodesOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as readonly unknown[]
  return value instanceof Fragment ? value.children : undefined
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
