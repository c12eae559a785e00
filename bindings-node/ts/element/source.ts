/** Which element an observation is about: one that was given, or the first that a selector finds. */

import type { ElementShape, RootShape } from './shape.js'
import { attributesIn } from './selector.js'
import type { TreeChange } from './tree.js'

/** Finds an element, and holds none. @internal */
export interface Source {
  /** Attributes, of any element, at whose change another may be found; `undefined` is all. */
  readonly names: readonly string[] | undefined
  /** The element now, which need not be in the document. */
  find(): ElementShape | undefined
  /** What is watched the roots of; nothing once it was collected. */
  place(): ElementShape | RootShape | undefined
  /** Whether another may be found after this change. */
  concerns(change: TreeChange): boolean
}

/** Whether a change may have a selector find others. @internal */
export function concerns(names: readonly string[] | undefined, change: TreeChange): boolean {
  if (change.structural) return true
  return names === undefined ? change.names.size > 0 : names.some((name) => change.names.has(name))
}

/** @internal */
export function ofElement(element: ElementShape): Source {
  const held = new WeakRef(element)
  const find = (): ElementShape | undefined => held.deref()
  return { names: [], find, place: find, concerns: () => false }
}

/** @internal */
export function ofSelector(root: RootShape, selector: string): Source {
  const held = new WeakRef(root)
  const names = attributesIn(selector)
  return {
    names,
    find: () => held.deref()?.querySelector(selector) ?? undefined,
    place: () => held.deref(),
    concerns: (change) => concerns(names, change),
  }
}
