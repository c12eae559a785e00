/** How edits that are to be one mutation are given to the engine: one by one, into a list of its own. */

import { errorOf } from '../errors.js'
import type { EditOp, Edits } from '../handle/edits.js'
import type { Engine } from './instance.js'

const DIGITS = /^[0-9a-f]{16}$/i

function item(digits: string | undefined): bigint {
  if (digits !== undefined && DIGITS.test(digits)) return BigInt(`0x${digits}`)
  throw errorOf('InvalidArgument', '16 hexadecimal digits', digits ?? 'none')
}

/** Where the identity of a neighbour stands, or 0 for none. */
function neighbour(e: Engine, digits: string | undefined): number {
  if (digits === undefined) return 0
  const place = e.struct(8)
  e.setBig(place, item(digits))
  return place
}

/**
 * Uses a list of these edits, which ends after it; `fresh` makes the identity of an item that comes without one.
 *
 * @internal
 */
export function withEdits<T>(e: Engine, edits: Edits, fresh: () => bigint, ofHost: boolean, use: (list: number) => T): T {
  e.ok(e.begin().call('syncline_edits_new')(e.number, e.error))
  const list = e.u32(e.number)
  try {
    for (const edit of edits.list()) add(e, list, edit, fresh, ofHost)
    return use(list)
  } finally {
    if (e.end === undefined) e.call('syncline_edits_free')(list)
  }
}

function add(e: Engine, list: number, edit: EditOp, fresh: () => bigint, ofHost: boolean): void {
  const { op, index = 0, to = 0, value = 'null' } = edit
  if (edit.version !== undefined) {
    if (!ofHost) throw errorOf('InvalidArgument', 'edits of a client', 'a version asked for')
    e.begin()
    const [key, length] = [e.text(edit.key), e.length]
    e.ok(e.call('syncline_edits_require')(list, key, length, BigInt(edit.version), e.error))
    if (op === 'expect') return
  }
  const id = op === 'insert' ? (edit.item === undefined ? fresh() : item(edit.item)) : 0n
  e.begin()
  const [k, kn] = [e.text(edit.key), e.length]
  const json = (): [number, number] => [e.text(value), e.length]
  const call = (name: string, ...args: (number | bigint)[]): void => {
    e.ok((e.call(`syncline_edits_${name}`) as (...args: (number | bigint)[]) => number)(list, k, kn, ...args, e.error))
  }
  switch (op) {
    case 'set':
    case 'merge':
      call(op, ...json())
      return
    case 'add': {
      const amount: unknown = JSON.parse(value)
      if (typeof amount !== 'number') throw errorOf('InvalidArgument', 'a number', value)
      call('add_f64', amount)
      return
    }
    case 'delete':
    case 'expect':
      call(op)
      return
    case 'insert':
      call('insert_at', index, id, ...json())
      return
    case 'remove':
      call('remove_at', index)
      return
    case 'move':
      call('move_to', index, to)
      return
    case 'replace':
      call('replace_at', index, ...json())
      return
    case 'insertItem':
      call('insert', item(edit.item), neighbour(e, edit.left), neighbour(e, edit.right), ...json())
      return
    case 'removeItem':
      call('remove', item(edit.item))
      return
    case 'moveItem':
      call('move', item(edit.item), neighbour(e, edit.left), neighbour(e, edit.right))
      return
    case 'replaceItem':
      call('replace', item(edit.item), ...json())
  }
}
