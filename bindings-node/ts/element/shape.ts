/** Which members of the page are used: structural, so that nothing here or in modules of Node knows the global names of a page. */

import { invalid } from '../refusal.js'

/** The members of an element that are used; every `Element` has them. */
export interface ElementShape {
  readonly nodeType: number
  readonly localName: string
  readonly isConnected: boolean
  readonly ownerDocument: RootShape
  readonly parentNode: object | null
  readonly childElementCount: number
  readonly firstElementChild: ElementShape | null
  readonly nextElementSibling: ElementShape | null
  readonly attributes: ArrayLike<{ readonly name: string; readonly value: string }>
  readonly classList: ArrayLike<string>
  getAttribute(name: string): string | null
  getRootNode(): object
}

/** The members of a `Document` or a `ShadowRoot` that are used. */
export interface RootShape {
  readonly nodeType: number
  readonly isConnected: boolean
  /** The document of a shadow root; a document has none. */
  readonly ownerDocument: RootShape | null
  /** The element that a shadow root belongs to. */
  readonly host?: ElementShape
  readonly defaultView?: object | null
  querySelector(selector: string): ElementShape | null
  querySelectorAll(selector: string): ArrayLike<ElementShape>
  getRootNode(): object
}

/** An element as the program's own types know it: `Element` where the types of pages are there, else what is used of it. */
export type PageElement = typeof globalThis extends { Element: { prototype: infer E extends ElementShape } } ? E : ElementShape

/** The members of a record of changes that are used. @internal */
export interface MutationShape {
  readonly type: string
  readonly target: { readonly parentNode: object | null }
  readonly attributeName: string | null
}

/** @internal */
export interface MutationObserverShape {
  observe(root: object, options: object): void
  disconnect(): void
}

/** The members of what is told of a crossing that are used. @internal */
export interface CrossingShape {
  readonly target: object
  readonly isIntersecting: boolean
  readonly intersectionRatio: number
}

/** @internal */
export interface IntersectionObserverShape {
  observe(element: object): void
  unobserve(element: object): void
  disconnect(): void
}

/** The classes of a page that are used; which are missing depends on the place. @internal */
export interface PageClasses {
  readonly MutationObserver?: new (take: (records: readonly MutationShape[]) => void) => MutationObserverShape
  readonly IntersectionObserver?: new (
    take: (entries: readonly CrossingShape[]) => void,
    options: object,
  ) => IntersectionObserverShape
}

const ELEMENT = 1
const DOCUMENT = 9
const FRAGMENT = 11

/** Whether this is an element, of any window. @internal */
export function isElement(value: unknown): value is ElementShape {
  return typeof value === 'object' && value !== null && 'nodeType' in value && value.nodeType === ELEMENT
}

/** Whether this is the root of a tree that is, or may become, part of a page: a document or a shadow root. @internal */
export function isRoot(value: unknown): value is RootShape {
  if (typeof value !== 'object' || value === null || !('nodeType' in value)) return false
  return value.nodeType === DOCUMENT || (value.nodeType === FRAGMENT && 'host' in value)
}

/** The document of an element or a root. @internal */
export function documentOf(place: ElementShape | RootShape): RootShape {
  return place.ownerDocument ?? (place as RootShape)
}

/** The document of the page that this runs in. @internal */
export function pageDocument(): RootShape {
  const { document } = globalThis as { document?: unknown }
  if (isRoot(document)) return document
  throw invalid('a document, as in a page: observe elements where there is one, or name a root as within', 'none')
}

/** The classes of the window that a document is shown in; of this one, where it is shown in none. @internal */
export function classesOf(document: RootShape): PageClasses {
  return document.defaultView ?? globalThis
}

/**
 * The roots around a place, from the inside: its shadow root, the one around the host of that, and so on, to the document.
 * The document is one of them also where the place is not in it: a host may be put there again.
 *
 * @internal
 */
export function rootsOf(place: ElementShape | RootShape): Set<RootShape> {
  const roots = new Set<RootShape>()
  for (let root = place.getRootNode(); isRoot(root) && !roots.has(root);) {
    roots.add(root)
    if (root.host === undefined) break
    root = root.host.getRootNode()
  }
  return roots.add(documentOf(place))
}
