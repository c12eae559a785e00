/** Which edits wait for a verdict, and which of the engine's words make it whole. */

import type { Anchor } from './anchor.js'
import { abandon, Edit, settle } from './edit.js'
import type { ClientOutput } from './handle/outputs.js'
import type { Verdict } from './verdict.js'

type Refusal = Extract<ClientOutput, { kind: 'refused' }>
type Told = Extract<ClientOutput, { kind: 'verdict' }>

/** The edits of one mutation, and which of its operations was refused, once that is known. */
interface Waiting {
  /** More than one where another tab made one mutation of several edits of this one. */
  readonly all: Edit[]
  op: number
}

interface OfRoom {
  readonly name: string
  readonly edits: Map<number, Waiting>
}

/**
 * The edits of a client of which something is still to be told: a verdict, or what was done about a refusal.
 *
 * @internal
 */
export class Ledger {
  readonly #anchor: Anchor
  readonly #rooms = new Map<number, OfRoom>()

  constructor(anchor: Anchor) {
    this.#anchor = anchor
  }

  open(room: number, name: string): void {
    if (!this.#rooms.has(room)) this.#rooms.set(room, { name, edits: new Map() })
  }

  /** The edit of this number: the one that there is, if edits were made one. */
  note(room: number, draft: number): Edit {
    const found = this.#rooms.get(room)
    const known = found?.edits.get(draft)?.all[0]
    if (known !== undefined) return known
    const edit = new Edit(found?.name ?? '', draft, this.#anchor)
    found?.edits.set(draft, { all: [edit], op: 0 })
    return edit
  }

  /** What is told of this draft from now on is about the edits of the proposal. */
  adopt(room: number, proposal: number, draft: number): void {
    const edits = this.#rooms.get(room)?.edits
    const waiting = edits?.get(proposal)
    if (edits === undefined || waiting === undefined || proposal === draft) return
    edits.delete(proposal)
    const known = edits.get(draft)
    if (known === undefined) edits.set(draft, waiting)
    else known.all.push(...waiting.all)
  }

  find(room: number, draft: number): Edit | undefined {
    return this.#rooms.get(room)?.edits.get(draft)?.all[0]
  }

  /** A verdict: what was done about a refusal, and the operations of an unknown edit, follow. */
  decide({ room, draft, verdict }: Told): void {
    if (verdict.kind === 'applied') this.#settle(this.#take(room, draft), { kind: 'applied', version: verdict.version })
    if (verdict.kind !== 'refused') return
    const waiting = this.#rooms.get(room)?.edits.get(draft)
    if (waiting !== undefined) waiting.op = verdict.op
  }

  /** An edit of which nobody knows. */
  lose({ room, draft, code, edits }: Extract<ClientOutput, { kind: 'unknown' }>): Edit | undefined {
    const waiting = this.#take(room, draft)
    this.#settle(waiting, { kind: 'unknown', code, edits })
    return waiting?.all[0]
  }

  /** What was done about a refusal: all edits that it is about have its sides. */
  refuse(refusal: Refusal): { edit: Edit | undefined; by: Edit | undefined } {
    const { room, draft, drafts, code, key, mine, base, theirs } = refusal
    const edit = this.find(room, draft)
    const by = refusal.by === undefined ? undefined : this.note(room, refusal.by)
    for (const each of drafts) {
      const waiting = this.#take(room, each)
      if (waiting === undefined) continue
      const { op } = waiting
      this.#settle(waiting, { kind: 'refused', code, op, key, mine, base, theirs, ...(by && { by }) })
    }
    return { edit, by }
  }

  #settle(waiting: Waiting | undefined, verdict: Verdict): void {
    for (const edit of waiting?.all ?? []) edit[settle](verdict)
  }

  #take(room: number, draft: number): Waiting | undefined {
    const edits = this.#rooms.get(room)?.edits
    const waiting = edits?.get(draft)
    edits?.delete(draft)
    return waiting
  }

  /** Nobody tells of this room's edits any more. */
  close(room: number, error: Error): void {
    const found = this.#rooms.get(room)
    this.#rooms.delete(room)
    for (const { all } of found?.edits.values() ?? []) for (const edit of all) edit[abandon](error)
  }

  closeAll(error: Error): void {
    for (const room of [...this.#rooms.keys()]) this.close(room, error)
  }
}
